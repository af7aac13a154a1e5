"""Names that a program uses and never defines, and formats that don't fit their arguments, as ruff finds them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator

from autoreclab.preflight.problems import Problem

# undefined and used before their definition; % and str.format with other arguments than they need
RULES = ("F821", "F823", "F501", "F502", "F503", "F505", "F506", "F507", "F508", "F509", "F521", "F524", "F525")
DEFINING = ("exec(", "globals()")


def undefined(path: str, text: str, tree: ast.Module) -> list[Problem]:
    """What ruff finds in a program; nothing where ruff fails."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--ignore-noqa", "--quiet"]
    command += ["--select", ",".join(RULES), "--output-format", "json", "--stdin-filename", "program.py", "-"]
    done = subprocess.run(command, input=text.encode(errors="replace"), capture_output=True, check=False)
    found = json.loads(done.stdout) if done.returncode in (0, 1) and done.stdout else []
    problems = [Problem(path, one["location"]["row"], f"{one['message'].rstrip('.')}.") for one in found]
    return [problem for problem in problems if _counts(problem, text, tree)]


def _counts(problem: Problem, text: str, tree: ast.Module) -> bool:
    """Would it crash? Not in an annotation that is never evaluated, nor where names are defined by code."""
    never = {(line, f"Undefined name `{name}`.") for line, name in _never_evaluated(tree)}
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
