"""Scripts of ours that run in the experiments' interpreter, isolated as experiments are, and answer by a file."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autoreclab import sandbox
from autoreclab.errors import WorkerLost
from autoreclab.sandbox import Bounds, Level
from autoreclab.sandbox.process import UNBOUNDED
from autoreclab.scratch import put_in_order


def answer(
    command: Sequence[str],
    files: Mapping[str, bytes],
    written: str,
    scratch: Path,
    *,
    timeout: float,
    level: Level,
    network: bool = False,
    bounds: Bounds = UNBOUNDED,
) -> Any:
    """What a command, run among these files in a folder of its own below `scratch`, wrote into a file of JSON.

    None where it wrote nothing that can be read: an import ended it, it took too long, or it was killed.
    """
    with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as place:
        folder = Path(place, "folder")
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        with contextlib.suppress(WorkerLost):
            sandbox.run(
                command, folder, Path(place, "log.txt"),
                timeout=timeout, variables={}, level=level, network=network, bounds=bounds,
            )  # fmt: skip
        put_in_order(folder)
        with contextlib.suppress(OSError, ValueError):
            return json.loads((folder / written).read_bytes())
        return None
