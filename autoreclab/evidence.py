"""What a node is judged by: the design that was asked for, what happened, its program and what its run left."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from autoreclab.bulk import listed
from autoreclab.plan import Design, Level
from autoreclab.tree import Execution

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
    def metadata(self) -> Mapping[str, Any]:
        """What the harness wrote of datasets, splits, trials and versions; empty where there is nothing."""
        return json.loads(self.text(self.outputs, "metadata.json") or "{}")

    @cached_property
    def measurements(self) -> Sequence[Measurement]:
        """What the metadata says of each trial's models."""
        names = [each.name for each in fields(Measurement)]
        trials = self.metadata.get("trials", ())
        return [Measurement(**{name: trial[name] for name in names}) for trial in trials if set(names) <= trial.keys()]

    @cached_property
    def files(self) -> Sequence[str]:
        """Paths of the outputs, those too large for git included."""
        return sorted({*self.outputs, *(file.path for file in listed(self.outputs))})

    @staticmethod
    def text(files: Mapping[str, bytes], path: str) -> str:
        """A file's text, empty where there is none."""
        return files.get(path, b"").decode(errors="replace")


def ledger(text: str) -> list[Row]:
    """The rows of a ledger's text."""
    return list(csv.DictReader(io.StringIO(text)))


def level(value: Level | str) -> str:
    """One spelling for a level, so that 5, 5.0 and "5" are the same.

    >>> level(5.0) == level("5")
    True
    """
    try:
        return str(value) if isinstance(value, bool) else repr(float(value))
    except (ValueError, OverflowError):
        return str(value)
