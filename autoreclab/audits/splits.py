"""Were those measured on the same test part who should be, and on different ones who should be?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from autoreclab.audits.algorithms import label
from autoreclab.audits.findings import condition, error
from autoreclab.audits.labels import chooses_split, seeds_training
from autoreclab.evidence import Evidence, Measurement
from autoreclab.nodes import Finding
from autoreclab.plan import Level

PARTS = ("test", "validation", "tuning")
Condition = frozenset[tuple[str, Level | None]]
ByAlgorithm = Mapping[str, set[str]]


def user_counts(evidence: Evidence) -> Iterator[Finding]:
    """Algorithms of the same condition were measured on different numbers of users."""
    yield from _complaint("user-counts", "Numbers of test users", _differing(evidence, lambda each: str(each.n_users)))


def splits_differ(evidence: Evidence) -> Iterator[Finding]:
    """Algorithms of one condition, or the seeds of one algorithm's training, were measured on different test parts."""
    yield from _complaint("splits-differ", "Test parts", _differing(evidence, lambda each: each.fingerprint))
    split_apart = any(chooses_split(factor) for each in evidence.measurements for factor in each.factors)
    for name, where, parts in _over_levels(evidence, seeds_training):
        different = len(set(parts.values()))
        if different > 1 and (split_apart or different < len(parts)):
            sentence = f"The {len(parts)} levels of {name} have {different} test parts, not one ({where})."
            yield error("splits-differ", sentence, (f"{name}={value}" for value in parts))
            return


def splits_equal(evidence: Evidence) -> Iterator[Finding]:
    """Levels of a factor that stand for splits of their own have the same test part."""
    wrong = [found for found in _over_levels(evidence, chooses_split) if len(set(found[2].values())) < len(found[2])]
    if wrong:
        name, where, parts = wrong[0]
        sentence = f"The {len(parts)} levels of {name} have {len(set(parts.values()))} test parts ({where})."
        yield error("splits-equal", sentence, (where for _, where, _ in wrong))


def _complaint(name: str, what: str, differing: Mapping[str, ByAlgorithm]) -> Iterator[Finding]:
    if differing:
        where, values = next(iter(differing.items()))
        found = "; ".join(f"{algorithm or 'trials'}: {_listed(each)}" for algorithm, each in values.items())
        yield error(name, f"{what} differ in {len(differing)} conditions, e.g. {where} ({found}).", differing)


def _listed(values: Collection[str]) -> str:
    return ", ".join(sorted(values)[:3]) + (", …" if len(values) > 3 else "")


def _final(evidence: Evidence) -> list[Measurement]:
    """The measurements that are to be compared: on test parts, else on validation parts, else on those for tuning."""
    parts = {part: [each for each in evidence.measurements if each.part == part] for part in PARTS}
    return next(filter(None, parts.values()), [])


def _differing(evidence: Evidence, of: Callable[[Measurement], str]) -> dict[str, ByAlgorithm]:
    """The conditions, algorithms and their settings aside, in which algorithms differ.

    What lacks a factor that others have, as popularity lacks the seed of training, must be like some of them.
    """
    groups: dict[Condition, dict[str, set[str]]] = {}
    for each in _final(evidence):
        groups.setdefault(_condition(each), {}).setdefault(label(each), set()).add(of(each))
    found: dict[str, ByAlgorithm] = {}
    patterns = {_names(where) for where in groups}
    for where, values in groups.items():
        lacking = any(_names(where) < pattern for pattern in patterns)
        alike = _of_larger(groups, where) if lacking else set()
        own = set().union(*values.values())
        if len({frozenset(each) for each in values.values()}) > 1 or (alike and not own <= alike):
            found[condition(dict(sorted(where, key=str)))] = values if len(values) > 1 else {**values, "others": alike}
    return found


def _condition(each: Measurement) -> Condition:
    levels = {name: value for name, value in each.factors.items() if name not in ("algorithm", *each.settings)}
    return frozenset([("dataset", each.dataset), *((n, value) for n, value in levels.items() if value is not None)])


def _names(where: Condition) -> frozenset[str]:
    return frozenset(name for name, _ in where)


def _of_larger(groups: Mapping[Condition, ByAlgorithm], where: Condition) -> set[str]:
    """The values of all conditions that have these levels and more."""
    return set().union(*(each for other, values in groups.items() if where < other for each in values.values()))


def _over_levels(
    evidence: Evidence, of_kind: Callable[[str], bool]
) -> Iterator[tuple[str, str, dict[Level | None, frozenset[str]]]]:
    """For each factor of this kind and each condition of the others: the test parts of its levels."""
    names = dict.fromkeys(name for each in evidence.measurements for name in each.factors if of_kind(name))
    for name in names:
        groups: dict[str, dict[Level | None, frozenset[str]]] = {}
        for each in _final(evidence):
            if name in each.factors:
                rest = {"dataset": each.dataset, **{n: value for n, value in each.factors.items() if n != name}}
                parts = groups.setdefault(condition(rest), {})
                value = each.factors[name]
                parts[value] = parts.get(value, frozenset()) | {each.fingerprint}
        yield from ((name, where, parts) for where, parts in groups.items() if len(parts) > 1)
