"""Can these be values of their metrics, and can they stand beside each other?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from autoreclab.audits.findings import condition, error, factors, named
from autoreclab.evidence import Evidence, Row
from autoreclab.nodes import Finding

UNIT = ("ndcg", "graded-ndcg", "precision", "recall", "hit", "mrr", "map", "coverage", "gini")
"""Ranking metrics whose values lie within 0 and 1, in the names of lab."""
FROM_ZERO = ("rmse", "mae", "novelty")
EQUAL_AT_1 = ("ndcg", "precision", "hit", "mrr", "map")
"""With one recommendation and binary relevance each of them asks only whether it is relevant."""
AT_MOST_HIT = ("ndcg", "precision", "recall", "mrr", "map")
GROWING = ("hit", "recall", "mrr")
"""Metrics that can't fall as k grows."""
TOLERANCE = 1e-9

Scores = Mapping[tuple[str, int], float]
"""Values of one condition by metric and k."""


def known(metric: str) -> bool:
    """Does lab compute a metric of this name?"""
    name, at, k = metric.partition("@")
    return (name in UNIT or name == "novelty") and k.isdecimal() if at else name in ("rmse", "mae")


def out_of_range(evidence: Evidence) -> Iterator[Finding]:
    """A value lies outside what its metric can be, or is no number."""
    wrong = [row for row in evidence.rows if not _possible(row["metric"], float(row["value"]))]
    if wrong:
        first = f"{named(wrong[0])} is {float(wrong[0]['value']):.6g}"
        yield error("out-of-range", f"{len(wrong)} values can't be, e.g. {first}.", map(named, wrong))


def all_zeros(evidence: Evidence) -> Iterator[Finding]:
    """Every ranking value is 0: nothing that was recommended was ever relevant."""
    values = [float(row["value"]) for row in evidence.rows if row["metric"].split("@")[0] in AT_MOST_HIT + GROWING]
    if values and not any(values):
        yield error("all-zeros", f"All {len(values)} values of ranking metrics are 0.")


def by_hand(evidence: Evidence) -> Iterator[Finding]:
    """A value that lab computes and others can recompute is the program's word alone, as `trial.value` takes it."""
    given = [row for row in evidence.rows if row["source"] != "recomputed" and not row["dataset"]]
    wrong = [row for row in given if known(row["metric"]) and factors(row)]
    if wrong:
        metrics = ", ".join(sorted({row["metric"] for row in wrong}))
        sentence = f"{len(wrong)} values of {metrics} are the program's word alone, though lab computes them."
        yield error("by-hand", sentence, map(named, wrong))


def inconsistent(evidence: Evidence) -> Iterator[Finding]:
    """Values of one condition contradict each other, or one metric was copied to another."""
    conditions = _conditions(evidence.rows)
    complaints = [(name, why) for name, scores in conditions.items() for why in _contradictions(scores)]
    if complaints:
        name, why = complaints[0]
        sentence = f"{len(complaints)} values contradict others of their condition, e.g. {why} ({name})."
        yield error("inconsistent", sentence, [f"{why} of {name}" for name, why in complaints])
    own = {row["metric"] for row in evidence.rows if row["source"] != "recomputed"}
    for first, second in _copied(list(conditions.values()), own):
        yield error("inconsistent", f"{first} and {second} are the same number in all {len(conditions)} conditions.")


def _possible(metric: str, value: float) -> bool:
    name, at, _ = metric.partition("@")
    if name in UNIT and at:
        return -TOLERANCE <= value <= 1 + TOLERANCE
    return math.isfinite(value) and (value >= 0 or name not in FROM_ZERO)


def _conditions(rows: Sequence[Row]) -> dict[str, Scores]:
    """The values of each condition on each part; beside them the program's own, which name no part."""
    found: dict[str, dict[str, dict[tuple[str, int], float]]] = {}
    for row in sorted(rows, key=lambda row: not row["dataset"]):
        name, at, k = row["metric"].partition("@")
        if at and k.isdecimal():
            parts, own = found.setdefault(condition(factors(row)), {}), not row["dataset"]
            part = " ".join(row.get(key, "") for key in ("dataset", "split", "part"))
            for scores in parts.values() if own and parts else [parts.setdefault(part, {})]:
                scores.setdefault((name, int(k)), float(row["value"]))
    return {f"{name} {part}".strip(): scores for name, parts in found.items() for part, scores in parts.items()}


def _contradictions(scores: Scores) -> Iterator[str]:
    """What of one condition's values can't be true together."""
    cuts = sorted({k for _, k in scores})
    at_1 = [name for name in EQUAL_AT_1 if (name, 1) in scores]
    for name in at_1[1:]:
        if abs(scores[name, 1] - scores[at_1[0], 1]) > TOLERANCE:
            yield f"{at_1[0]}@1 is {scores[at_1[0], 1]:.6g} and {name}@1 is {scores[name, 1]:.6g}"
    for k in cuts:
        for name in AT_MOST_HIT:
            if {(name, k), ("hit", k)} <= scores.keys() and scores[name, k] > scores["hit", k] + TOLERANCE:
                yield f"{name}@{k} is {scores[name, k]:.6g} and hit@{k} only {scores['hit', k]:.6g}"
    for name in GROWING:
        values = [(k, scores[name, k]) for k in cuts if (name, k) in scores]
        for (less, low), (more, high) in pairwise(values):
            if low > high + TOLERANCE:
                yield f"{name}@{less} is {low:.6g} and {name}@{more} only {high:.6g}"


def _copied(conditions: Sequence[Scores], own: set[str]) -> Iterator[tuple[str, str]]:
    """Pairs of metrics at the same k > 1, one of them a program's own number, that are equal wherever both stand."""
    pairs = sorted({(a, b) for scores in conditions for a in scores for b in scores if a < b and a[1] == b[1] > 1})
    for a, b in pairs:
        first, second = (f"{name}@{k}" for name, k in (a, b))
        both = [(scores[a], scores[b]) for scores in conditions if {a, b} <= scores.keys()]
        if {first, second} & own and any(x for x, _ in both) and all(x == y for x, y in both):
            yield first, second
