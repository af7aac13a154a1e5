"""What installed packages say of themselves. Runs as a file in any interpreter: nothing but the standard library.

`python introspection.py` answers the question in `question.json` of the current folder by `answer.json` beside it. It
imports packages that are installed, and never a program.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import itertools
import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
MODULES = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=\w)")  # before a type's name: `lenskit.data.` of `lenskit.data.ItemList`
BOUND = re.compile(r"Annotated\[(\w+), \w+\([^()]*\)\]")  # `Annotated[int, Gt(gt=0)]`
LONGEST = 80  # characters of a default or a type, else it is left out
NEAR, ALIKE = 3, 0.6  # names offered for one that doesn't exist, and how much alike they are at least (difflib)
ABOVE = 2  # lines shown above the one that a frame names
Described = dict[str, Any]


def answer(question: Mapping[str, Any]) -> Described:
    """Answer about modules, about the names and frames of a traceback, or about what is installed."""
    return {"modules": api, "failure": failure, "versions": versions}[question["about"]](question)


def versions(_: Mapping[str, Any]) -> dict[str, str]:
    """The versions of what is installed, by the names of distributions."""
    return {name: each.version for each in importlib.metadata.distributions() if (name := each.metadata["Name"])}


# What modules offer


def api(question: Mapping[str, Any]) -> Described:
    """The public functions and classes of `modules`, what `paths` name beside them, and why modules can't be used."""
    found: dict[int, Described] = {}
    unusable: dict[str, str] = {}
    for name in question["modules"]:
        try:
            module = importlib.import_module(name)
        except Exception as error:
            unusable[name] = f"{type(error).__name__}: {error}"
            continue
        for path, thing in public(module):
            if callable(thing):
                found.setdefault(id(thing), described(path, thing))
    beside = [each for path in question["paths"] if (each := resolved(path, {})) and "absent" not in each]
    return {"things": [*found.values(), *beside], "unusable": unusable}


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module declares as its own, by dotted name; without a declaration what is defined in it or below."""
    declared = getattr(module, "__all__", ())
    declared = [declared] if isinstance(declared, str) else declared
    for name in sorted(declared or vars(module)):
        with contextlib.suppress(Exception):
            thing = getattr(module, name)
            home = getattr(thing, "__module__", None) or ""
            own = declared or f"{home}.".startswith(f"{module.__name__}.")
            if own and name[0] != "_" and not isinstance(thing, ModuleType):
                yield f"{module.__name__}.{name}", thing


def described(path: str, thing: Any) -> Described:
    """A thing's signature and documentation; a class's methods, and its settings where it has a class for them."""
    if isinstance(thing, ModuleType):
        return {"path": path, "kind": "module", "members": [name.rpartition(".")[2] for name, _ in public(thing)]}
    if thing is inspect.Parameter.empty:  # an attribute of a class's instances
        return {"path": path, "kind": "value"}
    if not inspect.isclass(thing):
        return {"path": path, "kind": "function" if callable(thing) else "value"} | documented(thing)
    entry = {"path": path, "kind": "class", "members": sorted(members(thing))} | documented(thing)
    config = configuration(thing)
    if config is None:
        return entry
    unknown = getattr(config, "model_config", {}).get("extra") or "ignore"
    return entry | {"settings": settings(config), "config": config.__name__, "unknown": unknown}


def documented(thing: Any) -> Described:
    """Its signature and the first paragraph of its documentation."""
    own = inspect.isclass(thing) or inspect.isroutine(thing)
    return {"signature": signature(thing), "doc": unmarked((inspect.getdoc(thing) if own else "") or "")}


def members(kind: type) -> dict[str, Any]:
    """The public attributes and methods of a class, those aside that every model of pydantic's has."""
    common = {name for base in kind.__mro__ if base.__module__.startswith("pydantic.") for name in vars(base)}
    annotated = {name: None for base in kind.__mro__ for name in vars(base).get("__annotations__", {})}
    names = {*dir(kind), *annotated} - common
    return {name: getattr(kind, name, inspect.Parameter.empty) for name in names if not name.startswith("_")}


def signature(thing: Any) -> str:
    """Parameters with their types and defaults; empty where they can't be known."""
    try:
        parsed = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    parts, starred = [], False
    for each in parsed.parameters.values():
        if each.kind is each.KEYWORD_ONLY and not starred:
            parts.append("*")
        starred = starred or each.kind in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        if each.name not in ("self", "cls") and not each.name.startswith("_"):
            parts.append(_parameter(each))
    returned = "" if inspect.isclass(thing) else worded(parsed.return_annotation)
    return f"({', '.join(parts)})" + (f" -> {returned}" if returned else "")


def _parameter(each: inspect.Parameter) -> str:
    name = "*" * (each.kind is each.VAR_POSITIONAL) + "**" * (each.kind is each.VAR_KEYWORD) + each.name
    kind = worded(each.annotation)
    typed = f"{name}: {kind}" if kind else name
    if each.default is each.empty:
        return typed
    return f"{typed} = {value(each.default)}" if kind else f"{typed}={value(each.default)}"


