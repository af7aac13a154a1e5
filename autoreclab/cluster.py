"""Experiments on an existing Dask cluster; what a worker does with one is in `remote.py`."""

from __future__ import annotations

import logging
import pickle
import uuid
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from autoreclab import remote, sandbox
from autoreclab.data import Data
from autoreclab.errors import ClusterError, WorkerLost
from autoreclab.remote import Conditions

if TYPE_CHECKING:
    from distributed import Client

INSTALL = "--scheduler needs Dask, which isn't installed here: pip install 'autoreclab[dask]'"
# Dask's own 10 MB warn of tables that are sent with a task; what goes with ours is a node's files
LARGE = {"distributed.admin.large-graph-warning-threshold": "10GB"}


def conditions(data: Data, workspace: Path, *, memory: int | None, unsafe: bool) -> Conditions:
    """What a worker must have to give the results that this machine would give. `memory`: bytes for an experiment."""
    files = {place: remote.checksum_of(place) for place in data.places}
    known = {place: sha256 for place, sha256 in files.items() if sha256}
    return Conditions(remote.versions(), sandbox.python(), workspace.resolve(), known, memory, unsafe)


class Cluster(Executor):
    """The workers behind a Dask scheduler; each thread of theirs runs one experiment at a time.

    A future is pending until its result is there, and can be cancelled all the while: the experiment ends on its
    worker. It raises `WorkerLost` where the worker was lost, `ClusterError` where the experiment can't be begun there.
    """

    def __init__(self, address: str, conditions: Conditions):
        """Connect to a scheduler such as `tcp://192.0.2.7:8786`. Raises `ClusterError`."""
        self.address, self.conditions = address, conditions
        self._client = connected(address)
        self._executor = self._client.get_executor(pure=False)
        self._under_way: WeakSet[Future[Any]] = WeakSet()

    @property
    def threads(self) -> int:
        """How many experiments its workers can run at a time now; more of them may come."""
        return sum(self._client.nthreads().values())

    def submit(self, run: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Do `run(runner, …)` on a worker, with the runner as that one can have it."""
        job = pickle.dumps((run, args, options))
        there = self._executor.submit(remote.carry_out, uuid.uuid4().hex, self.conditions, job)
        here: Future[Any] = Future()
        self._under_way.add(here)
        here.add_done_callback(lambda done: done.cancelled() and there.cancel())
        there.add_done_callback(lambda done: self._pass_on(done, here))
        return here

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; what still runs ends there, for its result has nowhere to go."""
        for future in list(self._under_way):
            future.cancel()
        self._executor.shutdown(wait=False)
        self._client.close()

    def _pass_on(self, there: Future[Any], here: Future[Any]) -> None:
        if not here.set_running_or_notify_cancel():
            return
        try:
            here.set_result(there.result())
        except (Exception, CancelledError) as error:
            here.set_exception(self._meaning(error))

    def _meaning(self, error: BaseException) -> BaseException:
        """Dask's exception as one of ours."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return WorkerLost(remote.LOST)
        if isinstance(error, CancelledError):
            return ClusterError(f"The scheduler at {self.address} is gone. Start one, and resume the run there.")
        if isinstance(error.__cause__, ImportError | AttributeError) and "deserialization" in str(error):
            return ClusterError(
                f"The scheduler at {self.address} or a worker of it has no autoreclab, or another one "
                f"({error.__cause__}). Start them in the same environment as autoreclab."
            )
        return error


def connected(address: str) -> Client:
    """A client of the scheduler. Raises `ClusterError`."""
    try:
        import dask
        import distributed
    except ImportError:
        raise ClusterError(INSTALL) from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong, we say
    dask.config.set(LARGE)
    try:
        return distributed.Client(address, set_as_default=False)
    except (OSError, ValueError, AssertionError) as error:  # the last one for an address without a port
        raise ClusterError(
            f"--scheduler {address}: no Dask scheduler can be reached there ({str(error) or 'no port'}). "
            "Name it as it does itself when it starts, e.g. tcp://192.0.2.7:8786."
        ) from None
