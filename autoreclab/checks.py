"""Checks: what code alone can decide about a node, each a pure function of the evidence.

A check is named in a requirement, with its arguments: `rows results.csv 60`. One that can't decide raises.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from autoreclab import contents
from autoreclab.evidence import BASELINES, Evidence, coverage, level
from autoreclab.plan import is_replicate
from autoreclab.settings import nearest

LONGEST_FUNCTION = 60  # lines; one screen
SHOWN = 5  # names in a sentence
Found = tuple[bool, str]


@dataclass(frozen=True)
class Check:
    """A check as a requirement names it."""

    name: str
    arguments: tuple[str, ...] = ()

    def __call__(self, evidence: Evidence) -> Found:
        """Whether it is met, and what shows it. Raises whatever comes of files that it can't read."""
        return FORMS[self.name].decide(evidence, *self.arguments)


def read(text: str) -> Check:
    """The check that a text such as `rows results.csv 60` names. Raises `ValueError` saying what is wrong with it."""
    name, _, rest = " ".join(text.split()).partition(" ")
    if name not in FORMS:
        raise ValueError(f"unknown check '{name}'.{nearest(name, FORMS)} There are {', '.join(FORMS)}")
    found = re.fullmatch(FORMS[name].pattern, rest)
    if not found:
        raise ValueError(f"the check is `{FORMS[name].usage}`, not '{name}{' ' * bool(rest)}{rest}'")
    return Check(name, tuple(filter(None, found.groups())))


def listing() -> list[tuple[str, str]]:
    """How each check is written, and when it is met."""
    return [(form.usage, form.help) for form in FORMS.values()]


# The design and its ledger


def design(evidence: Evidence) -> Found:
    """Is every condition of the design in the ledger, exactly once, recomputed?"""
    found = coverage(evidence.design, evidence.recomputed)
    if not found.wanted:
        return False, "The design has no conditions."
    if which := found.missing or found.repeated:
        kind = "missing" if found.missing else "recorded more than once"
        return False, f"{len(which)} of {found.wanted} values are {kind}, e.g. {which[0]}."
    return True, f"All {found.wanted} values of the design are in the ledger, each once, each recomputed."


def baseline(evidence: Evidence) -> Found:
    """Does a non-personalised baseline stand beside the study, on every dataset?"""
    beside = {row["dataset"] for row in evidence.recomputed if row.get("algorithm") in BASELINES}
    missing = [dataset for dataset in evidence.design.datasets if dataset not in beside]
    if missing:
        return False, f"No recomputed value of a baseline ({' or '.join(BASELINES)}) on {', '.join(missing)}."
    return True, f"A baseline is recorded on {', '.join(evidence.design.datasets)}."


def recomputed(evidence: Evidence) -> Found:
    """Was every value computed again by the harness, from saved results, without a disagreement?"""
    if evidence.execution.errors:
        return False, str(evidence.execution.errors[0])
    if not evidence.rows:
        return False, "The ledger is empty."
    own = [row for row in evidence.rows if row["source"] != "recomputed"]
    if own:
        return False, f"{len(own)} values are the program's word alone, e.g. {own[0]['metric']}."
    return True, f"All {len(evidence.rows)} values were recomputed from saved results on splits rebuilt from the data."


def seeds(evidence: Evidence, number: str) -> Found:
    """Do the levels of a factor such as seed or split_seed stand for so many seeds, or splits, that were recorded?"""
    names = [name for name in (evidence.recomputed or [{}])[0] if is_replicate(name)]
    counts = {name: (len(used := _seeds(evidence, name)), len(set(used.values()))) for name in names}
    if not counts:
        return False, "The ledger has no factor named seed, fold, repeat or replicate, or ending so."
    name, (levels, different) = max(counts.items(), key=lambda count: count[1][1])
    recorded = f"{name} has {levels} levels, for which {different} different seeds or splits are recorded"
    return different >= int(number), f"{recorded}; {number} are required."


def _seeds(evidence: Evidence, factor: str) -> dict[str, frozenset[str]]:
    """For each level of a factor in the ledger, the splits and the training seeds that it stood for."""
    used: dict[str, set[str]] = {}
    for row in evidence.recomputed:
        if row.get(factor):
            used.setdefault(level(row[factor]), set()).add(f"split {row.get('split')}")
    for trial in evidence.metadata.get("trials", ()):
        if factor in trial["factors"] and (found := level(trial["factors"][factor] or 0)) in used:
            used[found].add(f"training seed {trial['seed']}")
    return {found: frozenset(recorded) for found, recorded in used.items()}


# Files


def figures(evidence: Evidence, path: str | None = None) -> Found:
    """Is there a figure, of that path or of any, on which something is drawn?"""
    paths = [path] if path else [name for name in evidence.files if contents.ending(name) in contents.PICTURES]
    if missing := [name for name in paths if name not in evidence.files]:
        return False, f"There is no file {missing[0]}."
    blank, unreadable = [], []
    for name in paths:
        try:
            if contents.drawn(name, _content(evidence, name)):
                return True, f"Something is drawn on {name}; figures: {_listed(paths)}."
            blank.append(name)
        except Exception as error:  # decoders raise whatever comes of a stranger's file; another figure may do
            unreadable.append(f"{name}: {error}")
    if unreadable:
        raise ValueError(f"it can't read {unreadable[0]}")
    return False, f"Nothing is drawn on {_listed(blank)}." if blank else "There is no figure."


def file(evidence: Evidence, path: str) -> Found:
    """Is there such a file, with something in it, among the program's or its results?"""
    if path not in evidence.files and path not in evidence.program:
        return False, f"There is no file {path}."
    empty = path not in evidence.left_out and not _content(evidence, path)
    return not empty, f"The file {path} is {'empty' if empty else 'there'}."


