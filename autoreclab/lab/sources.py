"""Where known datasets come from: their files' names, public addresses and true sizes."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab.places import PLACES, cache, write_atomically

GROUPLENS = "https://files.grouplens.org/datasets/movielens/{}.zip"
DEPTH = 4  # folders below the one that was named
TABLES = (".csv", ".tsv", ".data", ".dat", ".txt", ".inter")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Source:
    """A dataset others publish."""

    name: str
    file: str
    """The name of its file of interactions."""
    counts: tuple[int, int, int]
    """Interactions, users and items, as its README or a count of the published file gives them."""
    address: str
    """A zip archive that holds the file."""

    def check(self, frame: pd.DataFrame, path: Path) -> None:
        """Raise `DataError` unless the sizes are the published ones."""
        found = (len(frame), frame["user"].nunique(), frame["item"].nunique())
        if found != self.counts:
            raise DataError(
                f"{path} is not {self.name}: {_sizes(found)} instead of {_sizes(self.counts)}. Replace the file."
            )


KNOWN = {
    name: Source(name, file, counts, GROUPLENS.format(name))
    for name, file, counts in (
        ("ml-100k", "u.data", (100_000, 943, 1_682)),
        ("ml-latest-small", "ratings.csv", (100_836, 610, 9_724)),
        ("ml-20m", "ratings.csv", (20_000_263, 138_493, 26_744)),
        ("ml-25m", "ratings.csv", (25_000_095, 162_541, 59_047)),
    )
}


def obtain(source: Source, within: Path | None = None) -> Path:
    """The source's file: from the places searched, or downloaded into the cache. Raises `DataError`."""
    if within and within.is_file():
        return within
    for place in (within,) if within else PLACES.searched:
        found = [path for path in files(place) if path.name == source.file and not _of_another(path, source)]
        if found:
            return min(found, key=lambda path: path.parent.name != source.name)
    if within:
        raise DataError(f"{within} holds no {source.file} of {source.name}. Name the file or its folder.")
    return download(source)


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


def download(source: Source, progress: Progress | None = None) -> Path:
    """Fetch the archive and put its file into the cache, whole or not at all. Raises `DataError`."""
    target = cache() / source.name / source.file
    try:
        archive = _fetch(source.address, progress or _bar(source.name))
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            member = next(name for name in opened.namelist() if name.split("/")[-1] == source.file)
            write_atomically(target, opened.read(member))
    except (OSError, HTTPException, zipfile.BadZipFile, StopIteration) as error:
        raise DataError(
            f"{source.name} was not found, and {source.address} can't be used ({error or 'its file is not in it'}). "
            f"Get it, and name its {source.file} or the folder of it with --data, or put it at {target}."
        ) from None
    return target


def _fetch(address: str, progress: Progress) -> bytes:
    with _opened(address) as answer:
        total, chunks, done = int(answer.headers.get("Content-Length") or 0), [], 0
        while chunk := answer.read(1 << 20):
            chunks.append(chunk)
            done += len(chunk)
            progress(done, total)
    if total and done != total:
        raise OSError(f"it ended after {done} of {total} bytes")
    return b"".join(chunks)


def _opened(address: str) -> Any:
    """An answer to read from. An answer that is an error stays open unless it is closed here."""
    try:
        return urllib.request.urlopen(address, timeout=30)
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"{error.code} {error.reason}") from None


def _bar(name: str) -> Progress:
    """A line on a terminal that grows; nothing elsewhere."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            ended = "\n" if done >= total else ""
            print(f"\rdownloading {name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB", end=ended, file=sys.stderr)

    return show


def _of_another(path: Path, source: Source) -> bool:
    """Does the file lie in the folder of another known dataset? (Several call their file `ratings.csv`.)"""
    return path.parent.name in KNOWN and path.parent.name != source.name


def _sizes(counts: tuple[int, int, int]) -> str:
    return "{:,} interactions of {:,} users and {:,} items".format(*counts)
