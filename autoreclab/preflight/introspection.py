"""Looks up, in the interpreter that runs it, what programs use of installed modules.

A program of its own that needs the standard library alone: it reads `asked.json` beside it, programs and uses, and
writes `found.json`. It compiles the programs and imports the modules that are used, and runs nothing else.
"""

import dataclasses
import difflib
import functools
import importlib
import importlib.metadata
import inspect
import json
import os
import pkgutil
import re
import sys
import types
import typing
import warnings

UNTOUCHED = ("antigravity", "this", "__main__")  # modules that do something when they are imported
NEAR = 3
LONGEST = 500  # characters of a signature or of a documentation's first paragraph
LISTED = 40  # attributes


class Unknowable(Exception):
    """What can't be told without running the program."""


class Missing(Exception):
    """What isn't there: a sentence, and what there is instead."""

    def __init__(self, sentence, facts=()):
        super().__init__(sentence)
        self.facts = [fact for fact in facts if fact]


@dataclasses.dataclass(frozen=True)
class Typed:
    """Some object of this type, or what a type stands for, such as `Iterator[Trial]`."""

    hint: object


@dataclasses.dataclass(frozen=True)
class Method:
    """A function that is called on an object of a class."""

    function: object


def look_up(use):
    """What is wrong with a use, and what there is instead; None where nothing is, or nobody can tell."""
    try:
        found = module(use["path"][0])
        for step in use["path"][1:]:
            found = after(found, step)
        if use["call"]:
            see_call(found, use["call"])
    except Missing as missing:
        return {"sentence": str(missing), "facts": missing.facts}
    except Unknowable:
        return None
    except Exception:  # a module's own attribute may do anything
        return None
    return None


@functools.cache
def module(name):
    """Import a module."""
    if not {*UNTOUCHED}.isdisjoint(name.split(".")):
        raise Unknowable
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if name == error.name or name.startswith(f"{error.name}."):
            raise Missing(*no_module(name, error.name)) from None
        raise Unknowable from None
    except BaseException:  # it may want a display, or end the interpreter
        raise Unknowable from None


def no_module(name, missing):
    """The sentence that a module is missing, and modules of a similar name."""
    top, _, below = name.partition(".")
    if name == missing and not below:
        known = {*sys.stdlib_module_names, *importlib.metadata.packages_distributions()}
        near = difflib.get_close_matches(name, sorted(known), NEAR, 0.75)
        return f"There is no module {name!r}, and nothing can be installed.", [listed("modules", near)]
    if missing == top:
        return f"There is no module {top!r}, and nothing can be installed.", []
    known = submodules(module(top))
    last = name.rpartition(".")[2]
    same = [other for other in known if other.rpartition(".")[2] == last]
    near = same[:NEAR] or difflib.get_close_matches(name, known, NEAR, 0.6)
    return f"There is no module {name!r} in the installed {top}.", [listed("modules", near)]


def submodules(package):
    """The public modules below a package, none of which is imported for it."""
    found, pending = [], [(package.__name__, getattr(package, "__path__", []))]
    while pending:
        name, place = pending.pop(0)
        for entry in pkgutil.iter_modules(place):
            if not entry.name.startswith("_"):
                found.append(f"{name}.{entry.name}")
                pending.append((found[-1], [os.path.join(part, entry.name) for part in place]))
    return found


def after(found, step):
    """What one more step leads to."""
    if step == "()":
        return returned(found)
    if step == "*" or step.startswith("#"):
        return item(found, step)
    if isinstance(found, Typed):
        return of_object(found.hint, step)
    if isinstance(found, Method):
        raise Unknowable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if hasattr(found, step):
            return getattr(found, step)
    if isinstance(found, types.ModuleType):
        return submodule(found, step)
    if isinstance(found, type) and not open_ended(found) and step not in hints(found):
        raise Missing(f"{found.__qualname__} has no attribute {step!r}.", instead(found, step))
    raise Unknowable


def submodule(found, name):
    """A module's module that nobody imported yet."""
    try:
        return module(f"{found.__name__}.{name}")
    except Missing:
        raise Missing(f"{shown(found)} has no {name!r}.", instead(found, name)) from None


def returned(found):
    """What a call returns."""
    if isinstance(found, type):
        return Typed(found)
    function = found.function if isinstance(found, Method) else found
    if not isinstance(function, types.FunctionType):
        raise Unknowable
    return Typed(hints(function).get("return"))


def item(found, step):
    """What an iteration over something typed gives, or the item of a tuple."""
    arguments = typing.get_args(found.hint) if isinstance(found, Typed) else ()
    origin = typing.get_origin(found.hint) if arguments else None
    if origin is tuple and step != "*" and arguments[-1] is not Ellipsis and int(step[1:]) < len(arguments):
        return Typed(arguments[int(step[1:])])
    if isinstance(origin, type) and len(arguments) == 1 and step == "*" and hasattr(origin, "__iter__"):
        return Typed(arguments[0])
    raise Unknowable


def of_object(kind, name):
    """The attribute of an object whose class alone is known. Only dataclasses are sure to have no others."""
    if not isinstance(kind, type):
        raise Unknowable
    try:
        static = inspect.getattr_static(kind, name)
    except AttributeError:
        if name in hints(kind):
            return Typed(hints(kind)[name])
        if dataclasses.is_dataclass(kind) and not open_ended(kind):
            raise Missing(f"A {kind.__qualname__} has no attribute {name!r}.", instead(kind, name)) from None
        raise Unknowable from None
    if isinstance(static, types.FunctionType):
        return Method(static)
    if isinstance(static, property | functools.cached_property):
        getter = static.fget if isinstance(static, property) else static.func
        return Typed(hints(getter).get("return"))
    if isinstance(static, staticmethod | classmethod):
        return getattr(kind, name)
    return Typed(hints(kind).get(name))


