"""What a node is judged by: the design that was asked for, what happened, its program and what its run left."""

from __future__ import annotations

import csv
import io
import json
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
    def metadata(self) -> Mapping[str, Any]:
        """What the harness wrote of datasets, splits, trials and versions; empty where there is nothing."""
        return json.loads(self.text(self.outputs, "metadata.json") or "{}")

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
        return repr(float(value))
    except ValueError:
        return str(value)
