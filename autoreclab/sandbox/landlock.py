"""Walls for where namespaces aren't allowed, as in most containers: Landlock for files, seccomp for sockets.

They are put up by `launcher.py`, a program of its own that stays as the parent of all that the experiment starts.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autoreclab.sandbox import confinement, visible

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
PROC = (
    "/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/sys/kernel/osrelease",
    "/proc/sys/vm/overcommit_memory", "/proc/version",
)  # fmt: skip


def command(inner: Sequence[str], folder: Path, *, network: bool) -> list[str]:
    """The command that runs an interpreter's within the walls."""
    proc = (name for name in PROC if os.path.exists(name))
    terms = {
        "read": [*visible.system(), *visible.readable(inner[0], network), *proc],
        "list": [str(visible.PACKAGE.parent)],  # an import looks for a name there
        "write": [str(folder)],
        "devices": [name for name in DEVICES if os.path.exists(name)],
        "network": network,
    }
    return launched(inner, terms)


def launched(inner: Sequence[str], terms: Mapping[str, Any] | None) -> list[str]:
    """The command that runs another below the launcher, which ends all that it leaves; without terms, without walls."""
    launcher = [sys.executable, "-P", "-m", "autoreclab.sandbox.launcher"]
    return [*launcher, str(os.getpid()), json.dumps(terms), *inner]


def missing() -> str:
    """Why this kernel can't do it; empty where it can."""
    version = confinement.version()
    if version <= 0:
        return "the kernel has no Landlock, or it is switched off"
    if version < confinement.NEEDED:
        return f"the kernel's Landlock has version {version}; below {confinement.NEEDED} files can be truncated"
    if os.uname().machine not in confinement.MACHINES:
        return f"no seccomp filter is known for {os.uname().machine}"
    return ""
