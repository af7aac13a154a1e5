"""The door to experiments: processes behind the strongest walls there are, bounded in all they use."""

from __future__ import annotations

from collections.abc import Sequence

from autoreclab.sandbox.bounds import SHARE_OF_MACHINE, Bounds, Excess, machine_memory
from autoreclab.sandbox.levels import hindrances, strongest
from autoreclab.sandbox.process import HOME, Level, Outcome, cores, environment, python, run, stop, threads, until

__all__ = [
    "HOME", "SHARE_OF_MACHINE", "Bounds", "Excess", "Level", "Outcome", "cores", "environment", "hindrances",
    "machine_memory", "packages", "python", "run", "stop", "strongest", "threads", "until",
]  # fmt: skip


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
