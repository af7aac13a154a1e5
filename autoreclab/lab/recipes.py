"""Rebuilding datasets and splits from their recipes, which is how a value is recomputed elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache

from autoreclab.lab.datasets import Dataset, Step, load
from autoreclab.lab.filters import core, implicit
from autoreclab.lab.splits import Split, split

STEPS: dict[str, Callable[..., Dataset | Split]] = {"implicit": implicit, "core": core, "split": split}


def rebuild(recipe: Sequence[Step], start: Dataset | None = None) -> Split:
    """The split that a recipe ends with; from `start` on, where the recipe begins with its steps.

    A recipe may come from a stranger: data is only looked up by name, in the places searched. Raises `DataError`, or
    `ValueError`, `TypeError` or `LookupError` for what is no recipe.
    """
    known = len(start.steps) if start else 0
    if start and json.loads(json.dumps(start.steps)) == list(recipe[:known]):
        result: Dataset | Split = start
        for step in recipe[known:]:
            result = _applied(result, step)
    else:
        result = _rebuilt(json.dumps(recipe))
    if not isinstance(result, Split):
        raise ValueError("the recipe doesn't end with a split")
    return result


def forget() -> None:
    """Look at the data anew from here on: it may have changed."""
    _rebuilt.cache_clear()


@lru_cache(maxsize=4)  # splits of the same data follow each other, so its filters run once
def _rebuilt(recipe: str) -> Dataset | Split:
    *before, last = json.loads(recipe)
    if before:
        return _applied(_rebuilt(json.dumps(before)), last)
    arguments = _arguments(last)
    name, _ = arguments.pop("name"), arguments.pop("sha256")
    if last["step"] != "load" or "/" in name or "\\" in name:
        raise ValueError("the recipe doesn't begin with the name of a dataset")
    return load(name, None, **arguments)


def _applied(data: Dataset | Split, step: Step) -> Dataset | Split:
    """What a step makes of data, or of the training part of a split."""
    return STEPS[step["step"]](data.training if isinstance(data, Split) else data, **_arguments(step))


def _arguments(step: Step) -> Step:
    return {name: value for name, value in step.items() if name not in ("step", "label")}
