"""What came out the same and should not: two algorithms, or the seeds of one that depends on chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from autoreclab.audits.algorithms import STOCHASTIC, is_function, label, meanings
from autoreclab.audits.findings import condition, error, factors, warning
from autoreclab.audits.labels import seeds_training
from autoreclab.evidence import Evidence, Measurement, Row
from autoreclab.nodes import Finding

FEWEST_USERS = 5  # lists of fewer may be equal by chance
FEWEST_VALUES = 4


def identical(evidence: Evidence) -> Iterator[Finding]:
    """Two algorithms recommend or predict the same to everybody, or have the same values everywhere."""
    for first, second in combinations(_contents(evidence), 2):
        (a, ours), (b, theirs) = first, second
        if (ours.keys() <= theirs.keys() or theirs.keys() <= ours.keys()) and not _excused(ours, theirs):
            same = [each.name for content in ours.keys() & theirs.keys() for each in (ours[content], theirs[content])]
            sentence = f"{a} and {b} recommended or predicted exactly the same in {len(same) // 2} conditions."
            yield error("identical", sentence, same)
    for (a, our), (b, their) in combinations(_own_values(evidence.rows).items(), 2):
        both = our.keys() & their.keys()
        conditions = {where for where, _ in both}
        equal = all(our[key] == their[key] for key in both) and any(our[key] for key in both)
        if equal and len(conditions) > 1 and len(both) >= FEWEST_VALUES:
            sentence = f"{a} and {b} have the same values in all {len(conditions)} conditions, to the last digit."
            yield error("identical", sentence, sorted(conditions))


def zero_variance(evidence: Evidence) -> Iterator[Finding]:
    """An algorithm that depends on chance gave the same results with every seed of training."""
    found: dict[tuple[str, str], dict[int, set[str]]] = {}
    for each in evidence.measurements:
        if meanings(each.algorithm) & set(STOCHASTIC) and each.content and any(map(seeds_training, each.factors)):
            rest = {name: value for name, value in each.factors.items() if not seeds_training(name)}
            key = condition(rest), f"{each.fingerprint} {each.settings}"
            found.setdefault(key, {}).setdefault(each.seed, set()).add(each.content)
    same = {where: len(seeds) for (where, _), seeds in found.items() if len(seeds) > len(set().union(*seeds.values()))}
    for where, seeds in list(same.items())[:1]:
        yield warning("zero-variance", f"Some of {seeds} seeds of training gave exactly the same ({where}).", same)


def _contents(evidence: Evidence) -> list[tuple[str, dict[str, Measurement]]]:
    """For each level of the algorithm, what it recommended or predicted, and where."""
    found: dict[str, dict[str, Measurement]] = {}
    for each in evidence.measurements:
        if label(each) and each.content and each.n_users >= FEWEST_USERS:
            found.setdefault(label(each), {})[each.content] = each
    return list(found.items())


def _excused(ours: dict[str, Measurement], theirs: dict[str, Measurement]) -> bool:
    """Are both one algorithm of LensKit's, called by its name, in settings that may do nothing?"""
    trained = {each.algorithm for each in (*ours.values(), *theirs.values())}
    every = [*ours.values(), *theirs.values()]
    settings = {str(sorted(each.settings.items())) for each in every}
    said = all(each.algorithm.removesuffix("Scorer").lower() in label(each).lower() for each in every)
    return len(trained) == 1 and not any(map(is_function, every)) and (len(settings) > 1 or said)


def _own_values(rows: Sequence[Row]) -> dict[str, dict[tuple[str, str], float]]:
    """The values that programs gave themselves: by algorithm, then by condition and metric."""
    found: dict[str, dict[tuple[str, str], float]] = {}
    for row in rows:
        if row["source"] != "recomputed" and row.get("algorithm"):
            rest = {name: value for name, value in factors(row).items() if name != "algorithm"}
            where = condition({"dataset": row["dataset"], "part": row["part"], **rest})
            found.setdefault(row["algorithm"], {})[where, row["metric"]] = float(row["value"])
    return found
