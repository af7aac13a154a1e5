"""Where experiments run: a temporary folder a search, outside the repository."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
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
