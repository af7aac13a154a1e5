"""What an experiment may use, and which of these bounds it went over."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autoreclab.sandbox.processes import descendants, proportional

THREADS = 20  # for each process that is allowed; libraries start one a core, and several of them do
LOOK_S = 0.1
WALK_S = 1.0
SHARE = 20  # watching takes at most one part in so many of a core
SHARE_OF_MACHINE = 0.8
CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@dataclass(frozen=True)
class Bounds:
    """Bounds of a whole experiment, beside its time limit: of all its processes together. None means no bound."""

    cpu: float | None = None
    """Seconds of CPU time."""
    memory: int | None = None
    """Bytes in main memory."""
    processes: int | None = None
    folder: int | None = None
    """Bytes that it may add to its folder."""
    file: int | None = None
    """Bytes of any single file."""
    files: int | None = None
    """Files and folders that it may add to its folder."""
    output: int | None = None
    """Bytes that it may print."""


@dataclass(frozen=True)
class Excess:
    """A bound that was hit."""

    name: str
    """`time`, or the field of `Bounds`."""
    sentence: str


class Watch:
    """Looks at an experiment from time to time, the less often the longer a look takes."""

    def __init__(self, bounds: Bounds, folder: Path):
        self.bounds, self.folder, self.peak = bounds, folder, 0
        self._on_disk = bool(bounds.folder or bounds.files or bounds.file)
        self._before = contents(folder) if self._on_disk else Contents(0, 0, 0)
        self._looks = _Pace(LOOK_S)
        self._walks = _Pace(WALK_S)

    def look(self, pid: int, printed: int) -> Excess | None:
        """The bound that the experiment with this process went over by now."""
        found = None
        if self.bounds.output and printed > self.bounds.output:
            found = Excess("output", f"output over {readable(self.bounds.output)}")
        return found or self._looks.call(lambda: self._processes(pid)) or self._walks.call(self.files)

    def files(self) -> Excess | None:
        """The bound that its folder is over."""
        bounds = self.bounds
        if not self._on_disk:
            return None
        now = contents(self.folder)
        if bounds.files and now.count - self._before.count > bounds.files:
            return Excess("files", f"files over {bounds.files}")
        if bounds.folder and now.size - self._before.size > bounds.folder:
            return Excess("folder", f"folder over {readable(bounds.folder)}")
        if bounds.file and now.largest >= max(bounds.file, self._before.largest + 1):
            return Excess("file", f"a file of {readable(bounds.file)}, the largest that may be")
        return None

    def _processes(self, pid: int) -> Excess | None:
        found, bounds = descendants(pid), self.bounds
        resident = sum(process.resident for process in found)
        if bounds.memory and resident > bounds.memory:  # twice: one that ends leaves its share to those read after it
            resident = min(proportional(found), proportional(descendants(pid)))
        self.peak = max(self.peak, resident)
        if bounds.memory and resident > bounds.memory:
            return Excess("memory", f"memory over {readable(bounds.memory)}")
        if bounds.processes and len(found) > bounds.processes:
            return Excess("processes", f"processes over {bounds.processes}")
        if bounds.processes and sum(process.threads for process in found) > bounds.processes * THREADS:
            return Excess("processes", f"threads over {bounds.processes * THREADS}")
        if bounds.cpu and sum(process.cpu for process in found) > bounds.cpu:
            return Excess("cpu", f"CPU time over {bounds.cpu:g} s")
        return None


class _Pace:
    """When to do something again that should take a small part of the time."""

    def __init__(self, interval: float):
        self.interval, self._next = interval, 0.0

    def call(self, look: Callable[[], Excess | None]) -> Excess | None:
        """Do it if it is time."""
        started = time.monotonic()
        if started < self._next:
            return None
        found = look()
        self._next = time.monotonic() + max(self.interval, SHARE * (time.monotonic() - started))
        return found


@dataclass(frozen=True)
class Contents:
    """What lies in a folder."""

    count: int
    """Files and folders."""
    size: int
    """Bytes that they take, or claim: a file with holes is as large as it says when it is copied."""
    largest: int
    """Bytes of the largest file."""


def contents(folder: Path) -> Contents:
    """What lies in a folder and below, links not followed."""
    sizes = []
    for entry in _entries(folder):
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        sizes.append(max(status.st_size, status.st_blocks * 512))
    return Contents(len(sizes), sum(sizes), max(sizes, default=0))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    pending = [str(folder)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                found = list(entries)
        except OSError:
            continue
        yield from found
        pending += [entry.path for entry in found if entry.is_dir(follow_symlinks=False)]


def machine_memory() -> int:
    """The bytes of memory that experiments get where no setting says it: most of the machine's, or the container's."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = (Path(name).read_text().strip() for name in CGROUP_LIMITS if Path(name).is_file())
    return int(SHARE_OF_MACHINE * min([total, *(int(limit) for limit in limits if limit.isdigit())]))


def readable(size: int) -> str:
    """`4.0 GB`."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
