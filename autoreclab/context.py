"""What a question to the model is asked about: the variables of every prompt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autoreclab import excerpts, sandbox
from autoreclab.evidence import Evidence
from autoreclab.tree import Finding, Node, Tree

PACKAGES = ("lenskit", "numpy", "pandas", "scipy", "matplotlib", "pyarrow", "torch")
# Characters that a prompt shows at most of a file of the program, and of what its run left
PROGRAM, LOG, SUMMARY, COMPARISONS, FILES, METADATA = 60_000, 8_000, 10_000, 14_000, 5_000, 8_000
ROWS = 8  # of the ledger that a finding names


@dataclass(frozen=True)
class Attempt:
    """A node as prompts show it."""

    name: str
    operator: str
    title: str
    plan: str
    status: str
    score: float | None
    values: str
    """Its metrics, of the best setting: `ndcg@10 0.1201`."""
    lesson: str
    """Why it failed, or what it was found to lack, in one line; empty where nothing was wrong."""


def attempt(node: Node) -> Attempt:
    """What a prompt may know of a node."""
    lesson = ""
    if node.execution:
        unmet = [verdict.evidence for verdict in node.judgement.verdicts if not verdict.met] if node.judgement else []
        lesson = next(filter(None, (*map(str, node.errors), node.execution.error, *unmet)), "")
    metrics = node.execution.metrics if node.execution else {}
    values = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
    return Attempt(node.name, node.operator, node.title, node.plan, node.status, node.score, values, lesson)


def of_tree(tree: Tree) -> dict[str, Any]:
    """The plan and what was tried."""
    return {"plan": tree.plan, "tried": [attempt(node) for node in tree.nodes if node.execution]}


def of_node(tree: Tree, node: Node, evidence: Evidence, audited: Iterable[Finding] = ()) -> dict[str, Any]:
    """A node that ran, with its program, its output, its results, what it missed, and what audits found.

    `audited` are findings that aren't part of a judgement yet.
    """
    requirements = tree.plan.requirements if tree.plan else ()
    verdicts = node.judgement.verdicts if node.judgement else ()
    results = {path: _shown(evidence, path) for path in ("summary.csv", "comparisons.csv", "metadata.json")}
    return {
        "parent": attempt(node),
        "files": {path: excerpts.of_text(evidence.text(evidence.program, path), PROGRAM) for path in evidence.program},
        "output": excerpts.of_log(evidence.text(evidence.outputs, "log.txt"), LOG),
        "results": results["summary.csv"],
        "summary": excerpts.of_text(results["summary.csv"], SUMMARY),
        "comparisons": excerpts.of_table(results["comparisons.csv"], COMPARISONS),
        "listing": excerpts.of_files(evidence.outputs, evidence.left_out, FILES),
        "metadata": excerpts.of_metadata(results["metadata.json"], METADATA),
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


def packages() -> str:
    """Names and versions of what experiments can import."""
    return "\n".join(f"{name} {version}" for name, version in sandbox.packages(PACKAGES).items())
