"""What a node is judged by: the design that was asked for, what happened, its program and what its run left."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from autoreclab.bulk import listed
from autoreclab.nodes import Execution
from autoreclab.plan import Design, Level

Row = Mapping[str, str]
BASELINES = ("Popular", "Bias")
PROGRAM = "solution.py"


@dataclass(frozen=True)
class Measurement:
    """One model measured on one part of one split, as `metadata.json` has it."""

    trial: str
    factors: Mapping[str, Level | None]
    algorithm: str
    """What was trained: a name of lab's, a class of LensKit's, or a function's name."""
    seed: int
    """Of training."""
    settings: Mapping[str, Any]
    scoring: str
    dataset: str
    sha256: str
    filters: str
    split: str
    """E.g. `holdout(test=0.2, seed=1)`; a split within another names both, the outer one first."""
    part: str
    fingerprint: str
    n_users: int
    own: bool
    """Was it measured on data of the program's own, which nobody else has?"""
    content: str | None
    """A hash of what was recommended or predicted; None where the harness could not use it."""

    @property
    def name(self) -> str:
        """Its condition in words."""
        return " ".join(f"{name}={level}" for name, level in self.factors.items()) or self.trial

    @property
    def outer(self) -> str:
        """The split that made the test part."""
        return self.split.split(", then ")[0]

    def arguments(self, name: str) -> list[float]:
        """The numbers that its splits have for an argument such as seed or fold, the outer one's first."""
        return [float(number) for number in re.findall(rf"\b{name}=(\d+(?:\.\d+)?)", self.split)]


@dataclass(frozen=True)
class Evidence:
    """A node that ran, as checks, audits and the judge see it."""

    design: Design
    execution: Execution
    program: Mapping[str, bytes]
    """The files that the node is made of."""
    outputs: Mapping[str, bytes]
    """The log and the result files."""
    data: Sequence[Mapping[str, Any]] = field(default=())
    """What `run.yaml` says of the run's datasets: name, sha256, interactions, users, items."""

    @property
    def solution(self) -> str:
        return self.text(self.program, PROGRAM)

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The ledger."""
        return ledger(self.text(self.outputs, "results.csv"))

    @cached_property
    def recomputed(self) -> Sequence[Row]:
        """The rows that count: those whose value the harness computed itself."""
        return [row for row in self.rows if row["source"] == "recomputed"]

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """What the harness wrote of datasets, splits, trials and versions; empty where there is nothing."""
        return json.loads(self.text(self.outputs, "metadata.json") or "{}")

    @cached_property
    def left_out(self) -> Mapping[str, int]:
        """Sizes in bytes of the outputs that are too large for git, by their paths."""
        return {file.path: file.size for file in listed(self.outputs)}

    @cached_property
    def measurements(self) -> Sequence[Measurement]:
        """What the metadata says of each trial's models."""
        names = [each.name for each in fields(Measurement)]
        trials = self.metadata.get("trials", ())
        return [Measurement(**{name: trial[name] for name in names}) for trial in trials if set(names) <= trial.keys()]

    @cached_property
    def files(self) -> Sequence[str]:
        """Paths of the outputs, those too large for git included."""
        return sorted({*self.outputs, *self.left_out})

    @staticmethod
    def text(files: Mapping[str, bytes], path: str) -> str:
        """A file's text, empty where there is none."""
        return files.get(path, b"").decode(errors="replace")


@dataclass(frozen=True)
class Coverage:
    """Which values of the design some rows hold; a value is a metric of a condition on a dataset."""

    wanted: int
    missing: tuple[str, ...] = ()
    """Values that aren't there, in words: `ndcg@10 on ml-100k for algorithm=EASE, seed=1`."""
    repeated: tuple[str, ...] = ()
    """Values that stand there more than once for the same part, in words."""


def coverage(design: Design, rows: Iterable[Row]) -> Coverage:
    """How far these rows of a ledger cover the design."""
    times = Counter((_key(_dataset(row, design), row, row["metric"], design), row["part"]) for row in rows)
    wanted = {
        _key(dataset, condition, metric, design): _words(dataset, condition, metric)
        for dataset in design.datasets
        for condition in design.conditions()
        if _exists(condition, dataset, design)
        for metric in design.metrics
    }
    found = {key for key, _ in times}
    twice = {key for (key, _), count in times.items() if count > 1}
    return Coverage(
        wanted=len(wanted),
        missing=tuple(words for key, words in wanted.items() if key not in found),
        repeated=tuple(words for key, words in wanted.items() if key in twice),
    )


def _exists(condition: Mapping[str, Level], dataset: str, design: Design) -> bool:
    """A factor `data` whose levels name datasets picks the dataset itself."""
    picked = condition.get("data")
    named = {value for factor in design.factors if factor.name == "data" for value in factor.levels}
    return picked is None or (dataset == picked if picked in design.datasets else dataset not in named)


def _dataset(row: Row, design: Design) -> str:
    """The dataset of a row; of a program's own number that of the design, where there is only one."""
    return row["dataset"] or row.get("data") or (design.datasets[0] if len(design.datasets) == 1 else "")


def _key(dataset: str, levels: Mapping[str, Level] | Row, metric: str, design: Design) -> tuple[str, ...]:
    return (dataset, metric, *(level(levels.get(factor.name, "")) for factor in design.factors))


def _words(dataset: str, condition: Mapping[str, Level], metric: str) -> str:
    return f"{metric} on {dataset} for " + ", ".join(f"{name}={value}" for name, value in condition.items())


def ledger(text: str) -> list[Row]:
    """The rows of a ledger's text; a carriage return, which would end a row, is none."""
    return list(csv.DictReader(io.StringIO(text.replace("\r", " "))))


def level(value: Level | str) -> str:
    """One spelling for a level, so that 5, 5.0 and "5" are the same.

    >>> level(5.0) == level("5")
    True
    """
    try:
        return str(value) if isinstance(value, bool) else repr(float(value))
    except (ValueError, OverflowError):
        return str(value)
