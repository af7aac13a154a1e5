"""One node's life: propose → commit → run → record → judge → record; and the plan before, the report after."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autoreclab import context, events, judge, report, testing
from autoreclab.changes import folders_of, safe
from autoreclab.data import Data
from autoreclab.evidence import Evidence
from autoreclab.models import Model, Usage
from autoreclab.models.answers import Interpretation, Judgement, Opinion, Proposal
from autoreclab.plan import Plan, Requirement
from autoreclab.running import LOG, Runner
from autoreclab.tree import Action, Node, Tree
from autoreclab.workspace import OWN_FILES, Run, Workspace

SOUND = Requirement(
    text="The method is sound: training, tuning and every choice see no test data, and all algorithms get the same "
    "splits and comparable effort."
)
CLEAR = Requirement(text="The code is clear: it says what it does, is short, and can be rerun by its command line.")


class Experiment:
    """What the search does to nodes; its only state is in the workspace."""

    def __init__(self, workspace: Workspace, run: Run, model: Model, data: Data, scratch: Path):
        self.workspace, self.run, self.model, self.data = workspace, run, model, data
        self.runner = Runner(data, scratch, run.settings.timeout, run.settings.keep, workspace.bulk)

    @property
    def timeout(self) -> float:
        return self.run.settings.timeout

    def tree(self) -> Tree:
        return self.workspace.load(self.run)

    def folder(self, node: Node) -> Path:
        """Where a node runs, outside the repository."""
        return self.runner.folder(node.name)

    # The plan

    def plan(self) -> Plan:
        """Ask for the plan, see to it that it holds what every plan must, and record it."""
        answer = self.model.ask("plan", Plan, step="plan", **self._context(()))
        plan = _completed(answer.value, self.data.design)
        self.workspace.record_plan(self.run, plan, answer.usage)
        return plan

    # A node

    def propose(self, tree: Tree, action: Action) -> Node:
        """Ask for a program and commit it; it is a node that waits to be run."""
        number = tree.next_number
        about = self._about(tree, action.parent) if action.parent else {}
        about["hints"] = context.hints(tree, action.parent)
        answer = self.model.ask(action.kind, Proposal, step=f"{number:04d}", **self._context_of(tree), **about)
        proposal = checked(answer.value)
        commit = self.workspace.add(self.run, number, action, proposal, answer.usage)
        return self.tree().by_commit[commit]

    def execute(self, tree: Tree, node: Node) -> Node:
        """Run a node's program, recompute its results, keep both, and record what happened."""
        twin = tree.twin(node)
        if twin and twin.execution:
            outputs, execution = self.workspace.outputs(self.run.name, twin), twin.execution
        else:
            outputs, execution = self.runner.run(node.name, self._files(node))
        self.workspace.keep_outputs(self.run.name, node, outputs)
        ran = dataclasses.replace(node, execution=execution, judgement=None)
        self.workspace.record(self.run.name, ran, headline(tree))
        return ran

    def judge(self, tree: Tree, node: Node) -> Node:
        """Decide each requirement and record the verdicts."""
        assert tree.plan and node.execution
        files, outputs = self._files(node), self.workspace.outputs(self.run.name, node)
        evidence = Evidence(tree.plan.design, node.execution, files, outputs, self.run.facts["datasets"])
        spent = Usage()

        def ask(undecided: Sequence[tuple[int, str]]) -> Sequence[Opinion]:
            nonlocal spent
            about = context.of_node(tree, node, files, outputs)
            step = f"{node.name}-judge"
            answer = self.model.ask(
                "judge", Judgement, step=step, **self._context_of(tree), **about, undecided=undecided
            )
            spent = answer.usage
            return answer.value.opinions

        judged = dataclasses.replace(node, judgement=judge.judge(tree.plan, evidence, ask))
        judged = with_usage(judged, spent)
        self.workspace.record(self.run.name, judged, headline(tree))
        return judged

    # The report

    def crown(self) -> Iterator[events.Event]:
        """Put a new best node on the branch `best`, with the computed part of the report."""
        tree = self.tree()
        if tree.best and tree.best.commit != tree.crowned:
            yield events.Crowned(tree.best, left_alone=not self._crowned(tree, None))

    def test(self) -> Iterator[events.Event]:
        """Where the task owns its evaluation, run the best node on the test part, unless that was done before."""
        node = self.tree().best
        if node and self.data.terms and not testing.tested(self.workspace, self.run.name, node):
            yield events.Testing(node, self.folder(node), self.timeout)
            yield events.Tested(node, testing.test(self.workspace, self.run.name, node, self.runner).line)

    def report(self) -> Iterator[events.Event]:
        """Ask for an interpretation of the best node's results and put the whole report on `best`."""
        tree = self.tree()
        interpretation = None
        if tree.best:
            about = self._about(tree, tree.best, with_test=True)
            answer = self.model.ask("report", Interpretation, step="report", **self._context_of(tree), **about)
            interpretation = answer.value
        yield events.Reported(self.run.name, left_alone=not self._crowned(tree, interpretation))

    def _crowned(self, tree: Tree, interpretation: Interpretation | None) -> bool:
        """Make the branch `best`; False where a person has it checked out."""
        node = tree.best
        outputs = self.workspace.outputs(self.run.name, node) if node else {}
        tested = self._tested(node)
        both = testing.beside(outputs, tested)
        text = report.write(self.run, tree, both, interpretation, self.model.name, tested)
        shown = {path: content for path, content in outputs.items() if not path.startswith("trials/") and path != LOG}
        shown |= testing.crowned(tested) | self.data.recipe
        return self.workspace.crown(self.run, node, shown | {"report.md": text.encode(errors="replace")})

    def _tested(self, node: Node | None) -> testing.Tested | None:
        return testing.tested(self.workspace, self.run.name, node) if node and self.data.terms else None

    # What questions are about

    def _files(self, node: Node) -> dict[str, bytes]:
        return self.workspace.files(self.run.name, node)

    def _about(self, tree: Tree, node: Node, with_test: bool = False) -> dict[str, Any]:
        outputs = self.workspace.outputs(self.run.name, node)
        outputs = testing.beside(outputs, self._tested(node)) if with_test else outputs
        return context.of_node(tree, node, self._files(node), outputs)

    def _context_of(self, tree: Tree) -> dict[str, Any]:
        return self._context(tree.plan.design.metrics if tree.plan else ()) | context.of_tree(tree)

    def _context(self, metrics: tuple[str, ...]) -> dict[str, Any]:
        return {
            "task": self.run.task,
            "settings": self.run.settings,
            "datasets": self.data.datasets,
            "data": self.data.preview,
            "packages": context.packages(),
            "lab": context.lab_reference(metrics, owned=bool(self.data.terms)),
        }


