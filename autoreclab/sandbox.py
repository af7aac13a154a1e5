"""The door to experiments: one process group each, bounded in time and output, with almost no environment."""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from autoreclab.errors import SandboxError

HEAD_BYTES = 500_000  # of the output are kept from its beginning …
TAIL_BYTES = 500_000  # … and from its end: errors stand there
KEPT_VARIABLES = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
    "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",  # the kernel decides last digits, here as when it is run by hand
)  # fmt: skip
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS", "LK_NUM_THREADS",
)  # fmt: skip
POLL_S = 0.05
HOME = ".home"
LIBC = ctypes.CDLL(None)  # loaded here: after a fork, loading is not safe


@dataclass(frozen=True)
class Outcome:
    """How a process ended."""

    exit: int | None
    """Its exit status, negative for a signal; None when it was killed at the time limit."""
    seconds: float
    peak_mb: float
    """The largest resident memory of the process itself."""


def run(command: Sequence[str], folder: Path, log: Path, *, timeout: float, variables: Mapping[str, str]) -> Outcome:
    """Run a program in a folder until it ends or its time is over; then nothing of its group is left.

    Its output goes to `log`, the middle left out when it is long. Raises `SandboxError` when it can't be started, and
    `OSError` when the log can't be written.
    """
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(folder) | dict(variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=functools.partial(_die_with_parent, os.getpid()),
        )  # fmt: skip
    except OSError as error:
        raise SandboxError(f"{command[0]} can't be started: {error.strerror}.") from None
    assert process.stdout
    failures: list[OSError] = []
    reader = threading.Thread(target=_read, args=(process.stdout, log, failures), daemon=True)
    reader.start()
    try:
        status, peak_mb = _wait(process, started + timeout)
    finally:
        _kill(process)
        reader.join(timeout=5)  # a process that left the group may hold the pipe; its output is not awaited
        if not reader.is_alive():
            process.stdout.close()
    if failures:
        raise failures[0]
    return Outcome(status, time.monotonic() - started, peak_mb)


def python() -> str:
    """The interpreter that experiments run in."""
    return sys.executable


def packages(names: Sequence[str]) -> dict[str, str]:
    """The versions of those packages that are installed in the experiments' interpreter."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def environment(folder: Path) -> dict[str, str]:
    """The variables an experiment sees: a few of ours, a home of its own that is thrown away, a thread a core."""
    home = folder / HOME
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    threads = str(os.cpu_count() or 1)
    return kept | dict.fromkeys(THREAD_VARIABLES, threads) | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "LK_NUM_PROCS": "1",
        "MPLBACKEND": "Agg",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def _wait(process: subprocess.Popen[bytes], deadline: float) -> tuple[int | None, float]:
    """Wait for the process; its exit status and peak memory in MB."""
    while True:
        late = time.monotonic() > deadline
        if late:
            _kill(process)
        pid, status, usage = os.wait4(process.pid, 0 if late else os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return None if late else process.returncode, usage.ru_maxrss / 1024
        time.sleep(POLL_S)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _die_with_parent(parent: int) -> None:
    """In the child: be killed when autoreclab dies, so that a resumed search does not meet its own past."""
    if sys.platform == "linux":
        LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)


def _read(output: BinaryIO, log: Path, failures: list[OSError]) -> None:
    """Keep a process's output; where that fails, say so and read on, so that the process does not wait for us."""
    try:
        _keep(output, log)
    except OSError as error:
        failures.append(error)
        while os.read(output.fileno(), 65536):
            pass


def _keep(output: BinaryIO, log: Path) -> None:
    """Copy a process's output to a file: the first bytes as they come, the last ones at the end."""
    head, tail, dropped = HEAD_BYTES, bytearray(), 0
    with log.open("wb", buffering=0) as file:
        while chunk := os.read(output.fileno(), 65536):
            file.write(chunk[:head])
            tail += chunk[head:]
            head -= min(head, len(chunk))
            dropped += max(0, len(tail) - TAIL_BYTES)
            del tail[: max(0, len(tail) - TAIL_BYTES)]
        if dropped:
            file.write(f"\n… {dropped} bytes left out …\n".encode())
        file.write(tail)
