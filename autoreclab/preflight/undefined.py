"""Names that a program uses and never defines, and formats that don't fit their arguments, as ruff finds them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from autoreclab.preflight.problems import Problem

# undefined and used before their definition; % and str.format with other arguments than they need
RULES = ("F821", "F823", "F501", "F502", "F503", "F505", "F506", "F507", "F508", "F509", "F521", "F524", "F525")
DEFINING = ("exec(", "globals()")


def undefined(programs: Mapping[str, ast.Module], place: Path) -> list[Problem]:
    """What ruff finds in these programs, which lie in a folder; nothing where ruff fails."""
    if not programs:
        return []
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--ignore-noqa", "--quiet"]
    command += ["--select", ",".join(RULES), "--output-format", "json", "--", *programs]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout) if done.returncode in (0, 1) and done.stdout else []
    return [problem for problem in map(lambda one: _problem(one, place), found) if _counts(problem, programs, place)]


def _problem(found: Mapping, place: Path) -> Problem:
    path = Path(found["filename"]).relative_to(place.resolve())
    return Problem(path.as_posix(), found["location"]["row"], f"{found['message'].rstrip('.')}.")


def _counts(problem: Problem, programs: Mapping[str, ast.Module], place: Path) -> bool:
    """Would it crash? Not in an annotation that is never evaluated, nor where names are defined by code."""
    text = (place / problem.path).read_text(encoding="utf-8")
    never = {(line, f"Undefined name `{name}`.") for line, name in _never_evaluated(programs[problem.path])}
    return (problem.line, problem.sentence) not in never and not any(word in text for word in DEFINING)


def _never_evaluated(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names in annotations that stay text, with their lines."""
    nodes = list(ast.walk(tree))
    postponed = any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" and
        any(alias.name == "annotations" for alias in node.names) for node in nodes
    )  # fmt: skip
    local = {id(inner) for node in nodes if isinstance(node, ast.FunctionDef) for inner in ast.walk(node)}
    for node in nodes:
        annotation = getattr(node, "returns", None) or getattr(node, "annotation", None)
        whole = postponed or (isinstance(node, ast.AnnAssign) and id(node) in local)
        for part in ast.walk(annotation) if annotation else ():
            if isinstance(part, ast.Name) and whole:
                yield part.lineno, part.id
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield from ((part.lineno, name) for name in _words(part.value))


def _words(text: str) -> list[str]:
    return "".join(character if character.isidentifier() or character.isdigit() else " " for character in text).split()
