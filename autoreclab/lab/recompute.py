"""Recomputing what a program claims: from its saved tables and the true data, never from its own sums."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab import inspection, metrics, recipes, records
from autoreclab.lab.datasets import Step
from autoreclab.lab.inspection import PAIR
from autoreclab.lab.records import Level, Result, Saved
from autoreclab.lab.splits import Split

TOLERANCE = 1e-9  # the same sums over the same rows differ by less on any machine
CLOCK = 60  # seconds that a time may lie ahead: the clock may be set while a program runs


@dataclass(frozen=True)
class Problem:
    """Something about a trial that should not be so."""

    name: str
    """What kind, e.g. `disagreement`; docs/audits.md lists them all."""
    sentence: str
    trial: str
    binding: bool = True
    """An error; else a warning."""


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
    """By test user, where it was recomputed and its metric has values of users."""

    @property
    def condition(self) -> str:
        """Equal for two rows that claim to be the same value."""
        return json.dumps([self.factors, self.where, self.metric], sort_keys=True)


class Recomputation:
    """Goes through a folder's trials, holding one split at a time, and collects problems."""

    def __init__(self, folder: Path, since: float | None = None) -> None:
        self.folder = folder / records.FOLDER
        self.since = since
        """When the program started, in seconds since 1970, or the earliest trial that it inherited was saved."""
        self.problems: list[Problem] = []
        self.truth: dict[str, dict[str, Any]] = {}
        """What is known of each table, by trial and file name: where it was measured, on whom, and what is in it."""
        self.splits: list[dict[str, Any]] = []
        """What metadata says of each split that was rebuilt."""
        self.withheld = 0
        """Results that only the harness can evaluate."""
        recipes.forget()
        self._split: tuple[str, Split | None, str] = ("", None, "")

    def trials(self) -> list[tuple[str, Saved]]:
        """The readable trials by name, in the order they were recorded."""
        found = []
        for path in sorted(self.folder.glob("*.json")) if not self.folder.is_symlink() else ():
            try:
                found.append((path.stem, records.read(path)))
            except (OSError, ValueError, RecursionError) as error:
                self._note("malformed", f"{path.name} can't be read: {error}.", path.stem)
        for name, saved in found:
            self._date(name, saved.recorded)
        return sorted(found, key=lambda pair: pair[1].recorded)

    def rows(self, trials: list[tuple[str, Saved]]) -> list[Row]:
        """Every value of these trials, in their order; of the same condition and metric the first alone."""
        rows: dict[int, list[Row]] = {}
        results = [(place, result) for place, (_, saved) in enumerate(trials) for result in saved.results]
        for place, result in sorted(results, key=lambda pair: json.dumps(pair[1].recipe)):
            name, saved = trials[place]
            rows.setdefault(place, []).extend(self._rows(name, saved.factors, result))
        for place, (_, saved) in enumerate(trials):
            given = [Row(saved.factors, metric, number, "program") for metric, number in saved.values.items()]
            rows.setdefault(place, []).extend(given)
        return self._once([(trials[place][0], row) for place in sorted(rows) for row in rows[place]])

    def _once(self, rows: list[tuple[str, Row]]) -> list[Row]:
        kept: dict[str, Row] = {}
        for trial, row in rows:
            if row.condition in kept:
                self._note("repeated", f"{row.metric} of this condition was recorded before.", trial)
            kept.setdefault(row.condition, row)
        return list(kept.values())

    def _date(self, name: str, recorded: float) -> None:
        """Note a trial that this run of the program can't have saved."""
        if self.since is not None and recorded < self.since:
            self._note("stale", f"it was saved {self.since - recorded:,.0f} seconds before the program started.", name)
        if recorded > time.time() + CLOCK:
            self._note("future", f"it says that it was saved {recorded - time.time():,.0f} seconds from now.", name)

    def _rows(self, name: str, factors: dict[str, Level], result: Result) -> Iterator[Row]:
        """The recomputed values of a result, or the program's own where that can't be done."""
        split = self._rebuilt(name, result)
        measured = self._measured(name, result, split) if split else None
        if split is None or measured is None:
            yield from self._claimed(factors, result)
            return
        where = _where(split)
        for metric, value in measured.overall.items():
            self._compare(name, metric, value, result.values)
            users, n_users = measured.per_user.get(metric), len(measured.per_user)
            yield Row(factors, metric, value, "recomputed", where, n_users, result.seconds, users)

    def _claimed(self, factors: dict[str, Level], result: Result) -> Iterator[Row]:
        """The program's own values."""
        where = {key: getattr(result, key) for key in ("dataset", "filters", "split", "part")}
        for metric, number in result.values.items():
            yield Row(factors, metric, number, "program", where, result.n_users, result.seconds)

    def _rebuilt(self, name: str, result: Result) -> Split | None:
        """The true split, or None where there is none or the program used another one."""
        if result.recipe is None:
            return None
        key = json.dumps(result.recipe)
        if self._split[0] != key:
            self._split = (key, *self._rebuild(result))
        _, split, reason = self._split
        if split is None:
            self._note("recipe", reason, name)
        elif result.sha256 != split.training.sha256:
            self._note("checksum", f"{split.training.name} is not the data that the program used.", name)
        elif result.fingerprint != split.fingerprint:
            self._note("fingerprint", f"the test part is not the one that {split.label} gives.", name)
        else:
            return split
        return None

    def _rebuild(self, result: Result) -> tuple[Split | None, str]:
        try:
            split = self._split_of(result.recipe or [])
        except (DataError, OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
            return None, f"{result.dataset} or its split can't be rebuilt: {error}"
        self.splits.append(facts(split))
        return split, ""

    def _split_of(self, recipe: Sequence[Step]) -> Split:
        return recipes.rebuild(recipe)

    def _measured(self, name: str, result: Result, split: Split) -> metrics.Measured | None:
        """The metrics, from the saved table alone; None where it can't be used."""
        try:
            table = records.table(self.folder / result.table, result.kind)
            table = table.astype({column: split.test[column].dtype for column in PAIR})
        except (OSError, ValueError, TypeError, OverflowError) as error:
            self._note("malformed", f"{result.table} can't be used: {error}.", name)
            return None
        self._inspect(name, result, table, split)
        try:
            if result.kind == "predictions":
                return metrics.of_predictions(table, split.test, result.metrics)
            training = split.training.interactions
            return metrics.of_recommendations(table, split.test, training, result.metrics, result.k)
        except ValueError as error:
            self._note("incomplete", f"{error}.", name)
            return None

    def _inspect(self, name: str, result: Result, table: pd.DataFrame, split: Split) -> None:
        """Note what a table should not hold, and keep what identifies it."""
        users = split.test["user"].nunique()
        if result.n_users != users:
            self._note("user-sample", f"the program counts {result.n_users:,} test users of {users:,}.", name)
        lists = result.kind == "recommendations"
        found = inspection.of_lists(table, split, max(result.k)) if lists else inspection.of_predictions(table)
        for problem, sentence in found:
            self._note(problem, sentence, name)
        truth = {"n_users": users, "fingerprint": split.fingerprint, "content": inspection.content(table)}
        self.truth[f"{name}/{result.table}"] = {**_where(split), **truth}

    def _compare(self, name: str, metric: str, value: float, claimed: dict[str, float]) -> None:
        if metric not in claimed or abs(claimed[metric] - value) > TOLERANCE:
            says = f"{claimed[metric]:.6g}" if metric in claimed else "nothing"
            self._note("disagreement", f"{metric} is {value:.6g}, and the program says {says}.", name)

    def _note(self, problem: str, sentence: str, trial: str) -> None:
        self.problems.append(Problem(problem, sentence, trial, problem not in inspection.WARNINGS))


def _where(split: Split) -> dict[str, str]:
    """What a row says of its split."""
    data = split.training
    return {"dataset": data.name, "filters": data.filters, "split": split.label, "part": split.part}


def facts(split: Split) -> dict[str, Any]:
    """A split in plain values, and the data it splits."""
    both = pd.concat([split.training.interactions[PAIR], split.test[PAIR]])
    data = split.training
    counts = {"n_interactions": len(both), "n_users": both["user"].nunique(), "n_items": both["item"].nunique()}
    return {
        "label": split.label,
        "part": split.part,
        "recipe": split.recipe,
        "fingerprint": split.fingerprint,
        "statistics": split.statistics,
        "dataset": {"name": data.name, "sha256": data.sha256, "filters": data.filters, **counts},
    }
