"""What of this machine an experiment may read: interpreter, packages, system libraries."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import autoreclab

SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin")
ETC = (
    "alternatives", "ca-certificates", "fonts", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime",
    "nsswitch.conf", "passwd", "pki", "ssl/certs", "ssl/openssl.cnf", "timezone",
)  # fmt: skip
PROCESSORS = "/sys/devices/system"  # libraries count cores and caches there
PACKAGE = Path(autoreclab.__file__).resolve().parent
NETWORK = ("/etc/hosts", "/etc/resolv.conf", "/etc/services", "/etc/host.conf", "/etc/gai.conf")
PLACES = "import json, sys; print(json.dumps([sys.prefix, sys.exec_prefix, sys.base_prefix, *sys.path]))"


def readable(python: str, network: bool) -> list[str]:
    """Files and folders that a program of that interpreter may read, those that exist."""
    places = [*(f"/etc/{name}" for name in ETC), PROCESSORS, *interpreter(python)]
    if network:
        places += [*NETWORK, *filter(None, [os.environ.get("SSL_CERT_FILE")])]
    return [place for place in places if os.path.exists(place)]


def system() -> list[str]:
    """The system's own folders, of which some may be links."""
    return [place for place in SYSTEM if os.path.lexists(place)]


@functools.cache
def interpreter(python: str) -> tuple[str, ...]:
    """The folders from which an interpreter imports, and autoreclab's package.

    Of a folder that holds the package itself, an editable install's, nothing else is shown: a workspace may lie there.
    """
    command = [python, "-P", "-c", PLACES]
    variables = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    found = json.loads(subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout)
    named = [Path(place) for place in found if os.path.isdir(place)]
    binary = Path(python).resolve().parent.parent
    folders = {place for path in (*named, binary) for place in (path, path.resolve()) if shown(path)}
    return tuple(_outermost({*folders, PACKAGE}))


def shown(path: Path) -> bool:
    """May experiments see a folder of the interpreter's whole? Not the source beside the package, and not the home."""
    if path.name in ("site-packages", "dist-packages"):
        return True
    return path.resolve() != PACKAGE.parent and not Path.home().resolve().is_relative_to(path.resolve())


def _outermost(paths: Iterable[Path]) -> list[str]:
    """The paths that lie in none of the others, nor in the system's folders."""
    chosen: list[Path] = []
    for path in sorted(paths, key=lambda path: len(path.parts)):
        if not any(path.is_relative_to(other) for other in (*chosen, *map(Path, SYSTEM))):
            chosen.append(path)
    return [str(path) for path in chosen]