def open_ended(kind):
    """May objects of a class, or the class, have attributes that nobody can list?"""
    looking = [vars(base) for base in (*kind.__mro__, *type(kind).__mro__) if base not in (object, type)]
    return any("__getattr__" in names or "__getattribute__" in names for names in looking)


@functools.cache
def hints(of):
    """The types of a class's attributes, or of a function's parameters and result."""
    try:
        return typing.get_type_hints(of)
    except Exception:  # names that are only there for type checkers
        return {}


def see_call(found, call):
    """Raise `Missing` where something doesn't take these arguments."""
    function = found.function if isinstance(found, Method) else found
    if isinstance(found, Typed) or not callable(function) or translates(function):
        raise Unknowable
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise Unknowable from None
    see_keywords(function, signature, call)
    positional = [None] * (call["positional"] + isinstance(found, Method))
    try:
        bind = signature.bind if call["complete"] else signature.bind_partial
        bind(*positional, **dict.fromkeys(call["keywords"]))
    except TypeError as error:
        raise Missing(f"{call['shown']}: {error}.", [described(function, call["shown"])]) from None


def see_keywords(function, signature, call):
    """Raise `Missing` for a keyword that isn't taken."""
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    known = list(signature.parameters)
    if inspect.Parameter.VAR_KEYWORD in kinds:
        if not (fields := settings(function)):
            return
        known += fields
    for keyword in call["keywords"]:
        if keyword not in known:
            near = difflib.get_close_matches(keyword, known, 1, 0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise Missing(f"{call['shown']} takes no {keyword!r}.{hint}", [described(function, call["shown"])])


def translates(function):
    """Is it a wrapper that may rename arguments before it hands them on?"""
    code = getattr(function, "__code__", None)
    return bool(hasattr(function, "__wrapped__") and code and code.co_flags & inspect.CO_VARKEYWORDS)


def settings(function):
    """The settings that LensKit's component takes as keywords, with their defaults; it ignores others silently."""
    kind = getattr(function, "config_class", None)
    fields = getattr(kind() if callable(kind) else None, "model_fields", {})
    aliases = {str(a): f for f in fields.values() for a in getattr(f.validation_alias, "choices", ())}
    return {name: field.default for name, field in {**fields, **aliases}.items()}


def instead(found, name):
    """Descriptions of what has a similar name; else the names that there are."""
    names = [known for known in getattr(found, "__all__", dir(found)) if not known.startswith("_")]
    names += [known for known in (hints(found) if isinstance(found, type) else ()) if known not in names]
    lowered = {known.lower(): known for known in names}
    near = [lowered[key] for key in difflib.get_close_matches(name.lower(), lowered, NEAR, 0.55)]
    near += [known for known in sorted(names) if known.lower().startswith(name.lower()) and known not in near]
    if near:
        return [described(getattr(found, known, None), f"{shown(found)}.{known}") for known in near[:NEAR]]
    return [*elsewhere(found, name), listed(f"{shown(found)} has", sorted(names))]


def elsewhere(found, name):
    """Where the same package has something of this name or a similar one, among the modules that are imported."""
    top = found.__name__.partition(".")[0] if isinstance(found, types.ModuleType) else "autoreclab"
    if top == "autoreclab":  # what lab doesn't offer itself is none of a program's business
        return []
    public = [known for known in sorted(sys.modules) if known.startswith(top) and "._" not in known]
    places = [known for known in public if name in vars(sys.modules[known])]
    return [described(getattr(sys.modules[known], name), f"{known}.{name}") for known in places[:1]]


def shown(found):
    """How a module or a class is called."""
    return found.__name__ if isinstance(found, types.ModuleType) else found.__qualname__


def described(thing, name=None):
    """A signature, its settings and the first paragraph of its documentation; a name alone for what isn't callable."""
    name = name or getattr(thing, "__qualname__", "")
    if not callable(thing):
        return name
    try:
        signature = re.sub(r"((?:: |-> ))'([^']*)'", r"\1\2", str(inspect.signature(thing)))
    except (TypeError, ValueError):
        signature = "(…)"
    given = ", ".join(f"{key}={default!r}" for key, default in settings(thing).items())
    paragraph = " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())
    parts = [f"{name}{signature}"[:LONGEST], given and f"settings: {given}"[:LONGEST], paragraph[:LONGEST]]
    return re.sub(r" at 0x[0-9a-f]+", "", ". ".join(filter(None, parts)))


def listed(what, names):
    return f"{what}: {', '.join(names[:LISTED])}" if names else ""


def compiled(path, text):
    """Why a program isn't Python, and where; None if it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return {"line": error.lineno or 0, "sentence": f"It isn't Python: {error.msg}."}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"line": 0, "sentence": f"It isn't Python: {error}."}
    return None


def main():
    """Answer what is asked; the modules of the program itself are not in reach."""
    place = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != place]
    with open(os.path.join(place, "asked.json"), encoding="utf-8") as file:
        asked = json.load(file)
    warnings.simplefilter("ignore")
    broken = {path: compiled(path, text) for path, text in asked["programs"].items()}
    found = {"broken": broken, "uses": [look_up(use) for use in asked["uses"]]}
    with open(os.path.join(place, "found.json"), "w", encoding="utf-8") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main()
