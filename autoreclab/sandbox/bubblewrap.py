"""The strongest walls: namespaces of its own, in which an experiment sees its folder and what it imports."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from autoreclab.sandbox import processes, visible

# without --cap-drop ALL root inside remounts the host writable; --new-session keeps keystrokes from the terminal
WALLS = (
    "--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
    "--hostname", "experiment",
)  # fmt: skip
SHARED_MEMORY = 1 << 30  # bytes that /dev/shm holds at most: a file there is memory of no process
TEMPORARY = 1 << 26  # /tmp; a program's own temporary folder is its home's


def command(inner: Sequence[str], folder: Path, *, network: bool, status: int) -> list[str]:
    """The command that runs an interpreter's within the walls; `status` is the descriptor that tells how it goes."""
    place = str(folder)
    mounts = [part for found in visible.system() for part in _system(found)]
    mounts += ["--proc", "/proc", "--dev", "/dev", "--size", str(SHARED_MEMORY), "--tmpfs", "/dev/shm"]
    mounts += ["--size", str(TEMPORARY), "--tmpfs", "/tmp"]
    mounts += [part for found in visible.readable(inner[0], network) for part in ("--ro-bind", found, found)]
    mounts += ["--bind", place, place, "--chdir", place]
    # the kernel asks nobody but root for settings in /proc, without looking at capabilities: /proc/sysrq-trigger
    mounts += [part for found in ("/proc", "/dev", "/") for part in ("--remount-ro", found)]
    shared = ["--share-net"] if network else []
    return ["bwrap", *WALLS, *shared, "--json-status-fd", str(status), *mounts, "--", *inner]


def installed() -> bool:
    return shutil.which("bwrap") is not None


def await_end(status: bytes) -> None:
    """Wait until everything within the walls is gone: the outer process ends first, and the kernel still kills then."""
    told = (json.loads(line) for line in status.splitlines())
    processes.await_end(line["child-pid"] for line in told if "child-pid" in line)


def _system(folder: str) -> list[str]:
    """A folder of the system, as the link or the folder that it is."""
    if os.path.islink(folder):
        return ["--symlink", os.readlink(folder), folder]
    return ["--ro-bind", folder, folder]
