"""The door to experiments: processes behind the strongest walls there are, bounded in all they use."""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Mapping

from autoreclab.sandbox.bounds import SHARE_OF_MACHINE, Bounds, Excess, machine_memory
from autoreclab.sandbox.levels import hindrances, strongest
from autoreclab.sandbox.process import HOME, Level, Outcome, cores, environment, python, run, stop, threads, until

__all__ = [
    "HOME", "SHARE_OF_MACHINE", "Bounds", "Excess", "Level", "Outcome", "cores", "environment", "hindrances",
    "machine_memory", "packages", "python", "run", "stop", "strongest", "threads", "until",
]  # fmt: skip


VERSIONS = """
import importlib.metadata, json, sys
def version(name):
    try: return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError: return None
found = {name: version(name) for name in sys.argv[1:]}
print(json.dumps({name: version for name, version in found.items() if version}))
"""


@functools.cache
def packages(names: tuple[str, ...], interpreter: str) -> Mapping[str, str]:
    """The versions of those packages that are installed in an interpreter, which tells them itself."""
    command = [interpreter, "-P", "-c", VERSIONS, *names]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
