"""Splits of interactions into a training and a test part, each user apart, repeatable from a seed."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab.datasets import Dataset, Step

METHODS = ("leave-one-out", "holdout", "k-fold")


@dataclass(frozen=True)
class Split:
    """A training part, and the interactions that were held out from it."""

    training: Dataset
    """Its recipe ends with this split, so a split of it is a validation part."""
    test: pd.DataFrame
    """Columns as in the dataset, sorted by user and item."""
    label: str
    """E.g. `holdout(test=0.2, seed=1)`; a split within another names both."""

    @property
    def recipe(self) -> tuple[Step, ...] | None:
        """The steps that rebuild dataset and split, or None."""
        return self.training.recipe

    @property
    def part(self) -> Literal["test", "validation", "tuning"]:
        """`test`, or `validation` where the data was a training part already."""
        return "validation" if sum(step["step"] == "split" for step in self.training.steps) > 1 else "test"

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the test pairs."""
        pairs = self.test[["user", "item"]].astype(str)
        text = "\n".join(pairs["user"] + "\t" + pairs["item"])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def statistics(self) -> dict[str, int]:
        """Sizes of both parts, and how many test pairs have an item that training lacks."""
        known = self.test["item"].isin(self.training.interactions["item"])
        return {
            "n_training": len(self.training.interactions),
            "n_test": len(self.test),
            "n_users": self.training.n_users,
            "n_items": self.training.n_items,
            "n_test_users": self.test["user"].nunique(),
            "n_unknown_items": int((~known).sum()),
        }


def split(data: Dataset, method: str, *, seed: int, test: float = 0.2, folds: int = 5, fold: int = 0) -> Split:
    """Hold out interactions of every user.

    leave-one-out holds out one at random; holdout a share `test`, rounded, at least one; k-fold deals the shuffled
    interactions over `folds` and holds out those of `fold` (from 0). The first two leave users with a single
    interaction in training. The order of rows doesn't matter. Raises `DataError` when a part would be empty.
    """
    step = _step(method, seed, test, folds, fold)
    frame = data.interactions.sort_values(["user", "item"], ignore_index=True)
    held_out = _held_out(frame["user"].to_numpy(), step)
    if held_out.all() or not held_out.any():
        raise DataError(f"{data.name}: {step['label']} leaves a part empty. Users need at least two interactions.")
    outer = [earlier["label"] for earlier in data.steps if earlier["step"] == "split"]
    training = data.then(frame[~held_out], step)
    return Split(training, frame[held_out].reset_index(drop=True), ", then ".join([*outer, step["label"]]))


def _step(method: str, seed: int, test: float, folds: int, fold: int) -> Step:
    """The split as a step of a recipe, its arguments checked."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"lab.split: seed is a whole number from 0, not {seed!r}.")
    if method == "holdout":
        if not 0 < test < 1:
            raise ValueError(f"lab.split: test is a share between 0 and 1, not {test!r}.")
        arguments: dict[str, Any] = {"test": float(test)}
    elif method == "k-fold":
        if folds < 2 or not 0 <= fold < folds:
            raise ValueError(f"lab.split: fold {fold} of {folds} doesn't exist; folds count from 0, and are 2 or more.")
        arguments = {"folds": int(folds), "fold": int(fold)}
    elif method == "leave-one-out":
        arguments = {}
    else:
        near = difflib.get_close_matches(str(method), METHODS, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"lab.split: unknown method {method!r}, known are {', '.join(METHODS)}.{hint}")
    arguments["seed"] = int(seed)
    label = f"{method}({', '.join(f'{name}={value}' for name, value in arguments.items())})"
    return {"step": "split", "label": label, "method": method, **arguments}


def _held_out(users: np.ndarray, step: Step) -> np.ndarray:
    """Which interactions go to the test part; `users` are sorted."""
    rng = np.random.default_rng(step["seed"])
    _, start, number, count = np.unique(users, return_index=True, return_inverse=True, return_counts=True)
    shuffled = np.lexsort((rng.random(len(users)), number))
    position = np.empty(len(users), dtype=int)
    position[shuffled] = np.arange(len(users)) - start[number]
    if step["method"] == "k-fold":
        # each user starts at another fold, else the first folds would get all the remainders
        return (position + rng.integers(step["folds"], size=len(count))[number]) % step["folds"] == step["fold"]
    wanted = np.ones(len(count)) if step["method"] == "leave-one-out" else np.maximum(1, np.rint(step["test"] * count))
    return position < np.minimum(wanted, count - 1)[number]
