"""Files and datasets that a program reads by names that stand in it."""

from __future__ import annotations

import ast
import os
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from autoreclab.preflight.guards import guarded, identifiers
from autoreclab.preflight.problems import Problem
from autoreclab.settings import nearest

READERS = re.compile(r"read_(csv|table|parquet|json|excel|fwf|feather|pickle)|loadtxt|genfromtxt")
OF_PATHS = ("read_text", "read_bytes")
WRITTEN_BY_LAB = re.compile(r"(results|summary|comparisons)\.csv|metadata\.json|per_user\.parquet|(figures|trials)\b.*")
LISTED = 20


@dataclass(frozen=True)
class There:
    """What a program finds."""

    files: Collection[str]
    """Paths in its folder: data and files of its own."""
    datasets: Collection[str] = ()
    """Names that `lab.load` knows."""

    def has(self, name: str, dataset: bool) -> bool:
        """Is there a file, or also a dataset, of this name?"""
        path = posixpath.normpath(name)
        if dataset and (name in self.datasets or any(name in _stems(file) for file in self.files)):
            return True
        written = WRITTEN_BY_LAB.fullmatch(path)
        return bool(written) or "://" in name or path in self.files or (os.path.isabs(name) and os.path.exists(name))


def unreadable(programs: Mapping[str, ast.Module], there: There) -> list[Problem]:
    """Reads of what isn't there. A name that the programs say elsewhere too, as where they write it, passes."""
    said = [text for tree in programs.values() for text in _texts(tree)]
    if any("chdir" in identifiers(tree) for tree in programs.values()):
        return []
    return [
        Problem(path, line, _sentence(name, dataset, there), _facts(dataset, there))
        for path, tree in programs.items()
        for line, name, dataset in _reads(tree)
        if not there.has(name, dataset) and sum(posixpath.basename(name) in text for text in said) == 1
    ]


def _sentence(name: str, dataset: bool, there: There) -> str:
    what = "dataset or file" if dataset else "file"
    return f"There is no {what} {name!r}.{nearest(name, [*there.files, *(there.datasets if dataset else ())])}"


def _facts(dataset: bool, there: There) -> tuple[str, ...]:
    files = f"files there are: {', '.join(sorted(there.files)[:LISTED])}"
    return (f"datasets that lab.load knows: {', '.join(there.datasets)}", files) if dataset else (files,)


def _reads(tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    """Line and literal name of each read that nothing guards; is it a dataset's?"""
    if guarded(tree):
        return
    if isinstance(tree, ast.Call):
        named = _opened(tree)
        if isinstance(named, ast.Constant) and isinstance(named.value, str) and named.value:
            yield tree.lineno, named.value, _loads(tree)
    for child in ast.iter_child_nodes(tree):
        yield from _reads(child)


def _opened(call: ast.Call) -> ast.expr | None:
    """The name that a call reads from."""
    function, first = call.func, next(iter(call.args), None)
    name = getattr(function, "attr", getattr(function, "id", ""))
    if isinstance(function, ast.Attribute) and name in (*OF_PATHS, "open") and isinstance(function.value, ast.Call):
        made = function.value
        is_path = identifiers(made.func) & {"Path"} and len(made.args) == 1
        reads = name != "open" or _for_reading(first)
        return made.args[0] if is_path and reads else None
    if isinstance(function, ast.Name) and name == "open":
        mode = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "mode"), None)
        return first if _for_reading(mode) else None
    return first if READERS.fullmatch(name) or _loads(call) else None


def _for_reading(mode: ast.expr | None) -> bool:
    return mode is None or (isinstance(mode, ast.Constant) and set(str(mode.value)) <= set("rbt"))


def _loads(call: ast.Call) -> bool:
    """Is it `lab.load(name)`, without a place or options?"""
    function = call.func
    of_lab = isinstance(function, ast.Attribute) and function.attr == "load" and isinstance(function.value, ast.Name)
    return of_lab and identifiers(function) == {"lab", "load"} and len(call.args) == 1 and not call.keywords


def _stems(file: str) -> tuple[str, str]:
    """The names by which `lab.load` finds a file."""
    name = posixpath.basename(file)
    return name, posixpath.splitext(name)[0]


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every text in a program, but for those that are statements, as docstrings are."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Constant) and isinstance(child.value, str) and not isinstance(tree, ast.Expr):
            yield child.value
        yield from _texts(child)
