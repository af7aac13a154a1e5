"""Audits: what is wrong with results however good they look, found by code outside the sandbox.

Each audit reads the evidence alone and yields findings. Errors bind, whatever a judge says; warnings are shown.
What can only be found with the data at hand, `lab.recompute` finds; see `Execution.problems`. `docs/audits.md` explains
every finding.
"""

from __future__ import annotations

from autoreclab.audits import completeness, data, labels, likeness, plausibility, splits, values
from autoreclab.evidence import Evidence
from autoreclab.nodes import Finding

AUDITS = (
    completeness.missing,
    completeness.twice,
    values.out_of_range,
    values.all_zeros,
    values.by_hand,
    values.inconsistent,
    data.another_dataset,
    data.unevaluated,
    data.own_data,
    data.brought_along,
    data.another_filter,
    data.another_split,
    splits.user_counts,
    splits.splits_differ,
    splits.splits_equal,
    labels.wrong_algorithm,
    labels.wrong_seed,
    labels.wrong_split,
    labels.wrong_filter,
    labels.wrong_setting,
    labels.wrong_data,
    likeness.identical,
    likeness.zero_variance,
    plausibility.implausible,
    plausibility.worse_than_baseline,
)


def audit(evidence: Evidence) -> tuple[Finding, ...]:
    """All that the audits find, in their order."""
    return tuple(finding for found in AUDITS for finding in found(evidence))
