"""One node's life: propose → commit → run → record → judge → record; and the plan before, the report after."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autoreclab import context, events, judge, report, sandbox
from autoreclab.data import Data
from autoreclab.git import safe
from autoreclab.models import Model, Usage
from autoreclab.models.answers import Interpretation, Judgement, Opinion, Proposal
from autoreclab.plan import Plan, Requirement
from autoreclab.tree import Action, Execution, Node, Status, Tree
from autoreclab.workspace import Run, Workspace

PROGRAM = "solution.py"
LOG = "log.txt"
IDLE = re.compile(r"(^|/)(\.|__pycache__/)")  # hidden files and caches are no results
KEPT_BYTES = 10_000_000  # of a node's result files go into git, the smallest first
RECOMPUTE_LIMIT_S = 3600.0
SOUND = Requirement(
    text="The method is sound: training, tuning and every choice see no test data, and all algorithms get the same "
    "splits and comparable effort."
)
CLEAR = Requirement(text="The code is clear: it says what it does, is short, and can be rerun by its command line.")
LOWER_IS_BETTER = ("rmse", "mae")


class Experiment:
    """What the search does to nodes; its only state is in the workspace."""

    def __init__(self, workspace: Workspace, run: Run, model: Model, data: Data, scratch: Path):
        self.workspace, self.run, self.model, self.data, self.scratch = workspace, run, model, data, scratch

    @property
    def timeout(self) -> float:
        return self.run.settings.timeout

    def tree(self) -> Tree:
        return self.workspace.load(self.run)

    def folder(self, node: Node) -> Path:
        """Where a node runs, outside the repository."""
        return self.scratch / node.name

    # The plan

    def plan(self) -> Plan:
        """Ask for the plan, see to it that it holds what every plan must, and record it."""
        answer = self.model.ask("plan", Plan, step="plan", **self._context(()))
        plan = _completed(answer.value)
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
            outputs, execution = self._run(node)
        self.workspace.keep_outputs(self.run.name, node, outputs)
        ran = dataclasses.replace(node, execution=execution, judgement=None)
        self.workspace.record(self.run.name, ran, headline(tree))
        return ran

    def judge(self, tree: Tree, node: Node) -> Node:
        """Decide each requirement and record the verdicts."""
        assert tree.plan and node.execution
        files, outputs = self._files(node), self.workspace.outputs(self.run.name, node)
        evidence = judge.Evidence(
            design=tree.plan.design,
            execution=node.execution,
            solution=files.get(PROGRAM, b"").decode(errors="replace"),
            rows=judge.ledger(outputs.get("results.csv", b"").decode(errors="replace")),
            files=sorted(outputs),
        )
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

    def report(self) -> Iterator[events.Event]:
        """Ask for an interpretation of the best node's results and put the whole report on `best`."""
        tree = self.tree()
        interpretation = None
        if tree.best:
            about = self._about(tree, tree.best)
            answer = self.model.ask("report", Interpretation, step="report", **self._context_of(tree), **about)
            interpretation = answer.value
        yield events.Reported(self.run.name, left_alone=not self._crowned(tree, interpretation))

    def _crowned(self, tree: Tree, interpretation: Interpretation | None) -> bool:
        """Make the branch `best`; False where a person has it checked out."""
        node = tree.best
        outputs = self.workspace.outputs(self.run.name, node) if node else {}
        text = report.write(self.run, tree, outputs, interpretation, self.model.name)
        shown = {path: content for path, content in outputs.items() if not path.startswith("trials/") and path != LOG}
        return self.workspace.crown(self.run, node, shown | {"report.md": text.encode(errors="replace")})

    # How a program is run

    def _run(self, node: Node) -> tuple[dict[str, bytes], Execution]:
        folder = self.folder(node)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        given = self._files(node)
        for path, content in given.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        self.data.place(folder)
        outcome = sandbox.run(
            [sandbox.python(), PROGRAM], folder, self.scratch / f"{node.name}.log", timeout=self.timeout,
            variables={"AUTORECLAB_DATA": str(folder)},
        )  # fmt: skip
        problems = self._recompute(folder)
        log = (self.scratch / f"{node.name}.log").read_bytes().replace(f"{folder}/".encode(), b"")
        outputs = {LOG: log} | collected(folder, leave_out={*given, *self.data.names})
        shutil.rmtree(folder, ignore_errors=True)
        return outputs, execution_of(outcome, outputs, problems)

    def _recompute(self, folder: Path) -> list[str]:
        """Write the ledger from what the program saved, in a process of the harness's own; what is wrong with it."""
        log = self.scratch / "recompute.log"
        command = [sandbox.python(), "-P", "-m", "autoreclab.lab.ledger", str(folder)]
        variables = {name: os.environ[name] for name in ("HOME", "AUTORECLAB_CACHE") if name in os.environ}
        variables["AUTORECLAB_DATA"] = os.pathsep.join(self.data.places)
        outcome = sandbox.run(command, self.scratch, log, timeout=RECOMPUTE_LIMIT_S, variables=variables)
        last = log.read_text(errors="replace").strip().rpartition("\n")[2]
        if outcome.exit != 0:
            return [f"ledger: the results can't be recomputed: {last}"]
        return [f"{problem['name']}: {problem['sentence']}" for problem in json.loads(last)["problems"]]

    # What questions are about

    def _files(self, node: Node) -> dict[str, bytes]:
        return self.workspace.files(self.run.name, node)

    def _about(self, tree: Tree, node: Node) -> dict[str, Any]:
        outputs = self.workspace.outputs(self.run.name, node)
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
            "lab": context.lab_reference(metrics),
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
    files = tuple(file for file in proposal.files if safe(file.path) and file.path not in ("task.md", "run.yaml"))
    return proposal.model_copy(update={"files": files})


