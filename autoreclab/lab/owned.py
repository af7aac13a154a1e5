"""A task's own evaluation: a program gets the training part and whom to recommend for, never what was held out.

The folder `evaluation` beside a program holds `recipe.json` and, in a search, `training.parquet` and `asked.parquet`.
Where the recipe is alone, as after a cherry-pick, it makes the whole split from the data at hand.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab import datasets, metrics, recipes, smoke
from autoreclab.lab.datasets import Dataset, Step
from autoreclab.lab.places import write_atomically
from autoreclab.lab.splits import Split

RECIPE, TRAINING, ASKED = (f"evaluation/{name}" for name in ("recipe.json", "training.parquet", "asked.parquet"))
FILES = (RECIPE, TRAINING, ASKED)
READ_ONLY = 0o444


@dataclass(frozen=True)
class Terms:
    """What a task fixes: the data, the steps that make the split of it, and what is measured there."""

    dataset: str
    """Its name in results."""
    recipe: Sequence[Step]
    metrics: Sequence[str]
    cutoffs: Sequence[int]

    @property
    def json(self) -> str:
        return json.dumps(dataclasses.asdict(self))


@dataclass(frozen=True)
class OwnedSplit(Split):
    """A split that the task owns, with the metrics that count on it."""

    metrics: Sequence[str] = ()
    cutoffs: Sequence[int] = ()
    hidden: bool = False
    """Is what was held out withheld? Then `test` has the users to recommend for, or the pairs to predict, alone."""

    @property
    def predicts(self) -> bool:
        """Are ratings predicted, rather than items ranked?"""
        return set(self.metrics) <= set(metrics.RATING)

    @cached_property
    def fingerprint(self) -> str:
        return "" if self.hidden else super().fingerprint


def evaluation() -> OwnedSplit:
    """The split of a task that owns its evaluation: the training part, and the users to recommend for.

    Its `test` has these users alone (or the user-item pairs to predict): what was held out is withheld, and
    `trial.record` saves what the harness evaluates, by the task's metrics, after the program has ended. Settings are
    chosen on a split of the training part, as in `lab.split(split.training, "holdout", seed=0)`.
    Raises `DataError` where the task owns none.
    """
    split = present()
    if split is None:
        raise DataError(
            f"There is no {RECIPE} in this folder or beside the program. Run it by autoreclab, on a task with an "
            "evaluation of its own; or by hand where the run's branch `best`, which holds that file, was cherry-picked."
        )
    return split


@functools.wraps(datasets.load)
def load(name: str, path: str | Path | None = None, **options: Any) -> Dataset:
    split = present()
    if split is None:
        return datasets.load(name, path, **options)
    training = split.training
    if name not in (training.name, training.steps[0]["name"]):
        raise DataError(f"The task's evaluation is on {training.name}, so there is no {name!r}. Use lab.evaluation().")
    return training


def present() -> OwnedSplit | None:
    """The evaluation that lies in the current folder or beside the program."""
    beside = (Path.cwd(), Path(sys.argv[0]).resolve().parent)
    return next((_read(place) for place in beside if (place / RECIPE).is_file()), None)


def made(terms: Terms) -> OwnedSplit:
    """The whole split, from the data at hand. Raises `DataError` where they aren't the task's."""
    split = recipes.rebuild(terms.recipe)
    if split.training.sha256 != terms.recipe[0]["sha256"]:
        raise DataError(f"{terms.dataset} is not the data of the task's evaluation. Name the original with --data.")
    parts = {part.name: getattr(split, part.name) for part in dataclasses.fields(Split)}
    return OwnedSplit(**parts, metrics=terms.metrics, cutoffs=terms.cutoffs)


def hand_out(terms: Terms, folder: Path) -> None:
    """Write into a program's folder what it gets of the split, read-only."""
    split = made(terms)
    asked = split.test[["user", "item"]] if split.predicts else split.test[["user"]].drop_duplicates()
    tables = {TRAINING: split.training.interactions, ASKED: asked}
    content = {name: table.to_parquet(None, index=False) for name, table in tables.items()}
    for name, data in {RECIPE: terms.json.encode(), **content}.items():
        write_atomically(folder / name, data)
        (folder / name).chmod(READ_ONLY)


@functools.lru_cache(maxsize=1)
def _read(place: Path) -> OwnedSplit:
    terms = Terms(**json.loads((place / RECIPE).read_text(encoding="utf-8")))
    if not (place / TRAINING).is_file():
        return made(terms)
    training = Dataset(terms.dataset, smoke.sampled(pd.read_parquet(place / TRAINING)), tuple(terms.recipe))
    label = ", then ".join(step["label"] for step in terms.recipe if step["step"] == "split")
    asked = pd.read_parquet(place / ASKED)
    if smoke.on():
        asked = asked[asked["user"].isin(training.interactions["user"])].reset_index(drop=True)
    return OwnedSplit(training, asked, label, metrics=terms.metrics, cutoffs=terms.cutoffs, hidden=True)
