"""A node executed once more, in today's environment; its record stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from autoreclab import records
from autoreclab.comparison import Comparison, compare
from autoreclab.errors import TaskError
from autoreclab.evidence import Row, ledger
from autoreclab.running import Runner
from autoreclab.tree import Execution, Node
from autoreclab.workspace import Workspace


def rerun(workspace: Workspace, run: str, node: Node, runner: Runner) -> tuple[int, Comparison]:
    """Run a node again and keep what it left; the rerun's number, and what reproduced.

    Raises `TaskError` for a node that hasn't run yet, and whatever a run raises.
    """
    if not node.execution:
        raise TaskError(f"{run}/{node.name} hasn't run yet. Run it with: autoreclab resume {run}")
    then = workspace.outputs(run, node)
    now, execution = runner.run(node.name, workspace.files(run, node))
    comparison = _comparison(node.execution, then, execution, now)
    message = f"{comparison.line}\n\n{records.dump(records.of_execution(execution))}"
    return workspace.keep_rerun(run, node, now, message), comparison


def latest(workspace: Workspace, run: str, node: Node) -> Comparison | None:
    """What the latest rerun of a node reproduced; None where there is none, or none that says how it ended."""
    for number in sorted(workspace.reruns(run, node), reverse=True):
        message, now = workspace.rerun(run, node, number)
        execution = records.execution_in(records.load(message))
        if execution and node.execution:
            return _comparison(node.execution, workspace.outputs(run, node), execution, now)
    return None


def _comparison(then: Execution, before: Mapping[str, bytes], now: Execution, after: Mapping[str, bytes]) -> Comparison:
    return Comparison(then, now, tuple(compare(_ledger(before), _ledger(after))))


def _ledger(outputs: Mapping[str, bytes]) -> list[Row]:
    return ledger(outputs.get("results.csv", b"").decode(errors="replace"))
