"""One node's life: propose → commit → run → record → judge → record; and the plan before, the report after."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from autoreclab import context, events, judge, lessons, memory, planning, proposing, report, reruns, smoke, testing
from autoreclab.budget import Budget
from autoreclab.comparison import Comparison
from autoreclab.dispatch import Dispatch
from autoreclab.errors import BudgetSpent
from autoreclab.events import Tell
from autoreclab.evidence import Evidence
from autoreclab.facts import Facts, Interpreter
from autoreclab.models import Model, Usage
from autoreclab.models.answers import Interpretation, Judgement, Opinion
from autoreclab.nodes import Action, Finding, Node
from autoreclab.plan import Plan
from autoreclab.preflight import Preflight
from autoreclab.prompts import Fitted
from autoreclab.report import Subject
from autoreclab.running import LOG, Runner
from autoreclab.tree import Tree
from autoreclab.workspace import Run, Workspace


class Experiment:
    """What the search does to nodes, several at a time if need be; its only state is in the workspace.

    Programs run by the workers of the executor. Who carries out a step is told of news in the middle of it.
    """

    def __init__(self, workspace: Workspace, run: Run, model: Model, runner: Runner, executor: Executor):
        self.workspace, self.run, self.model, self.runner, self.executor = workspace, run, model, runner, executor
        self.data = runner.data
        self.preflight = Preflight(self.runner.introspect)
        self.facts = Facts(Interpreter(runner.scratch, runner.level, runner.python))

    @property
    def timeout(self) -> float:
        return self.run.settings.timeout

    @property
    def budget(self) -> Budget:
        return Budget.of(self.run.settings)

    def time_limit(self, tree: Tree) -> float:
        """Seconds that the next program may run: no more than is left of the budget. Raises `BudgetSpent`."""
        left = self.budget.seconds_left(tree)
        if left is not None and left <= 0:
            raise BudgetSpent(self.budget.spent_time(tree))
        return self.timeout if left is None else min(self.timeout, left)

    def tree(self) -> Tree:
        return self.workspace.load(self.run)

    def folder(self, node: Node) -> Path:
        """Where a node runs, outside the repository."""
        return self.runner.folder(node.name)

    # The plan

    def plan(self) -> Plan:
        """Make the plan and record it."""
        answer = planning.plan(self.model, self.run.task, self.run.settings, self.data, self.runner.python)
        self.workspace.record_plan(self.run, answer.value, answer.usage)
        return answer.value

    # A node

    def propose(self, tree: Tree, action: Action, tell: events.Tell) -> Node:
        """Commit a program that is asked for, or once more the one to run on; it is a node that waits to be run."""
        if action.kind == "continue" and action.parent:
            plan = continuing(tree, action.parent)
            commit = self.workspace.add_continuation(self.run, tree.next_number, action.parent, plan)
        else:
            commit = self._ask_for_program(tree, action, tell)
        return self.tree().by_commit[commit]

    def _ask_for_program(self, tree: Tree, action: Action, tell: events.Tell) -> str:
        """Ask for a program, see to it that it can run, and commit it."""
        number = tree.next_number
        about = self._about(tree, action.parent) if action.parent else {}
        about |= self._context_of(tree) | {"hints": context.hints(tree, action.parent)}
        if action.kind == "debug" and action.parent:
            about |= memory.of_repair(tree, action.parent, self._files)
            about["diagnosis"] = self._diagnosis(action.parent)
        there = proposing.there(self.data, self.runner.online)
        answer = proposing.ask(self.model, action.kind, number, about, self.preflight, there, tell)
        return self.workspace.add(self.run, number, action, answer.value, answer.usage)

    def execute(self, tree: Tree, node: Node, tell: Tell) -> Node:
        """Run a node's program, recompute its results, keep both, and record what happened."""
        twin = tree.twin(node)
        if twin and twin.execution:
            outputs, execution = self.workspace.outputs(self.run.name, twin), twin.execution
        else:
            before = tree.continues(node)
            inherited = self.workspace.outputs(self.run.name, before) if before else None
            asked = tree.plan is not None and any(item.check == "reruns" for item in tree.plan.requirements)
            limit = self.time_limit(tree)
            smoking = self.model.mends and smoke.pays(tree, limit)
            runner = self._dispatch(dataclasses.replace(self.runner, timeout=limit, smoke=smoking), node, tell)
            outputs, execution = runner.run(node.name, self._files(node), inherited, command_line=asked)
        self.workspace.keep_outputs(self.run.name, node, outputs)
        ran = dataclasses.replace(node, execution=execution, judgement=None)
        self.workspace.record(self.run.name, ran, headline(tree))
        return ran

    def _dispatch(self, runner: Runner, node: Node, tell: Tell) -> Dispatch:
        """The runner, by a worker of the executor."""
        return Dispatch(runner, self.executor, lambda reason: tell(events.Lost(node, reason)))

    def judge(self, tree: Tree, node: Node) -> Node:
        """Decide each requirement and record the verdicts."""
        assert tree.plan and node.execution
        evidence = self._evidence(tree.plan, node)
        spent, lesson = Usage(), ""

        def ask(undecided: Sequence[tuple[int, str]], findings: Sequence[Finding]) -> Sequence[Opinion]:
            nonlocal spent, lesson
            about = context.of_node(tree, node, evidence, findings)
            step = f"{node.name}-judge"
            answer = self.model.ask(
                "judge", Judgement, step=step, **self._context_of(tree), **about, undecided=undecided
            )
            spent, lesson = answer.usage, answer.value.lesson
            return answer.value.opinions

        judged = dataclasses.replace(node, judgement=judge.judge(tree.plan, evidence, ask))
        judged = lessons.learned(tree, with_usage(judged, "judge", spent), lesson)
        self.workspace.record(self.run.name, judged, headline(tree))
        return judged

    # The report

    def crown(self) -> Iterator[events.Event]:
        """Put a new best node on the branch `best`, with the computed part of the report."""
        tree = self.tree()
        if tree.best and tree.best.commit != tree.crowned:
            yield events.Crowned(tree.best, left_alone=not self._crowned(self._subject(tree), None))

    def unrepeated(self, tree: Tree) -> Node | None:
        """The best node, where nothing tells of a second execution of it, and there is time for one."""
        again = tree.best and reruns.told(self.workspace, self.run.name, tree.best)
        return tree.best if tree.best and not again and self._in_time(tree, tree.best) else None

    def repeat(self, tree: Tree, node: Node, tell: Tell) -> Comparison:
        """Execute a node a second time, and keep what that left."""
        _, comparison = reruns.rerun(self.workspace, self.run.name, node, self._whole(tree, node, tell))
        return comparison

    def untested(self, tree: Tree) -> Node | None:
        """The best node, where the test part of the task's own evaluation wasn't computed for it, and there is time."""
        missing = tree.best and self.data.terms and not self._tested(tree.best)
        return tree.best if tree.best and missing and self._in_time(tree, tree.best) else None

    def test(self, tree: Tree, node: Node, tell: Tell) -> str:
        """Run a node on the whole training part and measure it on the test part; what came of it, in one line."""
        return testing.test(self.workspace, self.run.name, node, self._whole(tree, node, tell)).line

    def _in_time(self, tree: Tree, node: Node) -> bool:
        """Is twice as much left of the budget's hours as the program took?"""
        left, took = self.budget.seconds_left(tree), node.execution.seconds if node.execution else 0.0
        return left is None or left >= 2 * took * tree.time_limits(node)

    def _whole(self, tree: Tree, node: Node, tell: Tell) -> Dispatch:
        """A runner that gives a program, from nothing, as much time as it had in all the nodes that it took."""
        whole = dataclasses.replace(self.runner, timeout=self.timeout * tree.time_limits(node))
        return self._dispatch(whole, node, tell)

    def report(self) -> Iterator[events.Event]:
        """Ask for an interpretation of the best node's results and put the whole report on `best`.

        Where the budget doesn't allow the question, the report is what code computes.
        """
        tree = self.tree()
        subject, interpretation = self._subject(tree), None
        if tree.best:
            with contextlib.suppress(BudgetSpent):
                interpretation = self._interpretation(tree, tree.best, subject)
        subject = dataclasses.replace(subject, tree=self.tree())  # with what the answer cost
        yield events.Reported(self.run.name, left_alone=not self._crowned(subject, interpretation))

    def _interpretation(self, tree: Tree, node: Node, subject: Subject) -> Interpretation:
        """A reader's words on the best node's results. Raises `BudgetSpent`, `ModelError`."""
        self.time_limit(tree)
        about = self._about(tree, node, with_test=True) | report.about(subject)
        answer = self.model.ask("report", Interpretation, step="report", **self._context_of(tree), **about)
        return answer.value

    def _crowned(self, subject: Subject, interpretation: Interpretation | None) -> bool:
        """Make the branch `best`; False where a person has it checked out."""
        written = report.files(subject, interpretation, self.model.name)
        kept = self.workspace.outputs(self.run.name, subject.best) if subject.best else {}
        kept = {path: text for path, text in kept.items() if not path.startswith("trials/") and path != LOG}
        kept |= testing.crowned(subject.tested) | self.data.recipe
        return self.workspace.crown(self.run, subject.best, kept | written)

    def _subject(self, tree: Tree) -> Subject:
        """What the report is about."""
        node = tree.best or tree.nearest
        if not (tree.plan and node):
            return Subject(self.run, tree, preview=self.data.preview)
        evidence = self._evidence(tree.plan, node, with_test=True)
        return Subject(self.run, tree, evidence, self._again(node), self.data.preview, tested=self._tested(node))

    def _again(self, node: Node) -> Comparison | None:
        return reruns.latest(self.workspace, self.run.name, node)

    def _tested(self, node: Node | None) -> testing.Tested | None:
        return testing.tested(self.workspace, self.run.name, node) if node and self.data.terms else None

    # What questions are about

    def _evidence(self, plan: Plan, node: Node, with_test: bool = False) -> Evidence:
        """What a node that ran is judged by; for the report, with what came of it on the test part."""
        assert node.execution
        outputs = self.workspace.outputs(self.run.name, node)
        outputs = testing.beside(outputs, self._tested(node)) if with_test else outputs
        return Evidence(plan.design, node.execution, self._files(node), outputs, self.run.facts["datasets"])

    def _files(self, node: Node) -> dict[str, bytes]:
        return self.workspace.files(self.run.name, node)

    def _about(self, tree: Tree, node: Node, with_test: bool = False) -> dict[str, Any]:
        assert tree.plan
        return context.of_node(tree, node, self._evidence(tree.plan, node, with_test))

    def _diagnosis(self, node: Node) -> Fitted:
        """What installed packages say of what a node's traceback leads through."""
        log = Evidence.text(self.workspace.outputs(self.run.name, node), LOG)
        files = self._files(node)
        return self.facts.of_failure(log, {path: Evidence.text(files, path) for path in files})

    def _context_of(self, tree: Tree) -> dict[str, Any]:
        metrics = tree.plan.design.metrics if tree.plan else ()
        study = context.of_study(self.run.task, self.run.settings, self.data, self.runner.python, metrics)
        about = study | memory.of_tree(tree)
        return about | {"facts": self.facts.of_study(self.run.task, tree.plan)} if tree.plan else about


def headline(tree: Tree) -> str | None:
    """The metric that a node's one line shows: the task's, or the design's first."""
    if tree.metric:
        return tree.metric.name
    return next(iter(tree.plan.design.metrics), None) if tree.plan else None


def continuing(tree: Tree, node: Node) -> str:
    """What continuing a node means, in place of a model's plan."""
    asked = f"; the design has {tree.plan.design.n_values} values" if tree.plan else ""
    return (
        f"Run the program of {node.name} on: it reached its time limit with {node.rows} rows in the ledger{asked}. "
        "The trials that it finished are inherited, the others are run, with the whole time limit anew."
    )


def with_usage(node: Node, role: str, spent: Usage) -> Node:
    """The node with more spent on it."""
    if not spent.calls:
        return node
    return dataclasses.replace(node, spent={**node.spent, role: node.spent.get(role, Usage()) + spent})
