"""Recomputing what a program claims: from its saved tables and the true data, never from its own sums."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab import metrics, records
from autoreclab.lab.recipes import rebuild
from autoreclab.lab.records import Level, Result, Saved
from autoreclab.lab.splits import Split

TOLERANCE = 1e-9  # the same sums over the same rows differ by less on any machine


@dataclass(frozen=True)
class Problem:
    """Something about a trial that should not be so."""

    name: str
    """checksum, disagreement, duplicates, fingerprint, incomplete, malformed, recipe, repeated or training-items."""
    sentence: str
    trial: str


@dataclass(frozen=True)
class Row:
    """A value of the ledger."""

    factors: dict[str, Level]
    metric: str
    value: float
    source: str
    """`recomputed` or `program`."""
    where: dict[str, str] = field(default_factory=dict)
    """Its dataset, filters, split and part."""
    n_users: int | None = None
    seconds: float | None = None
    per_user: pd.Series | None = None


class Recomputation:
    """Reads trials one by one; rebuilds each distinct split once, and collects problems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / records.FOLDER
        self.problems: list[Problem] = []
        self.splits: dict[str, Split] = {}
        self._failed: dict[str, Problem] = {}

    def trials(self) -> list[tuple[str, Saved]]:
        """The readable trials by name, in the order they were recorded."""
        found = []
        paths = sorted(self.folder.glob("*.json")) if not self.folder.is_symlink() else []
        for path in paths:
            try:
                found.append((path.stem, records.read(path)))
            except (OSError, ValueError, RecursionError) as error:
                self._note("malformed", f"{path.name} can't be read: {error}.", path.stem)
        return sorted(found, key=lambda pair: pair[1].recorded)

    def rows(self, name: str, saved: Saved) -> Iterator[Row]:
        """Every value of a trial."""
        for result in saved.results:
            yield from self._rows(name, saved.factors, result)
        for metric, number in saved.values.items():
            yield Row(saved.factors, metric, number, "program")

    def _rows(self, name: str, factors: dict[str, Level], result: Result) -> Iterator[Row]:
        split = self._split(name, result)
        per_user = self._per_user(name, result, split) if split else None
        if split is None or per_user is None:
            where = {key: getattr(result, key) for key in ("dataset", "filters", "split", "part")}
            for metric, number in result.values.items():
                yield Row(factors, metric, number, "program", where, result.n_users, result.seconds)
            return
        data = split.training
        where = {"dataset": data.name, "filters": data.filters, "split": split.label, "part": split.part}
        for metric, values in per_user.items():
            mean = float(values.mean())
            self._compare(name, str(metric), mean, result.values)
            yield Row(factors, str(metric), mean, "recomputed", where, len(values), result.seconds, values)

    def _split(self, name: str, result: Result) -> Split | None:
        """The true split, or None where there is none or the program used another one."""
        if result.recipe is None:
            return None
        key = json.dumps(result.recipe, sort_keys=True)
        if key not in self.splits and key not in self._failed:
            self._rebuild(key, result)
        if key in self._failed:
            self._note(self._failed[key].name, self._failed[key].sentence, name)
            return None
        split = self.splits[key]
        if result.sha256 != split.training.sha256:
            self._note("checksum", f"{split.training.name} is not the file that the program used.", name)
        elif result.fingerprint != split.fingerprint:
            self._note("fingerprint", f"the test part is not the one that {split.label} gives.", name)
        else:
            return split
        return None

    def _rebuild(self, key: str, result: Result) -> None:
        try:
            self.splits[key] = rebuild(result.recipe or [])
        except (DataError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
            self._failed[key] = Problem("recipe", f"{result.dataset} or its split can't be rebuilt: {error}", "")

    def _per_user(self, name: str, result: Result, split: Split) -> pd.DataFrame | None:
        """The metrics of each test user, from the saved table alone; None where it can't be used."""
        try:
            table = records.table(self.folder / result.table, result.kind)
            for column in ("user", "item"):
                table[column] = table[column].astype(split.test[column].dtype)
        except (OSError, ValueError, TypeError, OverflowError) as error:
            self._note("malformed", f"{result.table} can't be used: {error}.", name)
            return None
        if result.kind == "recommendations":
            self._inspect(name, table, split)
            return metrics.of_recommendations(table, split.test, result.metrics, result.k)
        if "rating" not in split.test:
            self._note("malformed", "it predicts ratings of a split that has none.", name)
            return None
        try:
            return metrics.of_predictions(table, split.test, result.metrics)
        except ValueError as error:
            self._note("incomplete", f"{error}.", name)
            return None

    def _inspect(self, name: str, lists: pd.DataFrame, split: Split) -> None:
        """Note what a list of recommendations should not hold."""
        pairs = ["user", "item"]
        if repeated := int(lists.duplicated(pairs).sum()):
            self._note("duplicates", f"{repeated:,} items stand twice in a user's list; they count once.", name)
        if known := len(lists.merge(split.training.interactions[pairs], on=pairs)):
            self._note("training-items", f"{known:,} items were recommended to users who have them in training.", name)

    def _compare(self, name: str, metric: str, mean: float, claimed: dict[str, float]) -> None:
        if metric not in claimed or abs(claimed[metric] - mean) > TOLERANCE:
            says = f"{claimed[metric]:.6g}" if metric in claimed else "nothing"
            self._note("disagreement", f"{metric} is {mean:.6g}, and the program says {says}.", name)

    def _note(self, problem: str, sentence: str, trial: str) -> None:
        self.problems.append(Problem(problem, sentence, trial))

    def once(self, rows: list[tuple[str, Row]]) -> list[Row]:
        """Of rows for the same condition and metric the first alone; the others are a problem."""
        kept: dict[str, Row] = {}
        for trial, row in rows:
            key = _key(row)
            if key in kept:
                self._note("repeated", f"{row.metric} of this condition was recorded before.", trial)
            kept.setdefault(key, row)
        return list(kept.values())


def _key(row: Row) -> str:
    parts: list[Any] = [row.factors, row.where, row.metric]
    return json.dumps(parts, sort_keys=True)
