"""The test part of an evaluation that the task owns: computed once for a crowned node, and kept under its own ref."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autoreclab import records
from autoreclab.changes import Change
from autoreclab.dispatch import Dispatch
from autoreclab.nodes import Execution, Node
from autoreclab.running import LEDGER, Runner
from autoreclab.workspace import Workspace

RECORD = "test.yaml"
MEASURED = ("part", "n", "mean", "sd", "cv", "ci_low", "ci_high", "n_users", "seconds", "source")
"""Columns of a summary that tell what came out; the others tell of what."""


@dataclass(frozen=True)
class Tested:
    """A node on the test part."""

    execution: Execution
    outputs: Mapping[str, bytes]
    times: int
    """How often the test part was computed in this run, for this node and others."""

    @property
    def failure(self) -> str:
        """Why there is no value of it; empty where there is."""
        if self.execution.status == "ok" and not self.execution.errors and self.execution.rows:
            return ""
        wrong = [*map(str, self.execution.errors), self.execution.error, "nothing was recorded"]
        return f"{self.execution.status}: {next(filter(None, wrong))}"

    @property
    def line(self) -> str:
        """What came of it, in one line."""
        values = ", ".join(f"{name} {value:.4f}" for name, value in self.execution.metrics.items())
        return self.failure or values or "no values"


def test(workspace: Workspace, run: str, node: Node, runner: Runner | Dispatch) -> Tested:
    """Run a node on the whole training part, measure it on the test part, and keep what came of it, for good."""
    outputs, execution = runner.run(node.name, workspace.files(run, node), part="test")
    files = {**outputs, RECORD: records.dump(records.of_execution(execution)).encode()}
    change = Change(f"test of {run}/{node.name}: {execution.status}\n", files=files)
    workspace.repository.replace(ref(run, node), change, expected=None)
    return Tested(execution, outputs, times(workspace, run))


def tested(workspace: Workspace, run: str, node: Node) -> Tested | None:
    """What came of a node on the test part; None where it was never computed."""
    head = workspace.repository.head(ref(run, node))
    if not head:
        return None
    files = workspace.repository.files(head)
    execution = records.execution_in(records.load(files.pop(RECORD).decode()))
    return Tested(execution, files, times(workspace, run)) if execution else None


def times(workspace: Workspace, run: str) -> int:
    """How often the test part was computed in a run, in all its clones that were merged here."""
    own = f"refs/autoreclab/{run}/"
    form = "--format=%(objectname) %(subject)"
    out = workspace.repository.run("for-each-ref", form, f"{own}tests/", f"{own}superseded/").decode()
    # where two clones computed it for the same node, both are superseded, and one stands in its place as well
    return sum(f" test of {run}/" in line for line in set(out.splitlines()))


def beside(outputs: Mapping[str, bytes], one: Tested | None) -> dict[str, bytes]:
    """A node's outputs with each value of the test part in the summary, below that of the validation part, and the
    comparisons on it below the others.

    What the program chose by when it ran for the test part is left out.
    """
    if one is None or one.failure:
        return dict(outputs)
    rows = _of_both("summary.csv", outputs, one)
    settings = list(dict.fromkeys(_setting(row) for row in rows))
    metadata = _metadata(outputs)
    metadata["splits"] = [*metadata.get("splits", ()), *_metadata(one.outputs).get("splits", ())]
    return {
        **outputs,
        "summary.csv": _written(sorted(rows, key=lambda row: settings.index(_setting(row)))),
        "comparisons.csv": _written(_of_both("comparisons.csv", outputs, one)),
        "metadata.json": json.dumps(metadata, indent=1).encode(),
    }


def crowned(one: Tested | None) -> dict[str, bytes]:
    """The files of the test that lie on `best`, beside the node's own results."""
    found = {name: one.outputs.get(name) for name in LEDGER} if one and not one.failure else {}
    return {f"test-{name}": content for name, content in found.items() if content is not None}


def _of_both(path: str, outputs: Mapping[str, bytes], one: Tested) -> list[dict[str, str]]:
    """The rows of a table of a node, and those of the test part."""
    return [*_rows(path, outputs), *(row for row in _rows(path, one.outputs) if row["part"] == "test")]


def _rows(path: str, outputs: Mapping[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(outputs.get(path, b"").decode(errors="replace"))))


def _metadata(outputs: Mapping[str, bytes]) -> dict[str, Any]:
    return json.loads(outputs.get("metadata.json", b"{}"))


def _setting(row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in row.items() if name not in MEASURED)


def _written(rows: Iterable[Mapping[str, str]]) -> bytes:
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def ref(run: str, node: Node) -> str:
    """Where it is kept."""
    return f"refs/autoreclab/{run}/tests/{node.commit}"
