"""Rebuilding datasets and splits from their recipes, which is how a value is recomputed elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from autoreclab.lab.datasets import Dataset, Step, load
from autoreclab.lab.filters import core, implicit
from autoreclab.lab.splits import Split, split

STEPS = {"implicit": implicit, "core": core}


def rebuild(recipe: Sequence[Step]) -> Split:
    """The split that a recipe ends with.

    A recipe may come from a stranger: data is only looked up by name in the places searched. Raises `ValueError`
    or `TypeError` for what is no recipe, and `DataError`.
    """
    result: Dataset | Split = _load(recipe[0])
    for step in recipe[1:]:
        data = result.training if isinstance(result, Split) else result
        arguments = {name: value for name, value in step.items() if name not in ("step", "label")}
        if step["step"] == "split":
            result = split(data, **arguments)
        elif step["step"] in STEPS:
            result = STEPS[step["step"]](data, **arguments)
        else:
            raise ValueError(f"a recipe has no step {step['step']!r}")
    if not isinstance(result, Split):
        raise ValueError("the recipe doesn't end with a split")
    return result


def _load(step: Step) -> Dataset:
    if step["step"] != "load" or "/" in step["name"] or "\\" in step["name"]:
        raise ValueError("the recipe doesn't begin with the name of a dataset")
    return load(**{name: value for name, value in step.items() if name not in ("step", "sha256")})