def worded(annotation: Any) -> str:
    """A type in words, without its modules; empty where there is none, or it is too long to help."""
    if annotation is inspect.Parameter.empty:
        return ""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = BOUND.sub(r"\1", MODULES.sub("", ADDRESS.sub("", text)))
    return text if len(text) <= LONGEST else ""


def value(thing: Any) -> str:
    """A default as it is written."""
    text = "…" if type(thing) is object else ADDRESS.sub("", repr(thing))
    if isinstance(thing, (set, frozenset)) and thing:  # whose order changes from process to process
        text = f"{{{', '.join(sorted(map(repr, thing)))}}}"
    text = MODULES.sub("", text) if text.startswith("<") else text
    return text if len(text) <= LONGEST and "\n" not in text else "…"


def unmarked(text: str) -> str:
    """The first paragraph of a documentation, on one line, without the marks of reStructuredText."""
    first = re.split(r"\n\s*\n", inspect.cleandoc(text), maxsplit=1)[0]
    first = re.sub(r" ?:cite:\w+:`[^`]*`", "", first)
    first = re.sub(r"(?::\w+)+:`(?:~(?:\w+\.)*)?([^`<]*?)(?: *<[^>]*>)?`", r"\1", first).replace("``", "`")
    return re.sub(r" (?=[.,;])", "", " ".join(first.split()))


# Settings: LensKit's components are made of keyword arguments, which are the fields of another class


def configuration(kind: Any) -> Any:
    """The class that holds a component's settings, None where there is none."""
    try:
        return kind.config_class()
    except Exception:
        return None


def settings(config: Any) -> list[Described]:
    """Name, type, default (None: it has none), other names and documentation of each setting."""
    texts = {name: text for base in reversed(config.__mro__) for name, text in commented(base).items()}
    return [
        {"name": name, "type": worded(field.annotation), "doc": texts.get(name, ""),
         "default": None if field.is_required() else value(field.get_default(call_default_factory=True)),
         "also": [str(other) for other in getattr(field.validation_alias, "choices", ()) if other != name]}
        for name, field in getattr(config, "model_fields", {}).items()
    ]  # fmt: skip


def commented(kind: type) -> dict[str, str]:
    """The texts below the annotated names of a class, which are in its source alone."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body  # type: ignore[attr-defined]
    except (OSError, TypeError, SyntaxError, AttributeError, IndexError):
        return {}
    return {
        above.target.id: unmarked(below.value.value)
        for above, below in itertools.pairwise(body)
        if isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


# What a failure is about


def failure(question: Mapping[str, Any]) -> Described:
    """What there is to `paths`, to `names` that something in `packages` has, and to `frames`: files and lines.

    `modules` are looked through for what a missing name may have meant; `successors` gives the paths that replaced a
    name.
    """
    for name in (*question["modules"], *question["packages"]):
        imported(name)
    paths = [*(path for name in question["names"] for path in named(name, question["packages"])), *question["paths"]]
    symbols = [each for path in dict.fromkeys(paths) if (each := resolved(path, question["successors"]))]
    frames = [each for file, line in question["frames"] if (each := frame(Path(file), line))]
    return {"symbols": sorted(symbols, key=lambda each: "absent" not in each), "frames": frames}


@functools.cache
def packages() -> set[str]:
    """What may be imported: packages of installed distributions, and ours. To read it takes a tenth of a second."""
    return {"autoreclab", *importlib.metadata.packages_distributions()}


def importable(path: str) -> bool:
    """May a module be imported? One such as `__main__` is a program, and isn't run."""
    parts = path.split(".")
    return parts[0] in packages() and all(part.isidentifier() and part[:2] != "__" for part in parts)


def imported(path: str) -> ModuleType | None:
    """An installed package's module; None where there is none, or its import fails."""
    try:
        return importlib.import_module(path) if importable(path) else None
    except (Exception, SystemExit):
        return None


def resolved(path: str, successors: Mapping[str, Sequence[str]]) -> Described | None:
    """A dotted name described, or what may have been meant by it; None where its package can't be imported."""
    parts = path.split(".")
    if parts[0] not in packages():
        return {"path": path, "absent": parts[0], "within": "", "near": []}
    thing, above, done = reached(parts)
    if thing is not None:
        return described(path, thing)
    return missing(above, parts, done, successors) if above is not None else None


def reached(parts: Sequence[str]) -> tuple[Any, Any, int]:
    """What a dotted name stands for, or None; the last thing above it that exists, and how many parts lead there."""
    thing, above, done = imported(parts[0]), None, 1
    while thing is not None and done < len(parts):
        above, thing = thing, below(thing, parts[done], ".".join(parts[:done]))
        done += thing is not None
    return thing, above, done


