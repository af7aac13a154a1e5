"""Complete programs, wrong and right, each saying in its docstring what must be found; and a harness that runs them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from autoreclab import data
from autoreclab.audits import audit
from autoreclab.evidence import Evidence
from autoreclab.nodes import Execution, Finding
from autoreclab.plan import Design, Factor
from autoreclab.running import Runner
from autoreclab.task import Task
from autoreclab.workspace import Workspace

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Program:
    """One of the programs, and what its docstring says below `---`, as YAML."""

    name: str
    files: dict[str, bytes]
    says: dict[str, Any]
    """caught (names of findings), warns (of warnings), data, design, timeout, ends (a status), binds (false: warns)."""

    @property
    def caught(self) -> list[str]:
        return _list(self.says.get("caught", []))

    @property
    def data(self) -> list[str]:
        """`simulated`, `ml-100k`, or `plays`, a table."""
        return _list(self.says.get("data", "simulated"))

    @property
    def design(self) -> Design:
        given = self.says["design"]
        factors = tuple(Factor(name=name, levels=tuple(levels)) for name, levels in given.get("factors", {}).items())
        named = {"datasets": given.get("datasets", self.data), "metrics": given.get("metrics", [])}
        return Design(**{**given, **named, "factors": factors})


def programs(kind: str) -> list[Program]:
    """The programs of a folder: `<name>.py`, or `<name>/solution.py` and what lies beside it."""
    places = [path for path in sorted((FOLDER / kind).iterdir()) if path.suffix == ".py" or _is_program(path)]
    return [_read(place) for place in places]


def documented() -> dict[str, bool]:
    """Every finding in `docs/audits.md`, and whether it binds."""
    table = (FOLDER.parent / "docs" / "audits.md").read_text("utf-8")
    return {name: kind == "error" for name, kind in re.findall(r"^\| `([a-z-]+)` \| (error|warning) \|", table, re.M)}


def run(program: Program, entries: list[str], place: Path) -> tuple[Execution, tuple[Finding, ...], Evidence]:
    """Run a program as a node of a search; what happened, all findings, and the evidence."""
    found = data.find(entries, Task("corpus", "Corpus", ""))
    scratch = place / "scratch"
    scratch.mkdir()
    timeout = program.says.get("timeout", 120.0)
    runner = Runner(found, scratch, timeout, 10_000_000, Workspace.create(place / "workspace").bulk)
    outputs, execution = runner.run(program.name, program.files)
    evidence = Evidence(program.design, execution, program.files, outputs, found.facts)
    return execution, (*execution.problems, *audit(evidence)), evidence


def _is_program(path: Path) -> bool:
    return (path / "solution.py").is_file()


def _read(place: Path) -> Program:
    paths = [place] if place.is_file() else [path for path in sorted(place.rglob("*")) if path.is_file()]
    files = {"solution.py" if place.is_file() else str(path.relative_to(place)): path.read_bytes() for path in paths}
    docstring = ast.get_docstring(ast.parse(files["solution.py"])) or ""
    return Program(place.stem, files, yaml.safe_load(docstring.partition("\n---\n")[2]))


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
