"""What a question to the model is asked about: the variables of every prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autoreclab import checks, environments, excerpts, memory, sandbox
from autoreclab.data import Data
from autoreclab.evidence import Evidence
from autoreclab.facts.toolkit import fitted_lab_reference
from autoreclab.nodes import Finding, Node
from autoreclab.prompts import Fitted
from autoreclab.settings import Settings
from autoreclab.task import Task
from autoreclab.tree import Tree

PACKAGES = ("lenskit", "numpy", "pandas", "scipy", "matplotlib", "pyarrow", "torch")
# Characters that a prompt shows at most of a file of the program, and of what its run left
PROGRAM, LOG, SUMMARY, COMPARISONS, FILES, METADATA = 60_000, 8_000, 10_000, 14_000, 5_000, 8_000
ROWS = 8  # of the ledger that a finding names


def of_study(task: Task, settings: Settings, data: Data, python: str, metrics: tuple[str, ...] = ()) -> dict[str, Any]:
    """The task, the data, and what experiments on them can use; `python` is their interpreter."""
    return {
        "task": task,
        "settings": settings,
        "datasets": data.datasets,
        "data": data.preview,
        "packages": packages(python, environments.names(settings.environment)),
        "lab": fitted_lab_reference(metrics, owned=bool(data.terms)),
        "checks": checks.listing(),
    }


def excerpt(make: Callable[[str, int], str], text: str, room: int) -> Fitted:
    """An excerpt that becomes shorter where there is less room; `room` is what it may have at most, in characters."""
    return Fitted(lambda share: make(text, int(room * share)))


def of_node(tree: Tree, node: Node, evidence: Evidence, audited: Iterable[Finding] = ()) -> dict[str, Any]:
    """A node that ran, with its program, its output, its results, what it missed, and what audits found.

    `audited` are findings that aren't part of a judgement yet.
    """
    requirements = tree.plan.requirements if tree.plan else ()
    verdicts = node.judgement.verdicts if node.judgement else ()
    program = [(path, evidence.text(evidence.program, path)) for path in evidence.program]
    results = {path: _shown(evidence, path) for path in ("summary.csv", "comparisons.csv", "metadata.json")}
    return {
        "parent": memory.attempt(tree, node),
        "siblings": memory.children(tree, node),
        "files": Fitted(lambda share: {path: excerpts.of_text(text, int(PROGRAM * share)) for path, text in program}),
        "output": excerpt(excerpts.of_log, evidence.text(evidence.outputs, "log.txt"), LOG),
        "results": results["summary.csv"],
        "summary": excerpt(excerpts.of_text, results["summary.csv"], SUMMARY),
        "comparisons": excerpt(excerpts.of_table, results["comparisons.csv"], COMPARISONS),
        "listing": Fitted(lambda share: excerpts.of_files(evidence.outputs, evidence.left_out, int(FILES * share))),
        "metadata": excerpt(excerpts.of_metadata, results["metadata.json"], METADATA),
        "findings": [worded(finding) for finding in (*node.findings, *audited)],
        "verdicts": [(r.text, v.met, v.evidence) for r, v in zip(requirements, verdicts, strict=False)],
        "unmet": [(r.text, v.evidence) for r, v in zip(requirements, verdicts, strict=False) if not v.met],
    }


def worded(finding: Finding) -> str:
    """A finding in one line, with the first rows that it concerns."""
    more = f"; and {len(finding.rows) - ROWS} more" if len(finding.rows) > ROWS else ""
    rows = f" ({'; '.join(finding.rows[:ROWS])}{more})" if finding.rows else ""
    return f"{'error' if finding.binding else 'warning'}, {finding}{rows}"


def _shown(evidence: Evidence, path: str) -> str:
    return excerpts.as_shown(path, evidence.text(evidence.outputs, path))


def hints(tree: Tree, node: Node | None) -> tuple[str, ...]:
    """What people advise for a step from a node: for every step, then of its ancestors, then of the node itself."""
    above: dict[str, Node] = {}
    pending = [node] if node else []
    while pending:
        one = pending.pop(0)
        above.setdefault(one.commit, one)
        pending += [tree.by_commit[parent] for parent in one.parents if parent not in above]
    lines = [hint for one in reversed(above.values()) for hint in one.hints]
    return tuple(dict.fromkeys([*tree.hints, *lines]))


def packages(python: str, asked: Iterable[str] = ()) -> str:
    """Names and versions of what experiments of an interpreter can import, of what the task asked for first."""
    names = tuple(dict.fromkeys([*asked, *PACKAGES]))
    return "\n".join(f"{name} {version}" for name, version in sandbox.packages(names, python).items())
