"""Packages that experiments get beside autoreclab's own: resolved, locked, and built once for all runs that want them.

An environment is an interpreter of its own whose packages lie over those that autoreclab itself imports. Only what is
added is resolved and installed, `lab` runs on exactly the versions that recompute its results, and a torch for CPUs
stays one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoreclab import sandbox
from autoreclab.environments import base, uv
from autoreclab.environments.asked import listed, names
from autoreclab.errors import PackageError
from autoreclab.lab.places import cache

__all__ = ["Lock", "interpreter", "listed", "locked", "names", "resolve"]

MAKING = ".making"  # where an environment is built


@dataclass(frozen=True)
class Lock:
    """What exactly is in an environment."""

    python: str
    """The version that it was resolved for."""
    packages: tuple[str, ...]
    """All that can be imported for the task and for `lab`: `name==version`, or `name @ address`."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `run.yaml` keeps them."""
        return {"python": self.python, "packages": list(self.packages)}


def locked(facts: Mapping[str, Any]) -> Lock | None:
    """What `run.yaml` locks; None for a run whose experiments use autoreclab's own interpreter."""
    found = facts.get("environment")
    return Lock(found["python"], tuple(found["packages"])) if found else None


def resolve(asked: Sequence[str]) -> Lock:
    """Find versions of the packages that were asked for, and of what they need. Raises `PackageError`.

    What `lab` imports has the version that autoreclab has.
    """
    with tempfile.TemporaryDirectory(prefix="autoreclab-resolve-") as place:
        folder = Path(place)
        (folder / "asked.txt").write_text("".join(f"{line}\n" for line in asked))
        (folder / "base.txt").write_text("".join(f"{line}\n" for line in base.requirements(folder)))
        uv.run(["pip", "compile", "--quiet", "--no-annotate", "--no-header", "--python", sys.executable,
                "--output-file", "lock.txt", "asked.txt", "base.txt"], folder)  # fmt: skip
        lines = (folder / "lock.txt").read_text().splitlines()
    own = base.versions()
    added = [line for line in lines if base.key(line) not in own]
    packages = sorted([*added, *(f"{name}=={version}" for name, version in own.items())], key=base.key)
    return Lock(platform.python_version(), tuple(packages))


def interpreter(lock: Lock | None, tell: Callable[[str], None] = lambda line: None) -> str:
    """The interpreter of an environment, built first where it isn't yet; autoreclab's own without a lock.

    `tell` gets lines for people while it is built. Raises `PackageError`; then, and when it is killed, there is none.
    """
    if not lock:
        return sandbox.python()
    added = base.beyond(lock.packages)
    place = cache() / "environments" / _name(added)
    python = place / "bin" / "python"
    if not python.exists():
        with _alone(place.parent) as held:
            if not python.exists():
                tell(f"Building an environment of {len(added)} packages, once: {place}")
                if lock.python != platform.python_version():
                    tell(f"It was locked with Python {lock.python}; here is {platform.python_version()}.")
                _build(added, place.parent / MAKING, tell, held)
                (place.parent / MAKING).rename(place)
    return str(python)


def _build(added: Sequence[str], place: Path, tell: Callable[[str], None], held: int) -> None:
    """Make an environment here, over autoreclab's own packages."""
    shutil.rmtree(place, ignore_errors=True)
    folder, python = place.parent, f"{MAKING}/bin/python"
    uv.run(["venv", "--quiet", "--no-project", "--relocatable", "--python", sys.executable, MAKING], folder, held=held)
    (place / "lock.txt").write_text("".join(f"{line}\n" for line in added))
    uv.run(["pip", "install", "--no-deps", "--compile-bytecode", "--link-mode", "copy", "--python", python,
            "--requirements", f"{MAKING}/lock.txt"], folder, tell, held)  # fmt: skip
    packages = next(place.glob("lib/python*/site-packages"))
    (packages / "autoreclab-base.pth").write_text("".join(f"{path}\n" for path in base.paths()))


def _name(added: Sequence[str]) -> str:
    """What an environment's folder is called: a hash of all that decides what is in it."""
    version = f"{platform.python_implementation()} {platform.python_version()}"
    content = [added, version, sysconfig.get_platform(), sys.base_prefix, base.paths()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:20]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Hold the folder of all environments; the lock dies with its process and the uv that it started."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise PackageError(f"{folder} can't be made: {error.strerror}. Set AUTORECLAB_CACHE to another.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
