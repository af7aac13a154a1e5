"""What a study leaves open: the settings of its program, their alternatives, and a title that tells them apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autoreclab.models.offline.planning import listed, plural
from autoreclab.models.offline.understanding import Study

WORDS = {"embedding_size": "{} factors", "epochs": "{} epochs", "max_nbrs": "{} neighbours"}
CHEAPER = {"embedding_size": 5, "epochs": 2, "max_nbrs": 5}
"""Settings that cost time, with the least worth trying."""


@dataclass(frozen=True)
class Variant:
    """Values for what the study leaves open."""

    settings: Mapping[str, Mapping[str, Any]]
    """Per algorithm."""
    scoring: str = "stored"
    """How recommendations are made: `stored` or `fold-in`."""

    def value(self, algorithm: str, name: str) -> Any:
        """The value of one setting; None where it has none."""
        return self.scoring if name == "scoring" else self.settings.get(algorithm, {}).get(name)

    def changed(self, algorithm: str, name: str, value: Any) -> Variant:
        """This variant with another value of one setting; the scoring belongs to no algorithm."""
        if name == "scoring":
            return replace(self, scoring=value)
        return replace(self, settings={**self.settings, algorithm: {**self.settings.get(algorithm, {}), name: value}})


def defaults(study: Study) -> Variant:
    """The task's values, and the recipe's first ones where the task says nothing."""
    settings: dict[str, dict[str, Any]] = {}
    for algorithm in study.algorithms:
        space = {name: values for name, values in study.recipe.space[algorithm].items() if name not in study.grid}
        settings[algorithm] = {name: study.fixed.get(name, values[0]) for name, values in space.items()}
    return Variant(settings)


def alternatives(study: Study, base: Variant) -> Iterator[Variant]:
    """Variants that differ from the base in one open setting, then those that differ in two."""
    choices = [
        (algorithm, name, value)
        for algorithm, name, values in _open(study)
        for value in values
        if base.value(algorithm, name) != value
    ]
    for algorithm, name, value in choices:
        yield base.changed(algorithm, name, value)
    for first, second in itertools.combinations(choices, 2):
        if first[:2] != second[:2]:
            yield base.changed(*first).changed(*second)


def cheaper(study: Study, base: Variant) -> Iterator[Variant]:
    """Variants that take less time than the base, by halves, down to the least worth trying."""
    while True:
        smaller = base
        for algorithm, name, _ in _open(study):
            value = base.value(algorithm, name)
            if name in CHEAPER and isinstance(value, int):
                smaller = smaller.changed(algorithm, name, min(value, max(CHEAPER[name], value // 2)))
        if smaller == base:
            return
        yield smaller
        base = smaller


def title(study: Study, variant: Variant) -> str:
    """What is tried, in a few words: two variants of a study have two titles."""
    usual = defaults(study)
    several = len(study.algorithms) > 1
    parts = [listed(study.algorithms)]
    for algorithm in study.algorithms:
        for name, value in variant.settings.get(algorithm, {}).items():
            shown = not several and name in WORDS
            if shown or usual.settings[algorithm].get(name) != value:
                words = WORDS.get(name, name.replace("_", " ") + " {}").format(value)
                parts.append(f"{algorithm} {words}" if several else words)
    counts = [f"{len(item.levels)} {plural(item.name)}" for item in study.factors[1:] if len(item.levels) > 1]
    return ", ".join([*parts, *counts, *(["fold-in scoring"] if variant.scoring == "fold-in" else [])])


def _open(study: Study) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    """What neither the task nor the design gives a value: algorithm, setting and its values."""
    for algorithm in study.algorithms:
        for name, values in study.recipe.space[algorithm].items():
            if name not in study.fixed and name not in study.grid and len(values) > 1:
                yield algorithm, name, values
    if not study.recipe.predicts:
        yield from (("", name, values) for name, values in study.recipe.search.items())
