"""What would make a program crash, found without running it: in its text, and in the modules that it imports."""

from __future__ import annotations

import ast
import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from autoreclab.preflight.opened import There, unreadable
from autoreclab.preflight.problems import Problem
from autoreclab.preflight.undefined import undefined
from autoreclab.preflight.uses import Use, uses

__all__ = ["ASKED", "FOUND", "SCRIPT", "Preflight", "Problem", "There"]

PROGRAM = "solution.py"
SCRIPT = Path(__file__).with_name("introspection.py")
ASKED, FOUND = "asked.json", "found.json"
MOST = 20  # problems that are told at a time
Introspect = Callable[[Mapping[str, bytes]], Mapping[str, Any] | None]
"""Runs `introspection.py` beside these files in experiments' interpreter; what it found, None where it failed."""


class Preflight:
    """Checks programs before they run; what it learned of modules it doesn't ask again."""

    def __init__(self, introspect: Introspect):
        self.introspect = introspect
        self._known: dict[Use, Mapping[str, Any] | None] = {}

    def check(self, files: Mapping[str, str], there: There) -> tuple[Problem, ...]:
        """What would make a program of these files crash, as far as that is certain; nothing of it is executed."""
        programs = {path: text for path, text in files.items() if path.endswith(".py")}
        trees = {path: tree for path, text in programs.items() if (tree := parsed(text))}
        if PROGRAM not in files or (PROGRAM in trees and not acts(trees[PROGRAM])):
            return (Problem(PROGRAM, 0, "The program does nothing: it has no statement that is run."),)
        found = self._introspected(programs, trees)
        found += [problem for path, tree in trees.items() for problem in undefined(path, files[path], tree)]
        found += unreadable(trees, dataclasses.replace(there, files={*there.files, *files}))
        return tuple(sorted({(p.path, p.line, p.sentence): p for p in found}.values()))[:MOST]

    def _introspected(self, programs: Mapping[str, str], trees: Mapping[str, ast.Module]) -> list[Problem]:
        """What experiments' interpreter says of the programs and of what they use."""
        local = modules(programs)
        used = [(path, line, use) for path, tree in trees.items() for line, use in uses(tree, local)]
        wanted = [use for use in dict.fromkeys(use for _, _, use in used) if use not in self._known]
        broken = {path: text for path, text in programs.items() if path not in trees}
        found: list[Problem] = []
        if wanted or broken:
            asked = {"programs": broken, "uses": [dataclasses.asdict(use) for use in wanted]}
            answer = self.introspect({SCRIPT.name: SCRIPT.read_bytes(), ASKED: json.dumps(asked).encode()})
            if answer:
                self._known |= dict(zip(wanted, answer["uses"], strict=True))
                found += [Problem(path, **error) for path, error in answer["broken"].items() if error]
        wrong = [(path, line, wrong) for path, line, use in used if (wrong := self._known.get(use))]
        return found + [Problem(path, line, what["sentence"], tuple(what["facts"])) for path, line, what in wrong]


def parsed(text: str) -> ast.Module | None:
    """The program's tree; None where it isn't Python, or a newer one than ours."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def acts(tree: ast.Module) -> bool:
    """Is there a statement other than texts and `pass`?"""
    return any(not isinstance(node, ast.Pass) and not _is_text(node) for node in tree.body)


def modules(paths: Iterable[str]) -> set[str]:
    """The modules that these files are, by the first part of their names."""
    return {path.partition("/")[0].removesuffix(".py") for path in paths}


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