def collected(folder: Path, leave_out: set[str]) -> dict[str, bytes]:
    """The result files a program left: regular ones, the smallest first, up to a limit; the others are listed."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    relative = {str(path.relative_to(folder)): path for path in found}
    paths = [name for name in relative if name not in leave_out and safe(name) and not IDLE.search(name)]
    kept: dict[str, bytes] = {}
    left_out, total = [], 0
    for name in sorted(paths, key=lambda name: (relative[name].stat().st_size, name)):
        total += relative[name].stat().st_size
        if total <= KEPT_BYTES:
            kept[name] = relative[name].read_bytes()
        else:
            with relative[name].open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            left_out.append(f"{relative[name].stat().st_size} {digest} {name}")
    return kept | ({"left-out.txt": ("\n".join(left_out) + "\n").encode()} if left_out else {})


def execution_of(outcome: sandbox.Outcome, outputs: Mapping[str, bytes], problems: Sequence[str]) -> Execution:
    """What happened, as a value."""
    status: Status = "timeout" if outcome.exit is None else "ok" if outcome.exit == 0 else "crashed"
    rows = judge.ledger(outputs.get("results.csv", b"").decode(errors="replace"))
    return Execution(
        status=status,
        exit=outcome.exit,
        seconds=round(outcome.seconds, 2),
        peak_mb=round(outcome.peak_mb, 1),
        rows=len(rows),
        recomputed=sum(row["source"] == "recomputed" for row in rows),
        metrics=best_means(outputs.get("summary.csv", b"").decode(errors="replace")),
        problems=tuple(problems),
        error="" if status == "ok" else last_line(outputs[LOG].decode(errors="replace"), outcome.exit),
    )


def best_means(summary: str) -> dict[str, float]:
    """Per metric the mean of the best setting, baselines aside; on the validation part where there is one."""
    rows = [row for row in csv.DictReader(io.StringIO(summary)) if row["source"] == "recomputed" and row["mean"]]
    rows = [row for row in rows if row.get("algorithm") not in judge.BASELINES] or rows
    rows = [row for row in rows if row["part"] == "validation"] or rows
    means: dict[str, list[float]] = {}
    for row in rows:
        means.setdefault(row["metric"], []).append(float(row["mean"]))
    return {name: (min if name in LOWER_IS_BETTER else max)(values) for name, values in means.items()}


def last_line(log: str, exit: int | None) -> str:
    """Why a program failed, in one line."""
    if exit is None:
        return "killed at the time limit"
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"exit status {exit} without a word"


def _completed(plan: Plan) -> Plan:
    """The plan with the requirements that every plan has."""
    texts = " ".join(requirement.text.lower() for requirement in plan.requirements)
    missing = [item for item, words in ((SOUND, "method is sound"), (CLEAR, "code is clear")) if words not in texts]
    return plan.model_copy(update={"requirements": (*plan.requirements, *missing)})
