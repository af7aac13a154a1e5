"""Is what a trial says of itself true of what was trained and measured?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeGuard

from autoreclab.audits.algorithms import SIMPLE, is_deterministic, is_function, label, meanings
from autoreclab.audits.findings import error
from autoreclab.evidence import Evidence, Measurement, level
from autoreclab.nodes import Finding
from autoreclab.plan import Level, is_replicate

ABOVE, AT_LEAST, CORE = r"rating > (-?[\d.]+)", r"rating >= (-?[\d.]+)", r"(\d+)-core"
FILTERS = {
    **{"above": (ABOVE,), "at_least": (AT_LEAST,), "min_rating": (AT_LEAST,)},
    **dict.fromkeys(("threshold", "rating_threshold"), (ABOVE, AT_LEAST)),
    **dict.fromkeys(("core", "k_core", "kcore", "min_interactions"), (CORE,)),
}
"""Factors that filter, and what lab then writes among the filters."""
SHARES = ("test", "test_size", "test_share", "test_fraction")


def wrong_algorithm(evidence: Evidence) -> Iterator[Finding]:
    """A trial is labelled with one algorithm, and another one was trained."""

    def why(each: Measurement) -> str:
        said, what = label(each), "a function of the program" if is_function(each) else each.algorithm
        meant, trained = meanings(said), meanings(each.algorithm)
        if is_function(each) and meant & set(SIMPLE):
            return ""
        dressed = is_function(each) and said in meant
        another = meant and trained and meant.isdisjoint(trained)
        return f"{said} was {what}" + f" ({each.algorithm})" * is_function(each) if dressed or another else ""

    yield from _complaint("wrong-algorithm", evidence, why)


def wrong_seed(evidence: Evidence) -> Iterator[Finding]:
    """A trial is labelled with one seed, and neither training nor splitting used it."""
    functions: dict[str, set[int]] = {}
    for each in evidence.measurements:
        functions.setdefault(each.algorithm, set()).add(each.seed)

    def why(each: Measurement) -> str:
        unused = is_function(each) and len(functions[each.algorithm]) == 1  # it may take the seed by another way
        for name, value in each.factors.items():
            seeds = (each.seed, *each.arguments("seed"))
            if (
                seeds_training(name)
                and _number(value)
                and value not in seeds
                and not (unused or is_deterministic(each))
            ):
                return f"{name}={value} was trained with seed {each.seed}"
        return ""

    yield from _complaint("wrong-seed", evidence, why)


def wrong_split(evidence: Evidence) -> Iterator[Finding]:
    """A trial is labelled with one split, and measured on another."""
    folds = [(each.factors.get("fold"), each.arguments("fold")) for each in evidence.measurements]
    from_1 = all(value - 1 in found for value, found in folds if found and _number(value))

    def why(each: Measurement) -> str:
        for name, value in each.factors.items():
            said = "fold" if name == "fold" else "seed" if chooses_split(name) else "test" if name in SHARES else ""
            found = each.arguments(said) if said and _number(value) else []
            if found and value not in found and not (said == "fold" and from_1):
                return f"{name}={value} was split by {each.split}"
        return ""

    yield from _complaint("wrong-split", evidence, why)


def wrong_filter(evidence: Evidence) -> Iterator[Finding]:
    """A trial is labelled with one threshold or core, and its data was filtered by another."""

    def why(each: Measurement) -> str:
        for name in FILTERS.keys() & each.factors.keys():
            value = each.factors[name]
            found = {level(number) for form in FILTERS[name] for number in re.findall(form, each.filters)}
            none = not found and (value is None or value == 0 or (value == 1 and CORE in FILTERS[name]))
            if (value is None or _number(value)) and not none and level(value or 0) not in found:
                return f"{name}={value} was filtered by {each.filters or 'nothing'}"
        return ""

    yield from _complaint("wrong-filter", evidence, why)


def wrong_setting(evidence: Evidence) -> Iterator[Finding]:
    """A trial is labelled with one setting, and another one was trained."""

    def why(each: Measurement) -> str:
        for name, value in each.factors.items():
            used = each.settings.get(name)
            if isinstance(used, str | int | float) and value is not None and level(used) != level(value):
                return f"{name}={value} was trained with {name}={used}"
        return ""

    yield from _complaint("wrong-setting", evidence, why)


def wrong_data(evidence: Evidence) -> Iterator[Finding]:
    """A trial is labelled with one dataset, and measured on another."""
    names = {fact["name"] for fact in evidence.data}

    def why(each: Measurement) -> str:
        said = each.factors.get("data")
        return f"data={said} was measured on {each.dataset}" if said in names and said != each.dataset else ""

    yield from _complaint("wrong-data", evidence, why)


def chooses_split(factor: str) -> bool:
    """Does a factor of this name choose the split?"""
    return factor == "fold" or ("split" in factor and is_replicate(factor))


def seeds_training(factor: str) -> bool:
    """Does a factor of this name seed something that may be training?"""
    return factor.endswith("seed") and is_replicate(factor) and not chooses_split(factor)


def _number(value: Level | None) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _complaint(name: str, evidence: Evidence, why: Callable[[Measurement], str]) -> Iterator[Finding]:
    """One finding for all trials that there is a reason to complain of."""
    reasons = [(each, reason) for each in evidence.measurements if (reason := why(each))]
    if reasons:
        sentence = f"{len(reasons)} of {len(evidence.measurements)} labels are not true: {reasons[0][1]}."
        yield error(name, sentence, (f"{each.name}: {reason}" for each, reason in reasons))
