"""Killing a search at a random instant: the process alone, or with everything it started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from random import Random
from typing import Any

SCALES_S = (0.03, 0.3, 1.5)
"""Longest delays after an event: into the writes that follow it, into a start, into whatever comes later."""
LAST_EVENT = 3


def killed(process: subprocess.Popen[str], random: Random, group: bool) -> list[dict[str, Any]]:
    """Kill the process a random time after one of its next events, unless it ends before; what it announced."""
    events: list[dict[str, Any]] = []
    left = random.randint(0, LAST_EVENT)
    killer = threading.Timer(random.uniform(0, random.choice(SCALES_S)), kill, (process, group))
    if left == 0:
        killer.start()
    assert process.stdout
    for line in process.stdout:
        events.append(json.loads(line))
        if len(events) == left:
            killer.start()
    process.wait()
    killer.cancel()
    return events


def announced(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """What a process that is left in peace announces, to its end."""
    assert process.stdout
    events = [json.loads(line) for line in process.stdout]
    process.wait()
    return events


def kill(process: subprocess.Popen[str], group: bool) -> None:
    """SIGKILL the process; with `group` also its process group and its descendants, in groups of their own or not."""
    if process.returncode is not None:
        return
    for pid in [process.pid, *(descendants(process.pid) if group else [])]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def descendants(ancestor: int) -> list[int]:
    """Processes that descend from one, as /proc has them now."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [ancestor]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]
