"""The datasets of a run: which ones, where they lie, what is in them; and their copies for experiments."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoreclab.errors import DataError
from autoreclab.settings import nearest
from autoreclab.task import Task

READ_ONLY = 0o444
TABLES = (".csv", ".tsv", ".data", ".dat", ".txt", ".parquet")


@dataclass(frozen=True)
class Data:
    """The located datasets of a run."""

    datasets: tuple[str, ...]
    """Names as `lab.load` takes them."""
    places: tuple[str, ...]
    """Absolute files and folders where the harness looks; experiments get copies."""
    files: Mapping[str, Path]
    """What experiments find in their folder: name there → the file."""
    facts: tuple[Mapping[str, Any], ...]
    """Per dataset: name, sha256, rows, users, items."""
    preview: str
    """Markdown for prompts: columns, types, counts, ranges."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.files)

    def place(self, folder: Path) -> None:
        """Copy the data files into an experiment's folder, read-only, under their own names."""
        for name, source in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(READ_ONLY)

    def compare(self, facts: Iterable[Mapping[str, Any]]) -> None:
        """See that the data are still those a run was started with. Raises `DataError`."""
        now = {fact["name"]: fact["sha256"] for fact in self.facts}
        for fact in facts:
            if now.get(fact["name"]) != fact["sha256"]:
                raise DataError(
                    f"Dataset {fact['name']} is not the one this run was started with (sha256 {fact['sha256'][:12]}…). "
                    "Name the original with --data, or start a new run."
                )


def find(entries: Sequence[str], task: Task) -> Data:
    """Locate the datasets that the settings name, that the task mentions, or that lie in the given places.

    An entry is a known dataset's name, or an existing file or folder. Raises `DataError`.
    """
    from autoreclab.lab import datasets

    names = [entry for entry in entries if entry in datasets.KNOWN or entry == "simulated"]
    places = [_existing(entry, datasets.KNOWN) for entry in entries if entry not in names]
    names = names or datasets.mentioned(f"{task.title}\n{task.body}") or _tables(places)
    if not names:
        raise DataError(
            "No dataset: the task mentions none that is known and --data gives no table. "
            f"Known are: {', '.join(datasets.KNOWN)}, simulated."
        )
