"""Is every condition of the design in the ledger, exactly once?"""

from __future__ import annotations

from collections.abc import Iterator

from autoreclab.audits.findings import error
from autoreclab.evidence import Evidence, coverage
from autoreclab.nodes import Finding


def missing(evidence: Evidence) -> Iterator[Finding]:
    """Values that the design asks for are not in the ledger, though the program did not crash, which would say more."""
    found = coverage(evidence.design, evidence.rows)
    if found.missing and evidence.execution.status != "crashed":
        killed = ", for it was killed at the time limit" if evidence.execution.status == "timeout" else ""
        sentence = f"{len(found.missing)} of {found.wanted} values of the design are missing{killed}."
        yield error("missing", sentence, found.missing)


def twice(evidence: Evidence) -> Iterator[Finding]:
    """Values that the design asks for are in the ledger more than once."""
    found = coverage(evidence.design, evidence.rows)
    if found.repeated:
        sentence = f"{len(found.repeated)} of {found.wanted} values of the design are there more than once."
        yield error("twice", sentence, found.repeated)
