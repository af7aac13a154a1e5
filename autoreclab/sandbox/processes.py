"""Processes that descend from one, as /proc has them: how many, what they use, and their end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
GONE_S = 5.0  # the kernel ends what was killed within milliseconds, unless a device holds it


@dataclass(frozen=True)
class Process:
    """One process at one moment."""

    pid: int
    parent: int
    alive: bool
    """Not a zombie."""
    cpu: float
    """Seconds, with those of its children that it waited for."""
    threads: int
    resident: int
    """Bytes, pages that it shares with others among them."""


def descendants(root: int) -> list[Process]:
    """A process and all that descend from it, in groups and sessions of their own or not; nothing where /proc isn't."""
    everything = {found.pid: found for found in map(_process, _pids()) if found}
    children: dict[int, list[int]] = {}
    for one in everything.values():
        children.setdefault(one.parent, []).append(one.pid)
    found, pending = [], [root]
    while pending:
        pid = pending.pop()
        if pid in everything:
            found.append(everything[pid])
            pending += children.get(pid, ())
    return found


def proportional(processes: Iterable[Process]) -> int:
    """Bytes of memory, what several of them share counted once. Slow: the kernel adds up every page."""
    return sum(_share(process) for process in processes)


def await_end(pids: Iterable[int]) -> None:
    """Wait until none of these processes can do anything any more."""
    deadline = time.monotonic() + GONE_S
    for pid in pids:
        while (one := _process(pid)) and one.alive and time.monotonic() < deadline:
            time.sleep(0.002)


def kill(pids: Iterable[int]) -> None:
    """Kill processes that may have ended already."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _pids() -> list[int]:
    return [int(name) for name in os.listdir(PROC) if name.isdigit()] if PROC.is_dir() else []


def _process(pid: int) -> Process | None:
    """A process, by its line in /proc; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    cpu = sum(map(int, fields[11:15])) * TICK_S
    return Process(pid, int(fields[1]), fields[0] not in b"ZX", cpu, int(fields[17]), int(fields[21]) * PAGE)


def _share(process: Process) -> int:
    try:
        with open(f"/proc/{process.pid}/smaps_rollup", "rb") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:")), 0)
    except PermissionError:
        return process.resident
    except OSError:  # it ended since
        return 0