def columns(evidence: Evidence, path: str, names: str) -> Found:
    """Does a table have these columns?"""
    if path not in evidence.files:
        return False, f"There is no file {path}."
    there = contents.table(path, _content(evidence, path)).columns
    missing = [name for name in re.split(r"\s*,\s*", names.strip(", ")) if name not in there]
    if missing:
        return False, f"{path} has no column {_listed(missing)}, but {', '.join(there)}."
    return True, f"{path} has the columns {', '.join(there)}."


def rows(evidence: Evidence, path: str, number: str) -> Found:
    """Does a table have so many rows, header aside: exactly, or at least where a + follows?"""
    if path not in evidence.files:
        return False, f"There is no file {path}."
    there = contents.table(path, _content(evidence, path)).rows
    wanted = int(number.rstrip("+"))
    met = there >= wanted if number.endswith("+") else there == wanted
    return met, f"{path} has {there} rows; {wanted}{' or more' * number.endswith('+')} are required."


def _content(evidence: Evidence, path: str) -> bytes:
    if path in evidence.left_out:
        raise ValueError(f"{path} is too large to lie in git")
    return evidence.outputs[path] if path in evidence.outputs else evidence.program[path]


def _listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


# The program


def clear(evidence: Evidence) -> Found:
    """Does the program parse, say what it does, and consist of functions of readable length?"""
    try:
        module = ast.parse(evidence.solution)
    except (SyntaxError, ValueError) as error:
        return False, f"solution.py doesn't parse: {error}."
    if not ast.get_docstring(module):
        return False, "solution.py has no docstring that says what it does."
    functions = [part for part in ast.walk(module) if isinstance(part, ast.FunctionDef)]
    lengths = {part.name: (part.end_lineno or 0) - part.lineno + 1 for part in functions}
    long = [f"{name} ({length} lines)" for name, length in lengths.items() if length > LONGEST_FUNCTION]
    if long:
        return False, f"Longer than {LONGEST_FUNCTION} lines: {', '.join(long)}."
    return True, f"A docstring, {len(lengths)} functions, the longest of {max(lengths.values(), default=0)} lines."


def package(evidence: Evidence, name: str) -> Found:
    """Does the program import and use a package, or lab train with it, which is LensKit alone?"""
    imported = name.replace("-", "_").lower()
    for path, content in evidence.program.items():
        if path.endswith(".py") and imported in _used(ast.parse(content)):
            return True, f"{path} imports and uses {name}."
    trials = evidence.metadata.get("trials", ()) if imported == "lenskit" else ()
    trained = [trial["algorithm"] for trial in trials if trial["scoring"] != "function"]
    if own := [algorithm for algorithm in dict.fromkeys(trained) if algorithm not in BASELINES]:
        return True, f"lab trained {_listed(own)} with LensKit, as metadata.json says."
    return False, f"The program neither imports and uses {name}, nor does lab train an algorithm of the study with it."


def _used(module: ast.Module) -> set[str]:
    """Top-level names, in lower case, of the packages that are imported and whose imported names occur again."""
    occurring = {part.id for part in ast.walk(module) if isinstance(part, ast.Name)}
    return {package.lower() for package, bound in _imported(module) if bound in occurring or bound == "*"}


def _imported(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Each import's top-level package, and the name that it binds."""
    for part in ast.walk(module):
        if isinstance(part, ast.Import):
            for name in part.names:
                yield name.name.partition(".")[0], name.asname or name.name.partition(".")[0]
        elif isinstance(part, ast.ImportFrom) and part.module and not part.level:
            for name in part.names:
                yield part.module.partition(".")[0], name.asname or name.name


def reruns(evidence: Evidence) -> Found:
    """Did the program answer `--help` with the options that a rerun needs, when the harness tried?"""
    answered = evidence.execution.command_line
    if answered is None:
        raise ValueError("nobody tried the program's command line when it ran")
    if answered:
        return True, "`python solution.py --help` ends well and names --data and --out."
    return False, "`python solution.py --help` fails, takes too long, or doesn't name --data and --out."


@dataclass(frozen=True)
class Form:
    """How a check is written, and what decides it."""

    usage: str
    help: str
    """When it is met."""
    decide: Callable[..., Found]
    pattern: str = ""
    """A regular expression of its arguments, a group for each."""


FORMS: Mapping[str, Form] = {
    form.usage.partition(" ")[0]: form
    for form in (
        Form("design", "every condition of the design is recorded exactly once, with every metric", design),
        Form("baseline", "a popularity (for ratings, bias) baseline has recomputed values on every dataset", baseline),
        Form("recomputed", "the harness recomputed every value from what the program saved", recomputed),
        Form("seeds N", "at least N different seeds, or splits, are recorded in metadata.json", seeds, r"(\d+)"),
        Form("figures [PATH]", "the figure PATH, or any, is there and isn't blank", figures, r"(.*)"),
        Form("file PATH", "the file PATH is there and isn't empty", file, r"(.+)"),
        Form("columns PATH A, B", "the table PATH (CSV, TSV, Parquet) has the columns A, B", columns, r"(\S+) (.+)"),
        Form("rows PATH N", "the table PATH has N rows, or with N+ at least N, header aside", rows, r"(\S+) (\d+\+?)"),
        Form("package NAME", "the program imports and uses the package, or lab trains with it", package, r"([\w.-]+)"),
        Form("reruns", "`python solution.py --help` answers, with --data and --out", reruns),
        Form("clear", "solution.py has a docstring and functions of at most 60 lines", clear),
    )
}
