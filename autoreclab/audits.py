"""Audits: what is wrong with results however good they look, found by code outside the sandbox.

Each audit reads the evidence alone and yields findings. Errors bind, whatever a judge says; warnings are shown.
What can only be found with the data at hand, `lab.recompute` finds; see `Execution.problems`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from autoreclab.evidence import Evidence
from autoreclab.tree import Finding

SHOWN = 20  # rows that a finding names


def audit(evidence: Evidence) -> tuple[Finding, ...]:
    """All that the audits find, in their order."""
    return tuple(finding for found in AUDITS.values() for finding in found(evidence))


def all_zeros(evidence: Evidence) -> Iterator[Finding]:
    """Every ranking value is 0: nothing that was recommended was ever relevant."""
    values = [float(row["value"]) for row in evidence.rows if row["source"] == "recomputed"]
    if values and not any(values):
        yield Finding("all-zeros", f"All {len(values)} recomputed values are 0.")


def unevaluated(evidence: Evidence) -> Iterator[Finding]:
    """The task owns its evaluation, and a program that ended well recorded nothing on it."""
    owned = evidence.metadata.get("evaluation")
    if owned and evidence.execution.status == "ok" and not any(row["part"] == owned["part"] for row in evidence.rows):
        yield Finding("unevaluated", "Nothing was recorded on lab.evaluation(), which the task is measured on.")


AUDITS: Mapping[str, Callable[[Evidence], Iterator[Finding]]] = {"all-zeros": all_zeros, "unevaluated": unevaluated}