def below(thing: Any, name: str, path: str) -> Any:
    """An attribute, or the module of that name below a module; None where there is neither."""
    try:
        return getattr(thing, name)
    except Exception:
        if isinstance(thing, ModuleType):
            return imported(f"{path}.{name}")
        return members(thing).get(name) if inspect.isclass(thing) else None


def missing(above: Any, parts: Sequence[str], done: int, successors: Mapping[str, Sequence[str]]) -> Described:
    """What may have been meant by a name that doesn't exist: what replaced it, or is called alike."""
    within = ".".join(parts[:done])
    if isinstance(above, ModuleType) and (reason := hindrance(f"{within}.{parts[done]}")):
        return {"path": ".".join(parts), "kind": "unusable", "module": f"{within}.{parts[done]}", "doc": reason}
    here = described(within, above)
    entry = {"path": ".".join(parts), "absent": parts[done], "within": within, "members": here.get("members", [])}
    heirs = [path for name in reversed(parts[done:]) for path in successors.get(name, ()) if path.startswith(parts[0])]
    if inspect.isclass(above):
        places = {f"{within}.{name}": member for name, member in members(above).items()}
    else:
        places = everything(parts[0])
    near = dict.fromkeys([*heirs, *alike(parts[-1], places), *alike(parts[done], places)])
    things = [(path, places[path] if path in places else reached(path.split("."))[0]) for path in near]
    return entry | {"near": [described(path, thing) for path, thing in things if thing is not None][:NEAR]}


def hindrance(path: str) -> str:
    """Why a module that is there can't be imported; empty where it can, or isn't there."""
    with contextlib.suppress(Exception):
        if importable(path) and importlib.util.find_spec(path):
            try:
                importlib.import_module(path)
            except (Exception, SystemExit) as error:
                return f"{type(error).__name__}: {error}"
    return ""


def alike(name: str, places: Mapping[str, Any]) -> list[str]:
    """The dotted names whose last part is most like a name."""
    wanted, likeness = name.lower(), {}
    for path in places:
        other = path.rpartition(".")[2].lower()
        if wanted.endswith("config") or not other.endswith("config"):  # a scorer's settings are described with it
            begins = wanted.startswith(other) or other.startswith(wanted)
            likeness[path] = difflib.SequenceMatcher(None, wanted, other).ratio() + 0.2 * begins
    return sorted((path for path in likeness if likeness[path] >= ALIKE), key=lambda path: (-likeness[path], path))


def everything(package: str) -> dict[str, Any]:
    """The public things and modules of a package, as far as it is loaded; each once, by its shortest name."""
    names = [name for name in sys.modules if re.fullmatch(rf"{re.escape(package)}(\.[a-z]\w*)*", name)]
    found: dict[int, tuple[str, Any]] = {}
    for name in sorted(names, key=lambda name: (name.count("."), name)):
        for path, thing in [(name, sys.modules[name]), *public(sys.modules[name])]:
            found.setdefault(id(thing), (path, thing))
    return dict(found.values())


def named(name: str, packages: Iterable[str]) -> list[str]:
    """Where in each package something has a name, such as `recommend` or `Pipeline.fit`; the shortest path."""
    first, dot, rest = name.partition(".")
    places = ((path for path in everything(package) if path.rpartition(".")[2] == first) for package in packages)
    return [path + dot + rest for found in places for path in [*found][:1]]


def frame(file: Path, line: int) -> Described | None:
    """The function of an installed package that a frame of a traceback is in, and the lines that lead to its own."""
    file = file.resolve()  # a path may lead out of a package again
    place = next((root for root in roots() if file.is_relative_to(root)), None)
    if place is None or file.suffix != ".py" or not file.is_file():
        return None
    text = file.read_text(errors="replace")
    lines = text.splitlines()
    around = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
              and node.lineno <= line <= (node.end_lineno or 0)]  # fmt: skip
    inner = max(around, key=lambda node: node.lineno, default=None)
    return {
        "path": str(file.relative_to(place.parent if place.name == "autoreclab" else place)),
        "line": line,
        "function": f"{inner.name}({ast.unparse(inner.args)})" if inner else "",
        "doc": unmarked((ast.get_docstring(inner) if inner else "") or ""),
        "source": lines[max(0, line - 1 - ABOVE) : line],
    }


def roots() -> list[Path]:
    """The folders that packages are installed in, and the one that holds ours."""
    ours = importlib.util.find_spec("autoreclab")
    own = [Path(place) for place in (ours.submodule_search_locations or ())] if ours else []
    named = [Path(place) for place in sys.path if place.rpartition("/")[2] in ("site-packages", "dist-packages")]
    return [place.resolve() for place in (*named, *own)]


if __name__ == "__main__":
    asked = json.loads(Path("question.json").read_text(encoding="utf-8"))
    Path("answer.json").write_text(json.dumps(answer(asked)), encoding="utf-8")
