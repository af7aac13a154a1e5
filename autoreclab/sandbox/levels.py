"""Which walls this machine allows, found out by standing behind them: installed does not mean allowed."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autoreclab.errors import SandboxError
from autoreclab.sandbox import bubblewrap, landlock
from autoreclab.sandbox.process import Level, python, run

PROBE_S = 60.0
PROBE = (python(), "-c", "import autoreclab.errors; print('inside')")
ADVICE = (
    "Install bubblewrap (in a container, allow it user namespaces), or use a kernel with Landlock, 6.2 or later. "
    "--unsafe runs experiments with your files and network in their reach."
)


def strongest(unsafe: bool = False, place: Path | None = None) -> Level:
    """The strongest level that this machine allows. Raises `SandboxError` where there is none, unless `unsafe`.

    It is tried in a folder that is made in `place`, for whoever wants to know where a killed process leaves it.
    """
    return choose(hindrances(place), unsafe)


def choose(hindered: Mapping[Level, str], unsafe: bool) -> Level:
    """The first level that nothing hinders; `none` only where that is wanted."""
    for level, reason in hindered.items():
        if not reason:
            return level
    if unsafe:
        return "none"
    reasons = "; ".join(f"{level}: {reason}" for level, reason in hindered.items())
    raise SandboxError(f"Experiments can't be isolated here ({reasons}). {ADVICE}")


@functools.cache
def hindrances(place: Path | None = None) -> Mapping[Level, str]:
    """Per level, the strongest first, why it can't be had; empty where it can."""
    return {"bubblewrap": _hindrance("bubblewrap", place), "landlock": _hindrance("landlock", place)}


def _hindrance(level: Level, place: Path | None) -> str:
    if level == "bubblewrap" and not bubblewrap.installed():
        return "bwrap isn't installed"
    if level == "landlock" and (missing := landlock.missing()):
        return missing
    return _failure(level, place)


def _failure(level: Level, parent: Path | None) -> str:
    """What goes wrong when a small program runs at that level; empty when nothing does."""
    with tempfile.TemporaryDirectory(prefix="autoreclab-probe-", dir=parent) as place:
        folder, log = Path(place, "folder"), Path(place, "log.txt")
        folder.mkdir()
        try:
            outcome = run(PROBE, folder, log, timeout=PROBE_S, variables={}, level=level)
        except SandboxError as error:
            return str(error)
        said = log.read_text(errors="replace").strip()
        return "" if outcome.exit == 0 and said == "inside" else said.rpartition("\n")[2] or f"exit {outcome.exit}"
