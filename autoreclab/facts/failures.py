"""What a failing program's traceback is about: the line of the program, the names of libraries, their source lines."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autoreclab.facts import wording
from autoreclab.facts.interpreter import Interpreter
from autoreclab.facts.library import MODULES, SUCCESSORS

BUDGET = 4_000  # characters, about 1,000 tokens
MOST_SYMBOLS = 6
LONGEST_STATEMENT = 12  # lines
STANDARD = sys.stdlib_module_names
FRAME = re.compile(r'^ +File "(?P<file>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$', re.M)
MESSAGE = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*)(?:: (?P<text>.*))?$", re.M)
PATHS = (
    re.compile(r"module '(?P<above>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    re.compile(r"No (?P<above>[\w.]+) attribute (?P<name>\w+)"),  # of a module that loads lazily
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<above>[\w.]+)'"),
    re.compile(r"No module named '(?P<above>[\w.]+)'(?P<name>)"),
)
NAMES = (
    re.compile(r"'(?P<above>\w+)' object has no attribute '(?P<name>\w+)'"),
    re.compile(r"type object '(?P<above>\w+)' has no attribute '(?P<name>\w+)'"),
    re.compile(r"(?:^|: )(?P<above>\w+(?:\.\w+)*?)(?:\.__init__)?\(\) (?:got|missing|takes)(?P<name>)"),
    re.compile(r"name '(?P<above>\w+)' is not defined(?P<name>)"),
    re.compile(r"validation errors? for (?P<above>\w+)(?P<name>)"),
)


@dataclass(frozen=True)
class Failure:
    """A traceback, read."""

    kind: str
    """The exception's class, e.g. `KeyError`."""
    message: str
    place: tuple[str, int, str] | None
    """File, line and function of the program, where the traceback leads through it."""
    frames: tuple[tuple[str, int], ...]
    """Files and lines of libraries below the program's."""


def read(log: str, program: Mapping[str, str]) -> Failure | None:
    """The last traceback of a log; None where there is none."""
    _, found, text = log.rpartition("Traceback (most recent call last):")
    frames = list(FRAME.finditer(text))
    if not found or not frames:
        return None
    message = MESSAGE.search(text, frames[-1].end())
    own = [number for number, frame in enumerate(frames) if frame["file"] in program]
    last = frames[own[-1]] if own else None
    below = frames[own[-1] + 1 :] if own else frames
    return Failure(
        message["kind"].rpartition(".")[2] if message else "",
        text[message.start() :][:2_000] if message else "",
        (last["file"], int(last["line"]), last["function"] or "<module>") if last else None,
        tuple((frame["file"], int(frame["line"])) for frame in (*below[:1], *below[1:][-1:])),
    )


def found(interpreter: Interpreter, log: str, program: Mapping[str, str]) -> list[wording.Fact]:
    """What the libraries of a traceback say of themselves, most needed first; nothing where there is no traceback."""
    failure = read(log, program)
    if failure is None:
        return []
    statement = Statement.at(failure.place, program) if failure.place else None
    facts = [*((statement.fact,) if statement else ()), *columns(failure, log)]
    own = {path.removesuffix(".py").partition("/")[0] for path in program}
    if asked := question(failure, statement, own):
        answer = interpreter.ask(asked)
        facts += [
            wording.absence(each) if "absent" in each else wording.thing(each) for each in answer.get("symbols", ())
        ]
        facts += [wording.frame(each) for each in answer.get("frames", ())]
    return facts


def columns(failure: Failure, log: str) -> list[wording.Fact]:
    """What the columns of lab's tables are called, where one was asked for that a table doesn't have."""
    if failure.kind != "KeyError" or "pandas" not in log:
        return []
    from autoreclab.lab.tables import COLUMNS

    return [(f"The tables of lab have the columns {', '.join(COLUMNS)} (the last two where the data has them).",)]


