"""A node executed once more, in today's environment; its record stays as it is."""

from __future__ import annotations

from autoreclab.comparison import Comparison, compare
from autoreclab.errors import TaskError
from autoreclab.evidence import Row, ledger
from autoreclab.running import Runner
from autoreclab.tree import Node
from autoreclab.workspace import Workspace


def rerun(workspace: Workspace, run: str, node: Node, runner: Runner) -> tuple[int, Comparison]:
    """Run a node again and keep what it left; the rerun's number, and what reproduced.

    Raises `TaskError` for a node that hasn't run yet, and whatever a run raises.
    """
    if not node.execution:
        raise TaskError(f"{run}/{node.name} hasn't run yet. Run it with: autoreclab resume {run}")
    then = workspace.outputs(run, node)
    now, execution = runner.run(node.name, workspace.files(run, node))
    comparison = Comparison(node.execution, execution, tuple(compare(_ledger(then), _ledger(now))))
    return workspace.keep_rerun(run, node, now, comparison.line), comparison


def _ledger(outputs: dict[str, bytes]) -> list[Row]:
    return ledger(outputs.get("results.csv", b"").decode(errors="replace"))
