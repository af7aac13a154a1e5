"""Where experiments run: a temporary folder a search, outside the repository; and what they leave, put in order."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def scratch(workspace: Path, run: str) -> Iterator[Path]:
    """A temporary folder for a run's experiments, for whoever holds the run; it goes with the search.

    Killed searches leave theirs behind. Nobody else searches this run, so what bears its name is theirs and is removed.
    """
    digest = hashlib.sha256(f"{workspace.resolve()}/{run}".encode()).hexdigest()[:12]
    prefix = f"autoreclab-{run}-{digest}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def put_in_order(folder: Path) -> None:
    """Leave only files and folders that can be read: a link leads elsewhere, a pipe makes its reader wait."""
    folder.chmod(0o700)
    for place, folders, files in os.walk(folder):  # a folder is listed after its parent made it readable
        for path in (Path(place, name) for name in (*folders, *files)):
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                path.chmod(stat.S_IMODE(mode) | 0o700)
            elif stat.S_ISREG(mode):
                path.chmod(stat.S_IMODE(mode) | 0o400)
            else:
                path.unlink()
