"""Recipes: program templates with a YAML header, one file each in `autoreclab/recipes`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from autoreclab.models.offline.vocabulary import PREDICTION
from autoreclab.plan import Level, Requirement, Value

FOLDER = Path(__file__).resolve().parents[2] / "recipes"
SUFFIX = ".py.j2"
CONSTANTS = {
    "algorithm": "ALGORITHMS",
    "baseline": "BASELINE",
    "data": "DATASETS",
    "seed": "SEEDS",
    "split_seed": "SPLIT_SEEDS",
    "fold": "FOLDS",
}

Space = Mapping[str, Mapping[str, tuple[Level, ...]]]
"""Per algorithm and setting the values it may take, the default first."""


class Recipe(Value):
    """What a recipe's header says."""

    name: str
    title: str
    about: str
    words: tuple[str, ...]
    """Patterns in a task's text that propose it."""
    factors: tuple[str, ...]
    """What the study varies beside replicates; `grid` stands for the settings being tuned."""
    requirements: tuple[Requirement, ...]
    defaults: Mapping[str, Any]
    search: Mapping[str, tuple[Level, ...]] = Field(default_factory=dict)
    """What drafts and improvements may vary beside the algorithms' settings."""
    predicts: bool | None = None
    """Are ratings predicted (rmse, mae), rather than items ranked? None where the metrics decide."""
    tunes: bool = False

    @property
    def baseline(self) -> str:
        return "Bias" if self.predicts else "Popular"

    @property
    def space(self) -> Space:
        return _algorithms()

    @property
    def usual(self) -> list[str]:
        """The algorithms of a study that names none."""
        return ["BiasedMF"] if self.predicts else self.defaults["algorithms"]

    @property
    def runs(self) -> tuple[str, ...]:
        """The algorithms that it can run."""
        unfit = ("ImplicitMF", "EASE", "Popular", "Random") if self.predicts else ("Bias",)
        return tuple(name for name in self.defaults.get("grid", self.space) if name not in unfit)

    def measuring(self, metrics: Iterable[str]) -> Recipe:
        """This recipe with the kind of its results settled by the metrics that are asked for."""
        kinds = {name in PREDICTION for name in metrics}
        return self if self.predicts is not None else self.model_copy(update={"predicts": kinds == {True}})


@cache
def recipes() -> Mapping[str, Recipe]:
    """Every recipe by name, in alphabetical order."""
    import yaml

    headers = {path.name.removesuffix(SUFFIX): _header(path) for path in sorted(FOLDER.glob(f"*{SUFFIX}"))}
    return {name: Recipe(name=name, **yaml.safe_load(header)) for name, header in headers.items()}


def listing() -> str:
    """One line for each recipe: its name and what it is about."""
    return "\n".join(f"  {recipe.name:<11} {recipe.about}" for recipe in recipes().values())


def render(recipe: str, **values: Any) -> str:
    """The recipe's program."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"literal": literal, "loop": loop, "trial": trial, "prose": prose}
    return environment.get_template(recipe + SUFFIX).render(**values)


def literal(value: Any, name: str = "") -> str:
    """A value as Python source: consecutive numbers as a range, a long dict with one entry a line.

    >>> literal((0, 1, 2))
    'range(3)'
    """
    if isinstance(value, tuple | list) and len(value) > 2 and _consecutive(value):
        return f"range({value[0]}, {value[-1] + 1})" if value[0] else f"range({len(value)})"
    if isinstance(value, Mapping):
        entries = [f"{json.dumps(key)}: {literal(item)}" for key, item in value.items()]
        return "{" + _wrapped(entries, len(name)) + "}"
    if isinstance(value, tuple | list):
        return "[" + _wrapped([literal(item) for item in value], len(name)) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def loop(factors: list[str], grid: bool = False) -> str:
    """The arguments of `lab.trials`: each factor with the constant that holds its levels."""
    arguments = ["algorithm=BASELINE" if name == "baseline" else f"{name}={constant(name)}" for name in factors]
    return ", ".join([*arguments, "**GRID"] if grid else arguments)


def constant(factor: str) -> str:
    """The constant that holds a factor's levels."""
    return CONSTANTS.get(factor, factor.upper())


def trial(factors: list[str]) -> str:
    """A trial's values of these factors, as arguments."""
    return ", ".join(f"trial.{name}" for name in factors)


def prose(text: str) -> str:
    """A person's text as it may stand in a docstring: one line without quotes or escapes."""
    return re.sub(r"\s+", " ", re.sub(r'["\\{}]', "'", text)).strip()


@cache
def _algorithms() -> Space:
    import yaml

    space = yaml.safe_load((FOLDER / "algorithms.yaml").read_text("utf-8"))
    return {name: {key: tuple(levels) for key, levels in settings.items()} for name, settings in space.items()}


def _header(path: Path) -> str:
    """The text of the Jinja comment at the top of a recipe."""
    match = re.match(r"\{#(.*?)^#\}", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    if not match:
        raise ValueError(f"{path.name} does not begin with a header such as {{# title: … #}}")
    return match[1]


def _consecutive(values: tuple[Any, ...] | list[Any]) -> bool:
    whole = all(type(value) is int for value in values)
    return whole and list(values) == list(range(values[0], values[0] + len(values)))


def _wrapped(entries: list[str], indent: int) -> str:
    """Entries on one line where they fit, else one a line."""
    line = ", ".join(entries)
    return line if len(line) + indent < 100 else "\n" + "".join(f"    {entry},\n" for entry in entries)
