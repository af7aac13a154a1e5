"""The door to uv, which finds and installs packages."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from autoreclab.errors import PackageError

# no key of a model's is for the code by which a package builds itself
VARIABLES = (
    "HOME", "PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "NETRC", "SSH_AUTH_SOCK", "CC", "CXX", "CFLAGS",
    "CXXFLAGS", "LDFLAGS", "CUDA_HOME",
)  # fmt: skip
PREFIXES = ("UV_", "XDG_", "SSL_CERT_", "CARGO_", "RUSTUP_", "GIT_SSH", "HTTP_", "HTTPS_", "ALL_PROXY", "NO_PROXY")
FRAME = re.compile(r"[×╰─▶│├]|^\s*(error|cause):|No solution found when resolving dependencies:?", re.MULTILINE)
REASON = 1500  # characters of what uv said
ADVICE = "lab keeps the packages that autoreclab has, in their versions. docs/environments.md says what to do."


def binary() -> str:
    """Where uv is. Raises `PackageError`."""
    try:
        import uv

        return uv.find_uv_bin()
    except (ImportError, FileNotFoundError):
        raise PackageError("uv, which builds environments, isn't installed. Install it: pip install uv") from None


def hindrance() -> str:
    """Why no environment can be built here; empty where uv is there."""
    try:
        binary()
    except PackageError as error:
        return str(error)
    return ""


def run(
    arguments: Sequence[str],
    folder: Path,
    tell: Callable[[str], None] = lambda line: None,
    held: int | None = None,
) -> None:
    """Run uv in a folder, and tell what it says as it says it. Raises `PackageError` with its reason.

    `held` is a descriptor that stays open until uv has ended, even where this process ends before.
    """
    command = [binary(), "--no-progress", "--color", "never", "--no-python-downloads", *arguments]
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace", pass_fds=() if held is None else (held,),
    ) as process:  # fmt: skip
        assert process.stderr
        for line in process.stderr:
            said.append(line)
            if line.startswith(("Prepared", "Installed", "Downloading", "Building", "Built", "Bytecode")):
                tell(line.strip())
    if process.returncode:
        raise PackageError(f"The environment's packages can't be had: {reason(''.join(said))} {ADVICE}")


def reason(said: str) -> str:
    """Why uv failed, in one line."""
    found = re.search(r"^\s*(error:|×)", said, re.MULTILINE)
    text = FRAME.sub(" ", said[found.start() :] if found else said)
    text = " ".join(text.split()) or "uv gave no reason."
    return text if len(text) <= REASON else text[:REASON] + "…"


def _environment() -> dict[str, str]:
    """The variables that uv sees: settings of its own, proxies, certificates, compilers."""
    kept = (*VARIABLES, *(name for name in os.environ if name.upper().startswith(PREFIXES)))
    return {name: os.environ[name] for name in kept if name in os.environ}
