"""How a process is started, watched and ended, with all that it starts."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autoreclab.errors import SandboxError, WorkerLost
from autoreclab.sandbox import bubblewrap, landlock
from autoreclab.sandbox.bounds import Bounds, Excess, Watch
from autoreclab.sandbox.output import Reader
from autoreclab.sandbox.processes import await_end, descendants, kill

KEPT_VARIABLES = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
    "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",  # the kernel decides last digits, here as when it is run by hand
)  # fmt: skip
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "LK_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT", "PYTHON_CPU_COUNT",  # what joblib and, from 3.13 on, Python take for the number of cores
)  # fmt: skip
POLL_S = 0.02
STOPPED_S = 5.0  # the launcher kills what it started within milliseconds
HOME = ".home"
UNBOUNDED = Bounds()
TIME = Excess("time", "at the time limit")
LAUNCHED = sys.platform == "linux"  # elsewhere nothing can adopt what an experiment leaves behind
PRCTL = ctypes.CDLL(None).prctl if LAUNCHED else None  # found here: after a fork a thread may be loading a library
STOPPED = threading.Event()
UNWANTED: ContextVar[Callable[[], bool]] = ContextVar("UNWANTED", default=lambda: False)


Level = Literal["bubblewrap", "landlock", "none"]


@dataclass(frozen=True)
class Outcome:
    """How a process ended."""

    exit: int | None
    """Its exit status, negative for a signal; None when it was killed at a bound."""
    seconds: float
    peak_mb: float
    """The most memory of the process and its descendants together, looked at ten times a second."""
    excess: Excess | None = None
    """The bound that it was killed at."""


def run(
    command: Sequence[str],
    folder: Path,
    log: Path,
    *,
    timeout: float,
    variables: Mapping[str, str],
    level: Level = "none",
    network: bool = False,
    bounds: Bounds = UNBOUNDED,
) -> Outcome:
    """Run a program in a folder until it ends, or is over its time or another bound; then nothing of it is left.

    Its output goes to `log`, the middle left out when it is long. Raises `SandboxError` when it can't be started,
    `OSError` when the log can't be written, `WorkerLost` when the outermost process was killed, and not by us, and
    `KeyboardInterrupt` once `stop` was called, or what `until` was given is true.
    """
    if not shutil.which(command[0]):
        raise SandboxError(f"{command[0]} can't be started: there is no such program.")
    started = time.monotonic()
    environ = environment(folder) | dict(variables)
    watch = Watch(bounds, folder)
    with _Process(command, folder, log, environ, level, network, bounds.file) as process:
        excess = None
        while not excess and process.runs():
            if STOPPED.is_set() or UNWANTED.get()():
                raise KeyboardInterrupt
            late = time.monotonic() > started + timeout
            excess = TIME if late else watch.look(process.pid, process.reader.printed)
            time.sleep(POLL_S)
    process.reader.check()
    excess = excess or watch.files()
    if process.lost and not excess:
        raise WorkerLost(f"{process.outermost} was killed from outside, e.g. by the system for want of memory")
    peak_mb = max(process.peak_mb, watch.peak / 2**20)
    return Outcome(None if excess else process.exit, time.monotonic() - started, peak_mb, excess)


@contextlib.contextmanager
def until(unwanted: Callable[[], bool]) -> Iterator[None]:
    """As soon as that is true, end what this thread runs within the block, as `stop` does for all threads."""
    before = UNWANTED.set(unwanted)
    try:
        yield
    finally:
        UNWANTED.reset(before)


def stop() -> None:
    """End, for good, all that runs in this process, and let nothing start any more."""
    STOPPED.set()


class _Process:
    """A process behind walls; at the end of the `with` block it and all that it started have ended."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        log: Path,
        environ: Mapping[str, str],
        level: Level,
        network: bool,
        file: int | None,
    ):
        self.level, self.exit, self.peak_mb, self.lost = level, 0, 0.0, False
        self._status, told = os.pipe() if level == "bubblewrap" else (-1, -1)
        if level == "bubblewrap":
            command = bubblewrap.command(command, folder, network=network, status=told)
        elif level == "landlock":
            command = landlock.command(command, folder, network=network)
        elif LAUNCHED:
            command = landlock.launched(command, None)
        try:
            self._popen = subprocess.Popen(
                command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True, pass_fds=(told,) if told >= 0 else (),
                preexec_fn=functools.partial(_begin, os.getpid(), file),
            )  # fmt: skip
        except OSError as error:
            _close(self._status)
            raise SandboxError(f"{command[0]} can't be started: {error.strerror}.") from None
        finally:
            _close(told)
        self.pid = self._popen.pid
        self.outermost = command[0]
        assert self._popen.stdout
        self.reader = Reader(self._popen.stdout, log)

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self.reader.close()
        _close(self._status)

    def runs(self, options: int = os.WNOHANG) -> bool:
        """Has it not ended yet?"""
        if self._popen.returncode is not None:
            return False
        pid, status, usage = os.wait4(self.pid, options)
        if pid:
            self._popen.returncode = ended = os.waitstatus_to_exitcode(status)
            self.exit, self.lost = self._meant(ended), self._killed(ended)
            self.peak_mb = usage.ru_maxrss / 1024
        return not pid

    def _meant(self, status: int) -> int:
        """The program's own status: what stands between it and us ends with 128 and the number of its signal."""
        return 128 - status if (self.level != "none" or LAUNCHED) and status > 128 else status

    def _killed(self, status: int) -> bool:
        """Did a signal end what stands between the program and us, or, where nothing does, could it be nobody's own?

        Within the walls of bubblewrap no program reaches it, so that the signal came from outside.
        """
        return status < 0 if self.level != "none" or LAUNCHED else status == -signal.SIGKILL

    def _stop(self) -> None:
        """End it, and what it started."""
        left = [process.pid for process in descendants(self.pid)] if self.runs() else []
        if self.level != "bubblewrap" and LAUNCHED and self.runs():
            self._popen.terminate()
            deadline = time.monotonic() + STOPPED_S
            while self.runs() and time.monotonic() < deadline:
                time.sleep(0.002)
        if self.level != "bubblewrap":
            _kill_group(self.pid)
        kill(left)
        self.runs(0)
        if self.level == "bubblewrap":
            bubblewrap.await_end(os.read(self._status, 65536))
        await_end(left)


def _begin(parent: int, file: int | None) -> None:
    """In the child: be killed when autoreclab dies, so that a resumed search does not meet its own past.

    It dies with the thread that started it, too, which waits for it. Nothing here takes a lock, which another thread
    might hold for ever in the copy of it that a fork leaves.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
    if PRCTL:
        PRCTL(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _close(descriptor: int) -> None:
    if descriptor >= 0:
        os.close(descriptor)


def python() -> str:
    """The interpreter that experiments run in."""
    return sys.executable


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads(count: int) -> dict[str, str]:
    """The variables by which libraries use so many threads: BLAS, OpenMP (and so torch), numba, LensKit and others."""
    return dict.fromkeys(THREAD_VARIABLES, str(count))


def environment(folder: Path) -> dict[str, str]:
    """The variables an experiment sees: a few of ours, a home of its own that is thrown away, a thread a core."""
    home = folder / HOME
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | threads(cores()) | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "LK_NUM_PROCS": "1",
        "LK_NUM_BACKEND_THREADS": "1",  # LensKit multiplies the two
        "MPLBACKEND": "Agg",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
