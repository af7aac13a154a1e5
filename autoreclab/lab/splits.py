"""Splits of interactions into a training and a test part, at random from a seed or by time."""

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

RANDOM = ("leave-one-out", "holdout", "k-fold")
TEMPORAL = ("leave-one-last", "temporal-per-user", "temporal")
METHODS = (*RANDOM, *TEMPORAL)


@dataclass(frozen=True)
class Split:
    """A training part, and the interactions that were held out from it."""

    training: Dataset
    """Its recipe ends with this split, so a split of it is a validation part."""
    test: pd.DataFrame
    """Columns as in the dataset, sorted by user and item."""
    label: str
    """E.g. `holdout(test=0.2, seed=1)`; a split within another names both."""
    left_out: int = 0
    """Interactions in neither part: those that `temporal` would test on users without training."""

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
        """Sizes of both parts, what is in neither, and how many test pairs have an item that training lacks."""
        known = self.test["item"].isin(self.training.interactions["item"])
        return {
            "n_training": len(self.training.interactions),
            "n_test": len(self.test),
            "n_users": self.training.n_users,
            "n_items": self.training.n_items,
            "n_test_users": self.test["user"].nunique(),
            "n_unknown_items": int((~known).sum()),
            "n_left_out": self.left_out,
        }


def split(
    data: Dataset, method: str, *, seed: int | None = None, test: float = 0.2, folds: int = 5, fold: int = 0
) -> Split:
    """Hold out interactions, at random (which needs a `seed`) or the latest (which takes none).

    At random, of every user: leave-one-out holds out one; holdout a share `test`, rounded, at least one; k-fold deals
    the shuffled interactions over `folds` and holds out those of `fold` (from 0).
    By time: leave-one-last holds out every user's latest; temporal-per-user every user's latest share `test`, rounded,
    at least one (of equal timestamps the larger item counts as later); temporal, the global one, all interactions at
    or after the moment from which the latest share `test` of all of them falls. Users who begin after it can't be
    learned about: their interactions are in neither part.
    But for k-fold and temporal, users with a single interaction stay in training. The order of rows doesn't matter.
    Raises `DataError` when a part would be empty, or timestamps are needed and missing.
    """
    step = _step(method, seed, test, folds, fold)
    if method in TEMPORAL and "timestamp" not in data.interactions:
        raise DataError(f"{data.name} has no timestamps, which {method} goes by. Use holdout or leave-one-out instead.")
    frame = data.interactions.sort_values(["user", "item"], ignore_index=True)
    held_out = _held_out(frame, step)
    tested = held_out
    if method == "temporal":
        tested = held_out & frame["user"].isin(frame["user"][~held_out]).to_numpy()
    if held_out.all() or not tested.any():
        raise DataError(f"{data.name}: {step['label']} leaves a part empty. {_remedy(method)}")
    _check_disjoint(frame, held_out, data.name)
    outer = [earlier["label"] for earlier in data.steps if earlier["step"] == "split"]
    training = data.then(frame[~held_out], step)
    label = ", then ".join([*outer, step["label"]])
    return Split(training, frame[tested].reset_index(drop=True), label, int(held_out.sum() - tested.sum()))


def train_validation_test(
    data: Dataset, method: str, *, validation: float = 0.1, test: float = 0.2, seed: int | None = None
) -> tuple[Split, Split]:
    """Split twice by one method: a split to choose on, and the one that holds the test part.

    The first holds out the validation part, the second the test part, and trains on everything else. Choose on the
    first; then train on the second, or recommend for it with a model of the first. `validation` and `test` are shares
    of all the data; leave-one-out and leave-one-last need none. k-fold has no validation part of its own: give
    `lab.split` its training part.
    """
    if method == "k-fold":
        raise ValueError("lab.train_validation_test: k-fold is not for this. Use lab.split, and split its training.")
    if min(validation, test) <= 0 or validation + test >= 1:
        raise ValueError(f"lab.train_validation_test: the shares {validation!r} and {test!r} leave no training part.")
    outer = split(data, method, seed=seed, test=test)
    return split(outer.training, method, seed=seed, test=round(validation / (1 - test), 6)), outer


def _step(method: str, seed: int | None, test: float, folds: int, fold: int) -> Step:
    """The split as a step of a recipe, its arguments checked."""
    if method not in METHODS:
        near = difflib.get_close_matches(str(method), METHODS, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"lab.split: unknown method {method!r}, known are {', '.join(METHODS)}.{hint}")
    arguments: dict[str, Any] = {}
    if method in ("holdout", "temporal-per-user", "temporal"):
        if not 0 < test < 1:
            raise ValueError(f"lab.split: test is a share between 0 and 1, not {test!r}.")
        arguments["test"] = float(test)
    elif method == "k-fold":
        if folds < 2 or not 0 <= fold < folds:
            raise ValueError(f"lab.split: fold {fold} of {folds} doesn't exist; folds count from 0, and are 2 or more.")
        arguments |= {"folds": int(folds), "fold": int(fold)}
    arguments |= _seed(method, seed)
    given = ", ".join(f"{name}={value}" for name, value in arguments.items())
    return {"step": "split", "label": f"{method}({given})" if given else method, "method": method, **arguments}


def _seed(method: str, seed: int | None) -> dict[str, int]:
    """The seed as an argument, where chance decides."""
    if method in TEMPORAL:
        if seed is not None:
            raise ValueError(f"lab.split: {method} goes by time, and no seed changes it. Leave the seed out.")
        return {}
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"lab.split: seed is a whole number from 0, not {seed!r}.")
    return {"seed": int(seed)}


def _held_out(frame: pd.DataFrame, step: Step) -> np.ndarray:
    """Which interactions don't go to training; `frame` is sorted by user and item."""
    if step["method"] == "temporal":
        moments = frame["timestamp"].to_numpy()
        first = len(moments) - max(1, round(step["test"] * len(moments)))
        return moments >= np.sort(moments)[first]
    _, start, number, count = np.unique(
        frame["user"].to_numpy(), return_index=True, return_inverse=True, return_counts=True
    )
    if step["method"] in TEMPORAL:
        position = count[number] - 1 - _places(frame["timestamp"].to_numpy(), number, start)
    else:
        rng = np.random.default_rng(step["seed"])
        position = _places(rng.random(len(frame)), number, start)
    if step["method"] == "k-fold":
        # each user starts at another fold, else the first folds would get all the remainders
        return (position + rng.integers(step["folds"], size=len(count))[number]) % step["folds"] == step["fold"]
    wanted = np.maximum(1, np.rint(step["test"] * count)) if "test" in step else np.ones(len(count))
    return position < np.minimum(wanted, count - 1)[number]


def _places(values: np.ndarray, number: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Each interaction's place among its user's in ascending order of the values, from 0; ties keep their order."""
    ascending = np.lexsort((values, number))
    places = np.empty(len(values), dtype=int)
    places[ascending] = np.arange(len(values)) - start[number]
    return places


def _check_disjoint(frame: pd.DataFrame, held_out: np.ndarray, name: str) -> None:
    """Raise `DataError` if a pair is in both parts. The frame is sorted, so its equals are neighbours."""
    users, items = frame["user"].to_numpy(), frame["item"].to_numpy()
    again = (users[1:] == users[:-1]) & (items[1:] == items[:-1])
    if shared := int((again & (held_out[1:] != held_out[:-1])).sum()):
        raise DataError(f"{name}: {shared:,} pairs are in training and in test. Give each user-item pair once.")


def _remedy(method: str) -> str:
    if method == "temporal":
        return "Choose another share, or a split of every user."
    return "Users need at least two interactions."
