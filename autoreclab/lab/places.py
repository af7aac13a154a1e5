"""Where an experiment looks for data and where it writes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass
class Places:
    """What the command line of a program said; there is one for each process, `PLACES`."""

    data: tuple[Path, ...] = ()
    """Files and folders that `--data` named."""
    out: Path = Path()
    """The folder that gets `trials/` and the ledger."""

    @property
    def searched(self) -> tuple[Path, ...]:
        """Files and folders to look for data in, the first one first."""
        named = os.environ.get("AUTORECLAB_DATA", "").split(os.pathsep)
        return (*self.data, *(Path(os.path.expanduser(entry)) for entry in named if entry), Path.cwd(), cache())


PLACES = Places()


def cache() -> Path:
    """The folder that keeps downloads: `AUTORECLAB_CACHE` or `~/.cache/autoreclab`."""
    return Path(os.path.expanduser(os.environ.get("AUTORECLAB_CACHE") or "~/.cache/autoreclab"))


def write_atomically(path: Path, content: bytes) -> None:
    """Put a whole file in place or none; a link or folder of that name is replaced, not followed."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the path's place when it is whole; after an error nothing has changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    os.close(handle)
    try:
        with open(temporary, "wb") as file:  # by its name, which a file of the handle would not know
            yield file
            os.fchmod(file.fileno(), 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