def question(failure: Failure, statement: Statement | None, own: Collection[str] = ()) -> dict[str, Any] | None:
    """What to ask the experiments' interpreter; None where no library is concerned, but the program's `own` modules."""
    used = statement.paths if statement else []
    paths = [*(path for path in _named(PATHS, failure.message) if path.partition(".")[0] not in own), *used]
    paths = [path for path in dict.fromkeys(paths) if not any(other.startswith(f"{path}.") for other in paths)]
    packages = list(statement.packages) if statement else []
    if failure.kind == "NameError":
        packages += ["lenskit", "autoreclab.lab"]
    concerned = {path.partition(".")[0] for path in (*paths, *packages)}
    names = _first_of(used, list(_named(NAMES, failure.message)))
    if not (paths or names or failure.frames):
        return None
    return {
        "about": "failure", "modules": list(MODULES) if "lenskit" in concerned else [], "packages": packages,
        "paths": paths[:MOST_SYMBOLS], "names": names, "frames": [list(frame) for frame in failure.frames],
        "successors": SUCCESSORS,
    }  # fmt: skip


def _named(patterns: Sequence[re.Pattern[str]], message: str) -> Iterator[str]:
    for pattern in patterns:
        for match in pattern.finditer(message):
            yield ".".join(filter(None, (match["above"], match["name"])))


def _first_of(paths: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names that no path of the failing statement already ends in."""
    return [name for name in dict.fromkeys(names) if not any(f".{path}".endswith(f".{name}") for path in paths)]


@dataclass(frozen=True)
class Statement:
    """The statement of the program in which it failed."""

    where: str
    source: str
    paths: list[str]
    """What it uses of imported modules, by dotted names."""
    packages: tuple[str, ...]
    """The modules that the program imports from."""

    @classmethod
    def at(cls, place: tuple[str, int, str], program: Mapping[str, str]) -> Statement | None:
        """The innermost statement at a line, None where the file can't be read so far."""
        file, line, function = place
        try:
            tree = ast.parse(program[file])
        except (SyntaxError, ValueError):
            return None
        found = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and _covers(node, line)]
        if not found:
            return None
        inner = max(found, key=lambda node: node.lineno)
        last = min((inner.end_lineno or line), max(line, inner.lineno + LONGEST_STATEMENT - 1))
        lines = program[file].splitlines()[inner.lineno - 1 : last]
        own = {*STANDARD, *(path.removesuffix(".py").partition("/")[0] for path in program)}
        imports = {name: path for name, path in _imports(tree).items() if path.partition(".")[0] not in own}
        where = f"{file}, line {line}, in {function}"
        return cls(where, "\n".join(lines[-LONGEST_STATEMENT:]), _paths(inner, imports), _packages(imports))

    @property
    def fact(self) -> wording.Fact:
        return (f"The line that failed, {self.where}:\n{self.source}",)


def _covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _imports(tree: ast.AST) -> dict[str, str]:
    """The dotted names that the names of a program stand for."""
    statements = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {name: path for statement in statements for name, path in _imported(statement).items()}


def _imported(statement: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """What one import binds; `import a.b` is taken to bind `a.b`, which is what it is about."""
    if isinstance(statement, ast.ImportFrom):
        return {a.asname or a.name: f"{statement.module}.{a.name}" for a in statement.names if not statement.level}
    return {alias.asname or alias.name: alias.name for alias in statement.names}


def _packages(imports: Mapping[str, str]) -> tuple[str, ...]:
    """Where to look for classes and functions that are called by their names alone."""
    tops = dict.fromkeys("autoreclab.lab" if path.startswith("autoreclab") else path.partition(".")[0]
                         for path in imports.values())  # fmt: skip
    return tuple(tops)


def _paths(statement: ast.stmt, imports: Mapping[str, str]) -> list[str]:
    """The dotted names that a statement uses, without the statements inside it."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [path for path in _imported(statement).values() if path in imports.values()]
    return list(dict.fromkeys(_chains(statement, imports)))


def _chains(node: ast.AST, imports: Mapping[str, str]) -> Iterator[str]:
    """Names such as `lab.train` and `np.random.default_rng`, in the order in which they stand."""
    dotted = _dotted(node, imports)
    if dotted:
        yield dotted
        return
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt):
            yield from _chains(child, imports)


def _dotted(node: ast.AST, imports: Mapping[str, str]) -> str:
    """The dotted name that an expression is; empty where it is none of an imported module."""
    if isinstance(node, ast.Name):
        whole = any(name.startswith(f"{node.id}.") for name in imports)  # of `import a.b`
        return imports.get(node.id, node.id if whole else "")
    if isinstance(node, ast.Attribute) and (above := _dotted(node.value, imports)):
        return f"{above}.{node.attr}"
    return ""
