"""Trials: the conditions of a study, each run once and saved as soon as it is measured."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import re
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import metadata
from typing import Any

from autoreclab.lab import smoke
from autoreclab.lab.owned import OwnedSplit
from autoreclab.lab.places import PLACES, write_atomically
from autoreclab.lab.recommending import Predictions, Recommendations, evaluate
from autoreclab.lab.records import FOLDER, LARGEST, RESERVED, Level, Result, Saved, plain

CONTROL = frozenset(map(chr, range(32)))
PACKAGES = ("lenskit", "numpy", "pandas", "scipy", "torch", "autoreclab")


class Trial:
    """One condition; its factors are attributes, e.g. `trial.seed`."""

    def __init__(self, factors: dict[str, Level], slug: str | None = None) -> None:
        self.factors = factors
        self._slug = slug or _slug(factors)
        self._results: tuple[Result, ...] = ()
        self._values: dict[str, float] = {}

    def __getattr__(self, name: str) -> Level:
        factors = self.__dict__.get("factors", {})
        if name in factors:
            return factors[name]
        raise AttributeError(f"this trial has no factor {name!r}, only {', '.join(factors) or 'none'}")

    def __repr__(self) -> str:
        return " ".join(f"{name}={level}" for name, level in self.factors.items()) or "the study"

    def record(self, results: Recommendations | Predictions, metrics: Any = (), k: Any = ()) -> dict[str, float]:
        """Save results and the metrics they are wanted for, at every k; return and print their values.

        A trial with something recorded counts as finished, so record everything of a trial together.
        """
        if not isinstance(results, Recommendations | Predictions):
            raise TypeError(f"trial.record takes what lab.recommend or lab.predict gives, not {results!r}.")
        split = results.split
        if isinstance(split, OwnedSplit):
            metrics, k = _owned(results, split)
        hidden = isinstance(split, OwnedSplit) and split.hidden
        values = {} if hidden else evaluate(results, metrics, k)
        table = f"{self._slug}{f'-{len(self._results) + 1}' if self._results else ''}.parquet"
        write_atomically(PLACES.out / FOLDER / table, results.frame.to_parquet(None, index=False, compression="zstd"))
        self._results += (_result(results, metrics, k, table, values),)
        self._save()
        said = "  ".join(f"{name} {value:.4f}" for name, value in values.items())
        print(f"{self}: {said or 'saved; the harness evaluates it'}", flush=True)
        return values

    def value(self, name: str, number: float) -> None:
        """Save a number of the program's own. Nobody can recompute it, so its source is `program`."""
        if isinstance(number, bool) or not abs(float(number)) <= LARGEST:
            raise ValueError(f"the value of {name!r} is {number!r}, and must be a finite number.")
        self._values[str(name)] = float(number)
        self._save()
        print(f"{self}: {name} {float(number):.6g}", flush=True)

    def _save(self) -> None:
        """Write the trial's JSON file, whole or not at all: once it is there, the trial is finished."""
        saved = Saved(
            factors=self.factors, recorded=time.time(), versions=versions(), results=[*self._results],
            values=self._values,
        )  # fmt: skip
        path = PLACES.out / FOLDER / f"{self._slug}.json"
        write_atomically(path, saved.model_dump_json(indent=1).encode())


def trials(**factors: Iterable[Level]) -> Iterator[Trial]:
    """Yield a trial for every combination of levels, the last factor varying fastest, unless it is already saved."""
    levels = {name: _levels(name, given) for name, given in factors.items()}
    for combination in smoke.conditions(levels):
        trial = Trial(dict(zip(factors, combination, strict=True)))
        if (PLACES.out / FOLDER / f"{trial._slug}.json").exists():
            print(f"{trial}: saved before", flush=True)
        else:
            yield trial


def value(name: str, number: float) -> None:
    """Save a number that answers a descriptive question, apart from any trial; its source is `program`."""
    Trial({}, slug=_slug({"value": str(name)})).value(name, number)


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Of Python and the packages that results depend on, where installed; none of them is imported."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _levels(name: str, given: Iterable[Level]) -> list[Level]:
    if name in RESERVED or not re.fullmatch(r"[A-Za-z]\w{0,60}", name):
        raise ValueError(f"lab.trials: a factor can't be called {name!r}, which has a meaning of its own. Rename it.")
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise TypeError(f"lab.trials: the levels of {name} must be a list such as [{given!r}].")
    levels = [plain(level) for level in given]
    for level in levels:
        finite = isinstance(level, float) and math.isfinite(level)
        if not (finite or isinstance(level, int | None) or (isinstance(level, str) and CONTROL.isdisjoint(level))):
            raise TypeError(
                f"lab.trials: {name} has the level {level!r}; levels are texts of one line, finite numbers or None."
            )
    return levels


def _owned(results: Recommendations | Predictions, split: OwnedSplit) -> tuple[list[str], list[int]]:
    """The metrics and cut-offs of the task, which these results must be fit for."""
    wanted, longest = ", ".join(split.metrics), max(split.cutoffs, default=0)
    if isinstance(results, Predictions) != split.predicts:
        use = "lab.predict" if split.predicts else "lab.recommend"
        raise ValueError(f"trial.record: the task evaluates {wanted}. Use {use}.")
    if isinstance(results, Recommendations) and results.n < longest:
        raise ValueError(f"trial.record: the task evaluates {wanted} up to rank {longest}. Recommend n={longest}.")
    return list(split.metrics), list(split.cutoffs)


def _slug(factors: dict[str, Level]) -> str:
    """A file's name: readable, and unique by its hash."""
    readable = "_".join(f"{name}={level}" for name, level in factors.items())
    unique = hashlib.sha256(json.dumps(factors, sort_keys=True).encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_=.-]+', '-', readable)[:80]}-{unique}"


def _result(results: Recommendations | Predictions, metrics: Any, k: Any, table: str, values: Any) -> Result:
    """What is saved of results beside their table."""
    split, model = results.split, results.model
    return Result(
        kind="recommendations" if isinstance(results, Recommendations) else "predictions",
        table=table,
        dataset=split.training.name,
        filters=split.training.filters,
        split=split.label,
        part=split.part,
        recipe=plain(split.recipe),
        sha256=split.training.sha256,
        fingerprint=split.fingerprint,
        n_users=int(split.test["user"].nunique()),
        metrics=[metrics] if isinstance(metrics, str) else list(metrics),
        k=[k] if isinstance(k, int) else list(k),
        algorithm=model.algorithm,
        seed=int(model.seed),
        settings=plain(dict(model.settings)),
        scoring=results.scoring,
        seconds=model.seconds + results.seconds,
        values=values,
    )
