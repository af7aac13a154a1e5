"""The program as its users run it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "autoreclab"]
VOLATILE = ("commit", "parents", "execution", "seconds")


def autoreclab(*arguments: str, cwd: Path, variables: Mapping[str, str] | None = None, text: str = "") -> Any:
    """Run a command to its end; its exit status, output and errors."""
    environment = os.environ | dict(variables or {})
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def begun(*arguments: str, cwd: Path, variables: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a command and return while it runs."""
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=os.environ | dict(variables or {}), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def shape(cwd: Path, run: str) -> list[dict[str, Any]]:
    """What must be equal in two equal searches: files, parents, operators, verdicts, metrics; not hashes and times."""
    tree = json.loads(autoreclab("tree", run, "--json", cwd=cwd).stdout)
    names = {node["commit"]: node["node"] for node in tree["nodes"]}
    result = []
    for node in tree["nodes"]:
        facts = {key: value for key, value in (node["execution"] or {}).items() if key not in ("seconds", "peak_mb")}
        kept = {key: value for key, value in node.items() if key not in VOLATILE}
        kept.pop("tree")
        kept["spent"] = {role: usage | {"seconds": None} for role, usage in kept.pop("spent").items()}
        kept.pop("usage")
        result.append(kept | {"parents": [names[parent] for parent in node["parents"]], "execution": facts})
    return result


def git(place: Path, *arguments: str) -> str:
    """Plain git, as a person with an identity runs it."""
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-C", str(place), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
