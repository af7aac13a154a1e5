"""What code and judges found about the best node: warnings, deviations from the request, requirements."""

from __future__ import annotations

from collections.abc import Iterator

from autoreclab.report.markdown import escaped, shortened, table
from autoreclab.report.subject import Subject

EVIDENCE = 400  # characters of a verdict's evidence that the table shows
ROWS = 5  # of a finding


def findings(subject: Subject) -> Iterator[str]:
    """What the harness and the audits found about the results: what a reader must know."""
    if not subject.best:
        return
    yield from ("## Findings", "")
    for finding in subject.best.findings:
        yield f"- **{'Error' if finding.binding else 'Warning'}**, {escaped(str(finding))}"
        yield from (f"  - {escaped(row)}" for row in finding.rows[:ROWS])
        if len(finding.rows) > ROWS:
            yield f"  - … {len(finding.rows) - ROWS} more"
    if not subject.best.findings:
        yield "The audits found nothing wrong with these results."
    yield ""


def deviations(subject: Subject) -> Iterator[str]:
    """Where the results depart from the request."""
    if not subject.best:
        return
    yield from ("## Deviations", "")
    yield from (f"- {escaped(sentence)}" for sentence in subject.deviations)
    if not subject.deviations:
        yield "None found: the ledger holds what the plan's design asks for."
    yield ""


def requirements(subject: Subject) -> Iterator[str]:
    """Each requirement with its verdict."""
    plan, best = subject.tree.plan, subject.best
    if not (plan and best and best.judgement):
        return
    yield from ("## Requirements", "")
    pairs = zip(plan.requirements, best.judgement.verdicts, strict=True)
    yield from table(
        ["", "requirement", "evidence", "by"],
        [
            ["met" if v.met else "**not met**", escaped(r.text), escaped(shortened(v.evidence, EVIDENCE)), v.by]
            for r, v in pairs
        ],
    )
