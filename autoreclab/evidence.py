"""What a node is judged by: the design that was asked for, what happened, its program and what its run left."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autoreclab.bulk import listed
from autoreclab.plan import Design, Level
from autoreclab.tree import Execution

Row = Mapping[str, str]
BASELINES = ("Popular", "Bias")
PROGRAM = "solution.py"


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
    def files(self) -> Sequence[str]:
        """Paths of the outputs, those too large for git included."""
        return sorted({*self.outputs, *self.left_out})

    @staticmethod
    def text(files: Mapping[str, bytes], path: str) -> str:
        """A file's text, empty where there is none."""
        return files.get(path, b"").decode(errors="replace")


@dataclass(frozen=True)
class Coverage:
    """Which values of the design the ledger holds, recomputed; a value is a metric of a condition on a dataset."""

    wanted: int
    missing: tuple[str, ...] = ()
    """Values that aren't there, in words: `ndcg@10 on ml-100k for algorithm=EASE, seed=1`."""
    repeated: tuple[str, ...] = ()
    """Values that stand there more than once for the same part, in words."""


def coverage(evidence: Evidence) -> Coverage:
    """How far the ledger's recomputed rows cover the design."""
    design = evidence.design
    rows = evidence.recomputed
    times = Counter((_key(row["dataset"], row, row["metric"], design), row["part"]) for row in rows)
    wanted = {
        _key(dataset, condition, metric, design): _words(dataset, condition, metric)
        for dataset in design.datasets
        for condition in design.conditions()
        for metric in design.metrics
    }
    found = {key for key, _ in times}
    twice = {key for (key, _), count in times.items() if count > 1}
    return Coverage(
        wanted=len(wanted),
        missing=tuple(words for key, words in wanted.items() if key not in found),
        repeated=tuple(words for key, words in wanted.items() if key in twice),
    )


def _key(dataset: str, condition: Mapping[str, Level], metric: str, design: Design) -> tuple[str, ...]:
    return (dataset, metric, *(level(condition.get(factor.name, "")) for factor in design.factors))


def _words(dataset: str, condition: Mapping[str, Level], metric: str) -> str:
    return f"{metric} on {dataset} for " + ", ".join(f"{name}={value}" for name, value in condition.items())


def ledger(text: str) -> list[Row]:
    """The rows of a ledger's text."""
    return list(csv.DictReader(io.StringIO(text)))


def level(value: Level | str) -> str:
    """One spelling for a level, so that 5, 5.0 and "5" are the same.

    >>> level(5.0) == level("5")
    True
    """
    try:
        return repr(float(value))
    except ValueError:
        return str(value)
