"""From a study and a variant to the program: its constants, in the order a reader wants them, and its text."""

from __future__ import annotations

from typing import Any

from autoreclab.models.offline.recipes import constant, literal, render
from autoreclab.models.offline.understanding import PREPARING, Study
from autoreclab.models.offline.variants import Variant

RECORD = {
    True: "trial.record(lab.predict(model, split), metrics=METRICS, k=[])",
    False: "trial.record(lab.recommend(model, split, n=max(CUTOFFS), scoring=SCORING), metrics=METRICS, k=CUTOFFS)",
}
"""How a model's results are recorded: are ratings predicted?"""


def program(study: Study, variant: Variant) -> str:
    """The text of `solution.py`."""
    factors = [
        *(["data"] if len(study.datasets) > 1 else []),
        *(f.name for f in study.factors if f.name not in study.grid),
    ]
    return render(
        study.recipe.name,
        study=study,
        baseline=study.recipe.baseline,
        constants=_constants(study, variant),
        factors=factors,
        split_factors=[name for name in factors if name in PREPARING],
        split_arguments=_split_arguments(study),
        record=RECORD[bool(study.recipe.predicts)],
    )


def settings_source(variant: Variant) -> dict[str, str]:
    """The constants of a program that a variant decides, as Python source."""
    return {"SETTINGS": literal(variant.settings, "SETTINGS"), "SCORING": literal(variant.scoring)}


def _constants(study: Study, variant: Variant) -> dict[str, Any]:
    values = {} if study.owned else _of_data(study)
    if not study.owned or study.recipe.tunes:
        values |= {"TEST": study.test if _method(study) == "holdout" else None}
        values |= {"SPLIT_SEED": _unless(study, "split_seed")}
    values |= {constant(item.name): item.levels for item in study.factors if item.name not in study.grid}
    values |= {"BASELINE": [study.recipe.baseline], "SETTINGS": variant.settings, "GRID": study.grid or None}
    values |= {"SEED": _unless(study, "seed")}
    values |= _measuring(study, variant)
    return {name: value for name, value in values.items() if value is not None}


def _of_data(study: Study) -> dict[str, Any]:
    """The data and their filters."""
    several = len(study.datasets) > 1
    values: dict[str, Any] = {"DATASETS": study.datasets} if several else {"DATASET": study.datasets[0]}
    return values | {"ABOVE": study.above, "AT_LEAST": study.at_least, "CORE": study.core}


def _method(study: Study) -> str:
    """How the program splits: where the task owns its evaluation, that is to choose settings, and simple."""
    return "holdout" if study.owned and study.method != "leave-one-out" else study.method


def _measuring(study: Study, variant: Variant) -> dict[str, Any]:
    """The metrics by name, their cut-offs apart, and how recommendations are scored."""
    names = list(dict.fromkeys(metric.split("@")[0] for metric in study.metrics))
    target = {"TARGET": study.metrics[0]} if study.recipe.tunes else {}
    if study.recipe.predicts:
        return {**target, "METRICS": names}
    cutoffs = sorted({int(metric.split("@")[1]) for metric in study.metrics})
    return {**target, "METRICS": names, "CUTOFFS": cutoffs, "SCORING": variant.scoring}


def _unless(study: Study, factor: str) -> int | None:
    """A seed that stays the same, or None where it is a factor."""
    return None if study.levels(factor) else getattr(study, factor)


def _split_arguments(study: Study) -> str:
    seed = f"seed={'split_seed' if study.levels('split_seed') else 'SPLIT_SEED'}"
    if _method(study) == "k-fold":
        return f'"k-fold", {seed}, folds=len(FOLDS), fold=fold'
    return f'"holdout", {seed}, test=TEST' if _method(study) == "holdout" else f'"leave-one-out", {seed}'
