"""Recomputing what a program claims: from its saved tables and the true data, never from its own sums."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab import metrics, recipes, records
from autoreclab.lab.datasets import Step
from autoreclab.lab.records import Level, Result, Saved
from autoreclab.lab.splits import Split

TOLERANCE = 1e-9  # the same sums over the same rows differ by less on any machine
PAIR = ["user", "item"]


@dataclass(frozen=True)
class Problem:
    """Something about a trial that should not be so."""

    name: str
    """checksum, disagreement, duplicates, fingerprint, incomplete, malformed, recipe, repeated or training-items; where
    the task owns the evaluation also not-owned, other-users or unknown-items."""
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

    @property
    def condition(self) -> str:
        """Equal for two rows that claim to be the same value."""
        return json.dumps([self.factors, self.where, self.metric], sort_keys=True)


class Recomputation:
    """Goes through a folder's trials, holding one split at a time, and collects problems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / records.FOLDER
        self.problems: list[Problem] = []
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

    def _rows(self, name: str, factors: dict[str, Level], result: Result) -> Iterator[Row]:
        """The recomputed values of a result, or the program's own where that can't be done."""
        split = self._rebuilt(name, result)
        per_user = self._per_user(name, result, split) if split else None
        if split is None or per_user is None:
            yield from self._claimed(factors, result)
            return
        data = split.training
        where = {"dataset": data.name, "filters": data.filters, "split": split.label, "part": split.part}
        for metric, value in metrics.overall(per_user, split.test).items():
            self._compare(name, metric, value, result.values)
            users = per_user[metric]
            yield Row(factors, metric, value, "recomputed", where, len(users), result.seconds, users)

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

    def _per_user(self, name: str, result: Result, split: Split) -> pd.DataFrame | None:
        """The metrics of each test user, from the saved table alone; None where it can't be used."""
        try:
            table = records.table(self.folder / result.table, result.kind)
            table = table.astype({column: split.test[column].dtype for column in PAIR})
        except (OSError, ValueError, TypeError, OverflowError) as error:
            self._note("malformed", f"{result.table} can't be used: {error}.", name)
            return None
        if result.kind == "recommendations":
            self._inspect(name, table, split)
            return metrics.of_recommendations(table, split.test, result.metrics, result.k)
        try:
            return metrics.of_predictions(table, split.test, result.metrics)
        except ValueError as error:
            self._note("incomplete", f"{error}.", name)
            return None

    def _inspect(self, name: str, lists: pd.DataFrame, split: Split) -> None:
        """Note what a list of recommendations should not hold."""
        if repeated := int(lists.duplicated(PAIR).sum()):
            self._note("duplicates", f"{repeated:,} items stand twice in a user's list; they count once.", name)
        if known := len(lists.merge(split.training.interactions[PAIR], on=PAIR)):
            self._note("training-items", f"{known:,} items were recommended to users who have them in training.", name)

    def _compare(self, name: str, metric: str, value: float, claimed: dict[str, float]) -> None:
        if metric not in claimed or abs(claimed[metric] - value) > TOLERANCE:
            says = f"{claimed[metric]:.6g}" if metric in claimed else "nothing"
            self._note("disagreement", f"{metric} is {value:.6g}, and the program says {says}.", name)

    def _note(self, problem: str, sentence: str, trial: str) -> None:
        self.problems.append(Problem(problem, sentence, trial))


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
