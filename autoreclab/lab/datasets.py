"""A dataset: interactions of users with items, and the recipe that rebuilds them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab import downloads, simulation, smoke, sources, tables

Step = dict[str, Any]


@dataclass(frozen=True)
class Dataset:
    """Interactions and how they came about; equal recipes give equal interactions."""

    name: str
    interactions: pd.DataFrame
    """Columns user, item and, where known, rating and timestamp (seconds); a user-item pair occurs once."""
    steps: tuple[Step, ...]
    """Plain dicts: where the data is from, then each filter and split, in order."""

    @property
    def recipe(self) -> tuple[Step, ...] | None:
        """The steps, if another process can repeat them; None for a program's own data."""
        return self.steps if self.steps[0]["step"] == "load" else None

    @property
    def n_users(self) -> int:
        return self.interactions["user"].nunique()

    @property
    def n_items(self) -> int:
        return self.interactions["item"].nunique()

    @property
    def filters(self) -> str:
        """What was filtered, in words, e.g. `rating > 3, 5-core`."""
        return ", ".join(step["label"] for step in self.steps if step["step"] in ("implicit", "core"))

    @property
    def sha256(self) -> str:
        """The checksum of the file, or of the interactions where there is none."""
        return self.steps[0]["sha256"]

    def then(self, interactions: pd.DataFrame, step: Step) -> Dataset:
        """This dataset after one more step."""
        return replace(self, interactions=interactions.reset_index(drop=True), steps=(*self.steps, step))


def load(name: str, path: str | Path | None = None, **options: Any) -> Dataset:
    """Load a known or a simulated dataset, or any CSV, TSV, RecBole or Parquet file of interactions, by name or path.

    `path` names the file, or the folder to look in, instead of the places searched (`--data`, `AUTORECLAB_DATA`,
    the current folder, the cache). `options` are those of simulated data: n_users, n_items, n_interactions, seed.
    Raises `DataError` if the data can't be found or is malformed.
    """
    if name in simulation.PRESETS:
        options = {**simulation.PRESETS[name], **options}
        frame = simulation.simulate(**options)
        step: Step = {"step": "load", "name": name, **options, "sha256": checksum(frame)}
        return Dataset(name, smoke.sampled(frame), (step,))
    if options:
        raise TypeError(f"lab.load: only simulated data takes options, {name!r} does not know {', '.join(options)}.")
    source = sources.KNOWN.get(name)
    place = Path(os.path.expanduser(path)) if path is not None else None
    file = sources.obtain(source, place) if source else _own(name, place)
    frame, sha256 = _read(file, file.stat().st_mtime_ns, source.columns if source else ())
    if source:
        source.check(frame, file)
    step = {"step": "load", "name": name if source else file.name, "sha256": sha256}
    return Dataset(name if source else file.stem, smoke.sampled(frame).copy(deep=False), (step,))


def dataset(frame: pd.DataFrame, name: str) -> Dataset:
    """A dataset from a table of the program's own, with columns user and item, and maybe rating and timestamp.

    The harness can't rebuild it, so what is measured on it has the source `program`.
    """
    columns = [column for column in tables.COLUMNS if column in frame]
    if columns[:2] != ["user", "item"]:
        raise ValueError(f"lab.dataset: expected columns user and item, not {', '.join(map(str, frame.columns))}.")
    if frame[columns].isna().any(axis=None) or frame.empty:
        raise DataError(f"{name}: values are missing in {', '.join(columns)}. Drop or fill those rows.")
    frame = smoke.sampled(tables.latest(frame[columns].reset_index(drop=True)))
    return Dataset(name, frame, ({"step": "dataset", "name": name, "sha256": checksum(frame)},))


def checksum(frame: pd.DataFrame) -> str:
    """SHA-256 of a table's columns and values."""
    values = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(",".join(map(str, frame.columns)).encode() + values.tobytes()).hexdigest()


@lru_cache(maxsize=4)
def _read(file: Path, modified: int, columns: tuple[str, ...]) -> tuple[pd.DataFrame, str]:
    """A file's interactions and checksum; `modified` makes a changed file another one."""
    return tables.read(file, columns), downloads.checksum(file)


def _own(name: str, place: Path | None) -> Path:
    """The file that a name or a path means, where it is no known dataset."""
    named = place or Path(os.path.expanduser(name))
    if named.is_file():
        return named
    found = sources.find(name) if place is None else next((p for p in sources.files(place) if p.name == name), None)
    if found is None:
        known = ", ".join((*sources.KNOWN, *simulation.PRESETS))
        raise DataError(f"no dataset or file {name!r} was found. Name its file or folder with --data, or use {known}.")
    return found
