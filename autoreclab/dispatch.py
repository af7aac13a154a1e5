"""Executions handed to an executor's workers: the loss of a worker costs another try, and isn't booked as a failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from autoreclab.errors import WorkerLost
from autoreclab.nodes import Execution
from autoreclab.running import LOG, Runner


@dataclass(frozen=True)
class Dispatch:
    """A runner whose runs an executor carries out, in a thread, a process or on another machine."""

    runner: Runner
    executor: Executor
    lost: Callable[[str], None]
    """Is told how a worker was lost, before the program runs once more."""

    def run(
        self, name: str, files: Mapping[str, bytes], before: Mapping[str, bytes] | None = None, **options: Any
    ) -> tuple[dict[str, bytes], Execution]:
        """As `Runner.run`; where a worker is lost a second time, that is what happened to the program."""
        try:
            return self._submitted(name, files, before, **options)
        except WorkerLost as error:
            self.lost(str(error))
        started = time.monotonic()
        try:
            return self._submitted(name, files, before, **options)
        except WorkerLost as error:
            return self._given_up(str(error), time.monotonic() - started)

    def _submitted(self, *job: Any, **options: Any) -> tuple[dict[str, bytes], Execution]:
        return self.executor.submit(Runner.run, self.runner, *job, **options).result()

    def _given_up(self, reason: str, seconds: float) -> tuple[dict[str, bytes], Execution]:
        error = f"the worker that ran it was lost twice: {reason}"
        execution = Execution("crashed", None, round(seconds, 2), 0.0, error=error)
        return {LOG: f"{error}\n".encode()}, execution
