"""Rebuilding datasets and splits from their recipes, which is how a value is recomputed elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache

from autoreclab.lab.datasets import Dataset, Step, load
from autoreclab.lab.filters import core, implicit
from autoreclab.lab.splits import Split, split

STEPS: dict[str, Callable[..., Dataset | Split]] = {"implicit": implicit, "core": core, "split": split}


def rebuild(recipe: Sequence[Step]) -> Split:
    """The split that a recipe ends with.

    A recipe may come from a stranger: data is only looked up by name, in the places searched. Raises `DataError`, or
    `ValueError`, `TypeError` or `LookupError` for what is no recipe.
    """
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
    arguments = {name: value for name, value in last.items() if name not in ("step", "label")}
    if before:
        data = _rebuilt(json.dumps(before))
        return STEPS[last["step"]](data.training if isinstance(data, Split) else data, **arguments)
    name, _ = arguments.pop("name"), arguments.pop("sha256")
    if last["step"] != "load" or "/" in name or "\\" in name:
        raise ValueError("the recipe doesn't begin with the name of a dataset")
    return load(name, None, **arguments)
