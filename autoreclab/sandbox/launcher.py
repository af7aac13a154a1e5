"""Starts a program, behind Landlock and a seccomp filter or not, and ends with it and with all that it started.

`python -P -m autoreclab.sandbox.launcher PARENT TERMS COMMAND…`. PARENT is the process to die with. TERMS is JSON: the
paths to `read`, to `list`, to `write`, the `devices` to do both with, and whether there is a `network`; or null, for no
walls.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from typing import Any

from autoreclab.sandbox.confinement import confine
from autoreclab.sandbox.processes import descendants, kill

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def main() -> None:
    """Start a child, run the command in it, and end as it does when nothing that it started is left."""
    parent, terms, command = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
    signal.signal(signal.SIGTERM, _end)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what its children leave behind becomes ours
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    child = os.fork()
    if not child:
        _become(terms, command)
    while True:
        pid, status = os.wait()
        if pid == child:
            _end_all()
            ended = os.waitstatus_to_exitcode(status)
            os._exit(ended if ended >= 0 else 128 - ended)


def _become(terms: dict[str, Any] | None, command: list[str]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        if terms:
            confine(terms)
        os.execvp(command[0], command)
    except OSError as error:
        print(f"launcher: {error}", file=sys.stderr, flush=True)
        os._exit(126)


def _end(number: int, frame: object) -> None:
    _end_all()
    os._exit(128 + number)


def _end_all() -> None:
    """Kill all that descends from this process until there is nothing; orphans among them become its children."""
    while True:
        kill(process.pid for process in descendants(os.getpid()) if process.pid != os.getpid())
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)


if __name__ == "__main__":
    main()