def headline(tree: Tree) -> str | None:
    """The metric that a node's one line shows: the task's, or the design's first."""
    if tree.metric:
        return tree.metric.name
    return next(iter(tree.plan.design.metrics), None) if tree.plan else None


def with_usage(node: Node, spent: Usage) -> Node:
    """The node with more spent on it."""
    return dataclasses.replace(
        node,
        calls=node.calls + spent.calls,
        input_tokens=node.input_tokens + spent.input_tokens,
        output_tokens=node.output_tokens + spent.output_tokens,
    )


def checked(proposal: Proposal) -> Proposal:
    """The proposal without files that can't be placed. One without a program is a node all the same: it will crash."""
    files = [file for file in proposal.files if safe(file.path) and file.path not in OWN_FILES]
    paths = {file.path for file in files}
    placeable = tuple(file for file in files if paths.isdisjoint(folders_of(file.path)))
    return proposal.model_copy(update={"files": placeable})


def _completed(plan: Plan, fixed: Mapping[str, Any]) -> Plan:
    """The plan with the requirements that every plan has, and what a task that owns its evaluation fixes."""
    texts = " ".join(requirement.text.lower() for requirement in plan.requirements)
    missing = [item for item, words in ((SOUND, "method is sound"), (CLEAR, "code is clear")) if words not in texts]
    design = plan.design.model_copy(update=dict(fixed))
    return plan.model_copy(update={"requirements": (*plan.requirements, *missing), "design": design})
