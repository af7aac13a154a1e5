"""The study that a task asks for, as far as its words and the settings give it; pure, without a language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autoreclab.evaluation import Evaluation
from autoreclab.models.offline.choosing import choose
from autoreclab.models.offline.factors import factors, levels
from autoreclab.models.offline.gaps import gaps
from autoreclab.models.offline.reading import Reading, read
from autoreclab.models.offline.recipes import Recipe
from autoreclab.models.offline.vocabulary import PREDICTION
from autoreclab.plan import Design, Factor
from autoreclab.settings import Settings
from autoreclab.task import Task

PREPARING = ("data", "min_interactions", "at_least", "above", "split_seed", "fold")
"""Factors that change what is trained and tested on; the baseline runs for each of their levels too."""


@dataclass(frozen=True)
class Study:
    """A study in a recipe's terms: everything its program's constants need but the settings left open."""

    recipe: Recipe
    title: str
    datasets: tuple[str, ...]
    algorithms: tuple[str, ...]
    metrics: tuple[str, ...]
    factors: tuple[Factor, ...]
    method: str
    """leave-one-out, holdout or k-fold."""
    test: float
    """Share of the test part of a holdout, 0 to 1."""
    split_seed: int
    seed: int
    """The training seed where the seed is no factor."""
    above: float | None = None
    at_least: float | None = None
    core: int | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the task gives a value."""
    owned: bool = False
    """Does the task own its evaluation?"""
    missing: tuple[str, ...] = ()
    """What was not understood, in the task's words."""

    def levels(self, factor: str) -> tuple[Any, ...]:
        """The levels of a factor; none where the study doesn't vary it."""
        return levels(self.factors, factor)

    @property
    def grid(self) -> Mapping[str, tuple[Any, ...]]:
        """The settings that are tuned, with their candidates."""
        known = self.recipe.space[self.algorithms[0]] if self.recipe.tunes else {}
        return {item.name: tuple(item.levels) for item in self.factors if item.name in known}


def understand(task: Task, settings: Settings, datasets: tuple[str, ...]) -> Study:
    """The study that a task asks for. Raises `TaskError` where no recipe fits."""
    text = f"{task.title}.\n{task.body}"
    reading = read(text, settings.seed)
    asked = (*_wanted(task), *reading.metrics)
    if task.evaluation:
        return _owned(task, reading, choose(task, reading), settings, task.evaluation)
    recipe = choose(task, reading).measuring(asked)
    algorithms, metrics = _algorithms(reading, recipe), _metrics(asked, recipe)
    varied = factors(recipe, reading, algorithms, settings, text)
    names = [factor.name for factor in varied]
    filtered = not recipe.predicts and not {"above", "at_least"} & set(names)
    data = datasets or reading.datasets[:1] or ("ml-100k",)
    data = data[:1] if recipe.tunes else data
    return Study(
        recipe=recipe,
        title=task.title,
        datasets=data,
        algorithms=algorithms,
        metrics=metrics,
        factors=varied,
        method="k-fold" if "fold" in names else _method(reading),
        test=reading.test or 0.2,
        split_seed=settings.seed if reading.split_seed is None else reading.split_seed,
        seed=settings.seed,
        above=_first(reading.above) if filtered else None,
        at_least=_first(reading.at_least) if filtered and not reading.above else None,
        core=None if "min_interactions" in names else _first(reading.cores),
        fixed=_fixed(reading),
        missing=gaps(task, reading, recipe, data, names),
    )


def _owned(task: Task, reading: Reading, recipe: Recipe, settings: Settings, evaluation: Evaluation) -> Study:
    """The study on an evaluation that the task owns: data, filters, split and metrics are fixed there."""
    recipe = recipe.measuring(evaluation.values)
    algorithms = _algorithms(reading, recipe)
    varied = factors(recipe, reading, algorithms, settings, owned=True)
    data, filters = (evaluation.dataset,), evaluation.filters
    unmeasured = tuple(name for name in reading.metrics if name not in evaluation.values)
    return Study(
        recipe=recipe,
        title=task.title,
        datasets=data,
        algorithms=algorithms,
        metrics=task.measured,
        factors=varied,
        method=evaluation.split,
        test=evaluation.arguments.get("test", 0.2),
        split_seed=settings.seed,
        seed=settings.seed,
        above=filters.get("above"),
        at_least=filters.get("at_least"),
        core=filters.get("core"),
        fixed=_fixed(reading),
        owned=True,
        missing=(*gaps(task, reading, recipe, data, [factor.name for factor in varied]), *unmeasured),
    )


def planned(study: Study, design: Design) -> Study:
    """The study with the design that a run was planned with: settings changed since do not change it."""
    names = {factor.name for factor in design.factors}
    space = study.recipe.space
    own = {"algorithm", "seed", *PREPARING, *(study.grid)}
    if not names <= own or not set(levels(design.factors, "algorithm")) <= set(space):
        return study
    method = "k-fold" if "fold" in names else study.method if study.owned else study.method.replace("k-fold", "holdout")
    algorithms = levels(design.factors, "algorithm") or study.algorithms
    return replace(
        study,
        datasets=design.datasets,
        algorithms=algorithms,
        metrics=design.metrics,
        factors=design.factors,
        method=method,
    )


def _algorithms(reading: Reading, recipe: Recipe) -> tuple[str, ...]:
    """The named algorithms that the recipe can run, its baseline apart; those of the recipe where none is left."""
    factorisation = "BiasedMF" if recipe.predicts else "ImplicitMF"
    named = dict.fromkeys(factorisation if name == "MF" else name for name in reading.algorithms)
    usable = tuple(name for name in named if name != recipe.baseline and name in recipe.runs)
    return (usable[:1] if recipe.tunes else usable) or tuple(recipe.usual)


def _wanted(task: Task) -> tuple[str, ...]:
    """The metric that the front matter wants improved, where it is known."""
    return read(task.metric.name).metrics if task.metric else ()


def _metrics(asked: tuple[str, ...], recipe: Recipe) -> tuple[str, ...]:
    """The metrics of the recipe's kind, in the order they are asked for."""
    fit = [name for name in dict.fromkeys(asked) if (name in PREDICTION) == bool(recipe.predicts)]
    return tuple(fit) or tuple(recipe.defaults["metrics"])


def _method(reading: Reading) -> str:
    return reading.method if reading.method in ("leave-one-out", "holdout") else "holdout"


def _fixed(reading: Reading) -> Mapping[str, Any]:
    return {name: levels[0] for name, levels in reading.settings.items() if len(levels) == 1}


def _first(levels: tuple[Any, ...]) -> Any:
    return levels[0] if levels else None
