"""What a worker of a Dask cluster does: see that an experiment can be run there, run it once, and end it early."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoreclab import __version__, sandbox
from autoreclab.context import PACKAGES
from autoreclab.errors import ClusterError, SandboxError, WorkerLost
from autoreclab.running import Runner
from autoreclab.sandbox import Level

if TYPE_CHECKING:
    from distributed import Worker

LOST = "the worker of the cluster that ran it vanished"
ENDING = ("closing", "closed", "failed")  # a worker that lost its scheduler among them


@dataclass(frozen=True)
class Conditions:
    """What a worker must have to give the results that another machine would give, and what it may do."""

    versions: Mapping[str, str]
    python: str
    """The interpreter of whoever sends experiments, in whose place a worker takes its own."""
    workspace: Path
    """The repository: result files that are too large for git go there."""
    data: Mapping[str, str]
    """The SHA-256 of each data file."""
    memory: int | None
    """Bytes for an experiment; the worker's share if None."""
    unsafe: bool
    """May experiments run without isolation where there is none?"""


def carry_out(token: str, conditions: Conditions, job: bytes) -> Any:
    """Do a pickled job, a run of a runner, on this worker, to its end or until nobody wants its result any more.

    Raises `WorkerLost` where the worker ends, or another has begun the job already: Dask gives what a dead worker left
    to another, several times and without a word. Raises `ClusterError` where a condition isn't met, and whatever the
    run raises.
    """
    import distributed

    worker, begun = distributed.get_worker(), distributed.Event(token)
    if begun.is_set():
        begun.clear()
        raise WorkerLost(LOST)
    begun.set()
    try:
        _check(conditions, worker.address)
        run, (runner, *arguments), options = pickle.loads(job)
        with _scratch(worker) as folder, sandbox.until(_unwanted(worker)):
            return run(_fitted(runner, conditions, worker, folder), *arguments, **options)
    except KeyboardInterrupt:
        raise WorkerLost(LOST) from None
    finally:
        if worker.status.name not in ENDING:  # else Dask may give the task to another, which must see that it was begun
            begun.clear()


def versions() -> dict[str, str]:
    """The versions here of what results depend on."""
    return {"autoreclab": __version__, "Python": sys.version.split()[0], **sandbox.packages(PACKAGES, sandbox.python())}


@functools.lru_cache
def checksum(path: str, size: int, modified: int) -> str:
    """SHA-256 of a file, taken anew when its size or time changes."""
    from autoreclab.lab import downloads

    return downloads.checksum(Path(path))


def checksum_of(path: str) -> str | None:
    """SHA-256 of a file; None where there is none."""
    try:
        status = os.stat(path)
        return checksum(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return None


def _check(conditions: Conditions, address: str) -> None:
    """See that this worker meets the conditions."""
    here = versions()
    for name, version in conditions.versions.items():
        if here.get(name) != version:
            raise ClusterError(
                f"Worker {address} has {name} {here.get(name, 'not at all')}, and {version} is here: results would "
                "differ. Start its workers in the same environment as autoreclab."
            )
    if not (conditions.workspace / ".git").exists():
        raise ClusterError(
            f"Worker {address} doesn't see the workspace {conditions.workspace}, which takes large result files. "
            "Name one on a file system that the workers share, with --workspace."
        )
    for path, sha256 in conditions.data.items():
        if (found := checksum_of(path)) != sha256:
            reason = f"has another {path} (sha256 {found[:12]}…, here {sha256[:12]}…)" if found else f"has no {path}"
            raise ClusterError(f"Worker {address} {reason}. Put the data on a file system that the workers share.")


@contextlib.contextmanager
def _scratch(worker: Worker) -> Iterator[Path]:
    """A folder for one experiment on the worker's own machine; Dask removes those of workers that were killed."""
    with tempfile.TemporaryDirectory(dir=worker.local_directory, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _unwanted(worker: Worker) -> Callable[[], bool]:
    """Has the task of this thread been cancelled, its client gone, or the worker no scheduler any more?"""
    key = worker.get_current_task()

    def asked() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state != "executing" or worker.status.name in ENDING

    return asked


def _fitted(runner: Runner, conditions: Conditions, worker: Worker, folder: Path) -> Runner:
    """The runner as this worker can have it: its interpreter, its folder, its walls, its share of cores and memory.

    An environment of the task's own lies in the cache folder, which the workers have to share.
    """
    python = runner.python if runner.python != conditions.python else sandbox.python()
    if not os.access(python, os.X_OK):
        raise ClusterError(
            f"Worker {worker.address} doesn't see the task's environment {python}. Set AUTORECLAB_CACHE, here and "
            "there, to a folder on a file system that the workers share."
        )
    threads = worker.state.nthreads
    memory = conditions.memory or _memory(worker) // threads
    return dataclasses.replace(
        runner, python=python, scratch=folder, level=_level(conditions, worker),
        threads=max(1, _cores() // threads), bounds=dataclasses.replace(runner.bounds, memory=memory),
    )  # fmt: skip


def _level(conditions: Conditions, worker: Worker) -> Level:
    try:
        return sandbox.strongest(conditions.unsafe, Path(worker.local_directory))
    except SandboxError as error:
        raise ClusterError(f"Worker {worker.address}: {error}") from None


def _memory(worker: Worker) -> int:
    """The bytes that a worker may give to experiments."""
    limit = worker.memory_manager.memory_limit
    return int(limit * sandbox.SHARE_OF_MACHINE) if limit else sandbox.machine_memory()


def _cores() -> int:
    """The processors that are the worker's; SLURM doesn't always bind its jobs to theirs."""
    return min(sandbox.cores(), int(os.environ.get("SLURM_CPUS_PER_TASK") or sandbox.cores()))
