"""The experiments' interpreter, asked what is installed in it: in a process of its own, as isolated as experiments."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autoreclab import sandbox, scripts
from autoreclab.facts import introspection
from autoreclab.lab.places import cache, write_atomically
from autoreclab.sandbox import Level

LIMIT_S = 180.0  # importing LensKit takes 3 to 9 s, and several times as long beside experiments
SOURCE = Path(introspection.__file__)
Question = Mapping[str, Any]


@dataclass(frozen=True)
class Interpreter:
    """Answers questions about installed packages."""

    scratch: Path
    """A folder outside the repository."""
    level: Level = "none"
    """How its processes are isolated."""
    python: str = field(default_factory=sandbox.python)

    def ask(self, question: Question) -> dict[str, Any]:
        """The answer of `introspection`; an empty one where an import ended the process, or took too long."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        files = {SOURCE.name: SOURCE.read_bytes(), "question.json": json.dumps(question).encode()}
        command = [self.python, "-P", SOURCE.name]
        return scripts.answer(command, files, "answer.json", self.scratch, timeout=LIMIT_S, level=self.level) or {}

    def recall(self, question: Question) -> dict[str, Any]:
        """The same, kept in the cache folder for as long as the installed packages are the same."""
        asked = json.dumps([question, self.python, self.versions, SOURCE.read_text(encoding="utf-8")], sort_keys=True)
        path = cache() / "facts" / f"{hashlib.sha256(asked.encode()).hexdigest()[:32]}.json"
        with contextlib.suppress(OSError, ValueError):
            return json.loads(path.read_text(encoding="utf-8"))
        answer = self.ask(question)
        with contextlib.suppress(OSError):  # a cache that can't be written costs time and nothing else
            if answer:
                write_atomically(path, json.dumps(answer).encode())
        return answer

    @property
    def versions(self) -> dict[str, str]:
        """What is installed in it."""
        return _own_versions() if self.python == sys.executable else _versions(self)


@functools.cache
def _own_versions() -> dict[str, str]:
    return introspection.answer({"about": "versions"})


@functools.cache
def _versions(interpreter: Interpreter) -> dict[str, str]:
    return interpreter.ask({"about": "versions"})
