"""Public datasets: where they come from, on what terms, how large they truly are; and where files of data lie."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab import downloads
from autoreclab.lab.places import PLACES

DEPTH = 4  # folders below the one that was named
TABLES = (".csv", ".tsv", ".data", ".dat", ".txt", ".inter", ".parquet")
Counts = tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class Source:
    """A dataset others publish."""

    name: str
    file: str
    """The name of its file of interactions."""
    counts: Counts
    """Interactions, users and items, as its README or a count of the published file gives them; None is not known."""
    address: str
    """A zip archive that holds the file, a .gz file of it, or the file itself."""
    licence: str = ""
    """Its licence or terms, in a few words."""
    bibtex: str = ""
    """What to cite."""
    folder: str = ""
    """The folder in which its archive holds the file, where it isn't the name."""
    columns: tuple[str, ...] = ()
    """What its columns mean, where no header says so; empty names are columns that don't matter."""

    @property
    def published(self) -> str:
        """Its counts in words, `?` for one that is not known."""
        return sizes(self.counts)

    @property
    def folders(self) -> tuple[str, ...]:
        return (self.name, self.folder) if self.folder else (self.name,)

    def check(self, frame: pd.DataFrame, path: Path) -> None:
        """Raise `DataError` unless the sizes are the published ones, as far as these are known."""
        found = (len(frame), frame["user"].nunique(), frame["item"].nunique())
        if any(known not in (None, number) for known, number in zip(self.counts, found, strict=True)):
            raise DataError(f"{path} is not {self.name}: {sizes(found)} instead of {self.published}. Replace the file.")


def _known() -> dict[str, Source]:
    """The datasets of `sources.toml`, by name."""
    read: dict[str, Any] = tomllib.loads(Path(__file__).with_name("sources.toml").read_text(encoding="utf-8"))
    bibtex = read.pop("bibtex")
    return {
        name: Source(
            name, entry["file"], tuple(entry["counts"].get(of) for of in ("interactions", "users", "items")),
            entry["address"], entry["licence"], bibtex[entry["cite"]].strip(), entry.get("folder", ""),
            tuple(entry.get("columns", ())),
        )
        for name, entry in read.items()
    }  # fmt: skip


KNOWN = _known()


def sizes(counts: Counts) -> str:
    """Counts in words."""
    return "{} interactions of {} users and {} items".format(*("?" if n is None else f"{n:,}" for n in counts))


def obtain(source: Source, within: Path | None = None) -> Path:
    """The source's file: from the places searched, or downloaded into the cache. Raises `DataError`."""
    return locate(source, within) or downloads.download(source)


def locate(source: Source, within: Path | None = None) -> Path | None:
    """The source's file in the places searched, if it is there; in `within`, if that is given, or `DataError`."""
    if within and within.is_file():
        return within
    for place in (within,) if within else PLACES.searched:
        found = [path for path in files(place) if path.name == source.file and not _of_another(path, source)]
        if found:
            return min(found, key=lambda path: path.parent.name not in source.folders)
    if within:
        raise DataError(f"{within} holds no {source.file} of {source.name}. Name the file or its folder.")
    return None


def find(name: str) -> Path | None:
    """A file of this name, with or without its extension, in the places searched."""
    for place in PLACES.searched:
        for path in files(place):
            if name == path.name or (name == path.stem and path.suffix in TABLES):
                return path
    return None


def files(place: Path) -> Iterator[Path]:
    """The place itself if it is a file, else the files in and a few levels below it, in a fixed order."""
    if place.is_file():
        yield place
    for folder, folders, names in os.walk(place):
        depth = len(Path(folder).relative_to(place).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if depth < DEPTH else []
        yield from (Path(folder, name) for name in sorted(names))


def _of_another(path: Path, source: Source) -> bool:
    """Does the file lie in the folder of another known dataset? (Several call their file `ratings.csv`.)"""
    names = {name for known in KNOWN.values() for name in known.folders}
    return path.parent.name in names - set(source.folders)
