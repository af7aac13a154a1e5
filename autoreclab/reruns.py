"""A node executed once more, in today's environment; its record stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from autoreclab import records
from autoreclab.changes import Change
from autoreclab.comparison import Comparison, compare
from autoreclab.dispatch import Dispatch
from autoreclab.errors import Conflict, TaskError
from autoreclab.evidence import Row, ledger
from autoreclab.nodes import Execution, Node
from autoreclab.running import Runner
from autoreclab.workspace import Workspace


def rerun(workspace: Workspace, run: str, node: Node, runner: Runner | Dispatch) -> tuple[int, Comparison]:
    """Run a node again and keep what it left; the rerun's number, and what reproduced.

    Raises `TaskError` for a node that hasn't run yet, and whatever a run raises.
    """
    if not node.execution:
        raise TaskError(f"{run}/{node.name} hasn't run yet. Run it with: autoreclab resume {run}")
    then = workspace.outputs(run, node)
    now, execution = runner.run(node.name, workspace.files(run, node))
    comparison = _comparison(node.execution, then, execution, now)
    message = f"{comparison.line}\n\n{records.dump(records.of_execution(execution))}"
    return _keep(workspace, run, node, now, message), comparison


def told(workspace: Workspace, run: str, node: Node) -> dict[int, str]:
    """What came of a node's reruns, a line each, by their numbers."""
    form = "--format=%(refname) %(contents:subject)"
    lines = workspace.repository.run("for-each-ref", form, f"{_refs(run, node)}/").decode().splitlines()
    found = (line.split(" ", 1) for line in lines)
    return dict(sorted((int(ref.rpartition("/")[2]), line) for ref, line in found))


def latest(workspace: Workspace, run: str, node: Node) -> Comparison | None:
    """What the latest rerun of a node reproduced; None where there is none, or none that says how it ended."""
    for number in sorted(told(workspace, run, node), reverse=True):
        ref = f"{_refs(run, node)}/{number}"
        message = workspace.repository.run("log", "-1", "--format=%b", ref, "--").decode()
        now = workspace.repository.files(ref)
        execution = records.execution_in(records.load(message))
        if execution and node.execution:
            return _comparison(node.execution, workspace.outputs(run, node), execution, now)
    return None


def _keep(workspace: Workspace, run: str, node: Node, files: Mapping[str, bytes], message: str) -> int:
    """Keep what a node left when it ran once more, beside its record; the rerun's number."""
    number = len(told(workspace, run, node))
    while True:
        number += 1
        ref = f"{_refs(run, node)}/{number}"
        try:
            workspace.repository.replace(ref, Change(f"{message}\n", files=files), expected=None)
            return number
        except Conflict:
            if not workspace.repository.head(ref):
                raise


def _refs(run: str, node: Node) -> str:
    return f"refs/autoreclab/{run}/reruns/{node.commit}"


def _comparison(then: Execution, before: Mapping[str, bytes], now: Execution, after: Mapping[str, bytes]) -> Comparison:
    return Comparison(then, now, tuple(compare(_ledger(before), _ledger(after))))


def _ledger(outputs: Mapping[str, bytes]) -> list[Row]:
    return ledger(outputs.get("results.csv", b"").decode(errors="replace"))
