"""Downloads of public datasets into the cache, whole or not at all, and the checksum of the first."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from autoreclab.errors import DataError
from autoreclab.lab.places import cache, replacing, write_atomically

if TYPE_CHECKING:
    from autoreclab.lab.sources import Source

FIRST = "first-fetch.json"
CHUNK = 1 << 20
Progress = Callable[[int, int], None]
FAILURES = (OSError, HTTPException, zipfile.BadZipFile, zlib.error, EOFError)


def download(source: Source, progress: Progress | None = None) -> Path:
    """Fetch the source's file into the cache. Raises `DataError`, also if it is not what it was the first time."""
    target = place(source)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target.parent) as archive:
            _fetch(source.address, archive, progress or _bar(source.name))
            with _unpacked(archive, source) as content, replacing(target) as file:
                shutil.copyfileobj(content, file, CHUNK)
                file.flush()
                _remember(source, Path(file.name))
    except FAILURES as error:
        raise DataError(
            f"{source.name} was not found, and {source.address} can't be used ({error}). "
            f"Get it, and name its {source.file} or the folder of it with --data, or put it at {target}."
        ) from None
    return target


def place(source: Source) -> Path:
    """Where the cache keeps a source's file."""
    return cache() / source.name / source.file


def remembered(source: Source) -> str | None:
    """The SHA-256 of the source's file when it was first fetched, if it ever was."""
    try:
        return str(json.loads((place(source).parent / FIRST).read_text(encoding="utf-8"))["sha256"])
    except FileNotFoundError:
        return None


def confirmed(source: Source, sha256: str) -> bool:
    """Is this the checksum of the first fetch? False where there was none; `DataError` naming both if it is another."""
    first = remembered(source)
    if first not in (None, sha256):
        raise DataError(
            f"This {source.file} of {source.name} (sha256 {sha256}) is not the one first fetched (sha256 {first}). "
            f"Use that one or, if the new one is right, delete {place(source).parent / FIRST}."
        )
    return first is not None


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remember(source: Source, fetched: Path) -> None:
    """See that a file is the one of the first fetch, or remember it."""
    sha256 = checksum(fetched)
    if not confirmed(source, sha256):
        first = {"file": source.file, "address": source.address, "sha256": sha256}
        write_atomically(place(source).parent / FIRST, json.dumps(first, indent=1).encode())


@contextmanager
def _unpacked(archive: IO[bytes], source: Source) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """The source's file within what was fetched."""
    archive.seek(0)
    if source.address.endswith(".zip"):
        with zipfile.ZipFile(archive) as opened:
            members = [name for name in opened.namelist() if name.split("/")[-1] == source.file]
            if not members:
                raise OSError(f"it holds no {source.file}")
            with opened.open(members[0]) as content:
                yield content
    elif source.address.endswith(".gz"):
        with gzip.open(archive) as content:
            yield content
    else:
        yield archive


def _fetch(address: str, archive: IO[bytes], progress: Progress) -> None:
    with _opened(address) as answer:
        total, done = int(answer.headers.get("Content-Length") or 0), 0
        while chunk := answer.read(CHUNK):
            archive.write(chunk)
            done += len(chunk)
            progress(done, total)
    if total and done != total:
        raise OSError(f"it ended after {done} of {total} bytes")


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
            of, ended = (f" of {total / 1e6:.1f}", "\n" if done >= total else "") if total else ("", "")
            print(f"\rdownloading {name}: {done / 1e6:.1f}{of} MB", end=ended, file=sys.stderr)

    return show
