"""What a study varies: the algorithm, the recipe's own factor, and what replicates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from autoreclab.models.offline.reading import Reading
from autoreclab.models.offline.recipes import Recipe
from autoreclab.models.offline.vocabulary import STOCHASTIC
from autoreclab.plan import Factor
from autoreclab.settings import Settings

SPLIT_SEEDS = re.compile(r"\bsplit(?:ting)?[- ](?:random )?seeds?\b|\bseeds? (?:of|for) the [^.\n]{0,25}?split", re.I)


def levels(factors: tuple[Factor, ...], name: str) -> tuple[Any, ...]:
    """The levels of the factor of that name; none where there is no such factor."""
    return next((tuple(factor.levels) for factor in factors if factor.name == name), ())


def factors(
    recipe: Recipe,
    reading: Reading,
    algorithms: tuple[str, ...],
    settings: Settings,
    text: str = "",
    owned: bool = False,
) -> tuple[Factor, ...]:
    """What the study varies: the algorithm, the recipe's own factor, then what replicates.

    Where the task owns its evaluation, nothing but seeds of training do.
    """
    found: dict[str, tuple[Any, ...]] = {"algorithm": algorithms}
    if "min_interactions" in recipe.factors:
        found["min_interactions"] = _several(reading.cores, reading.thresholds) or _default(recipe, "min_interactions")
    if "at_least" in recipe.factors:
        found |= _rating_thresholds(recipe, reading, text)
    if "grid" in recipe.factors:
        asked = {name: values for name, values in reading.settings.items() if len(values) > 1}
        found |= _of_algorithm(recipe, algorithms[0], asked) or recipe.defaults["grid"][algorithms[0]]
    if owned:
        found |= _training_seeds(recipe, reading, algorithms, settings)
    else:
        found |= _replicates(recipe, reading, algorithms, settings, text)
    return tuple(Factor(name=name, levels=tuple(values)) for name, values in found.items())


def _rating_thresholds(recipe: Recipe, reading: Reading, text: str) -> dict[str, tuple[Any, ...]]:
    """The thresholds to compare, with the name of the side that is kept."""
    if len(reading.above) > 1:
        return {"above": reading.above}
    strict = re.search(r"\b(?:above|over|greater than)\b|>(?!=)", text) and not reading.at_least
    compared = _several(reading.at_least, reading.thresholds) or _default(recipe, "at_least")
    return {"above" if strict and reading.thresholds == compared else "at_least": compared}


def _replicates(
    recipe: Recipe, reading: Reading, algorithms: tuple[str, ...], settings: Settings, text: str
) -> dict[str, tuple[int, ...]]:
    """Folds, splits and seeds: those asked for, or else the recipe's number of seeds."""
    split, seeds = tuple(range(settings.seed, settings.seed + reading.split_seeds)), reading.seeds
    folds = reading.folds or (settings.k_fold if reading.method is None and settings.k_fold > 1 else 0)
    if recipe.tunes:
        return {"seed": seeds} if seeds else {}
    of_training = "seed" in recipe.factors
    # without chance in training every seed gives the same value, so only other splits replicate
    of_split = SPLIT_SEEDS.search(text) or not (of_training or (seeds and set(algorithms) & set(STOCHASTIC)))
    if not (split or seeds) and (not folds or of_training):
        seeds = tuple(range(settings.seed, settings.seed + recipe.defaults["replicates"]))
    if seeds and not split and of_split:
        split, seeds = seeds, ()
    repeated = {"fold": tuple(range(folds)), "split_seed": split, "seed": seeds}
    return {name: values for name, values in repeated.items() if values}


def _training_seeds(
    recipe: Recipe, reading: Reading, algorithms: tuple[str, ...], settings: Settings
) -> dict[str, tuple[int, ...]]:
    """Those asked for, or else the recipe's number where chance has a part in training."""
    if not reading.seeds and (recipe.tunes or not set(algorithms) & set(STOCHASTIC)):
        return {}
    return {"seed": reading.seeds or tuple(range(settings.seed, settings.seed + recipe.defaults["replicates"]))}


def _of_algorithm(recipe: Recipe, algorithm: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values for name, values in settings.items() if name in recipe.space[algorithm]}


def _several(*lists: tuple[Any, ...]) -> tuple[Any, ...]:
    return next((levels for levels in lists if len(levels) > 1), ())


def _default(recipe: Recipe, name: str) -> tuple[Any, ...]:
    return tuple(recipe.defaults[name])
