"""Facts in words: each in several lengths, and as many of them, as long as they can be, as there is room for."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_DOC = 240  # characters of a documentation, ended at a sentence
MOST_MEMBERS = 30  # more aren't listed: the first of them would be as good as any
Thing = Mapping[str, Any]
Fact = tuple[str, ...]
"""The same fact at several lengths, the shortest first."""


def fitted(facts: Sequence[Fact], budget: int) -> list[str]:
    """For each fact, in the order of need, its longest wording for which there is room in a number of characters.

    Each gets its shortest wording before any gets a longer one. None is cut; one without room is left out.
    """
    chosen: dict[int, str] = {}
    for wording in range(max(map(len, facts), default=0)):
        for number, fact in enumerate(facts):
            if wording and number not in chosen:
                continue
            longer = fact[min(wording, len(fact) - 1)]
            spent = sum(len(text) + 1 for place, text in chosen.items() if place != number)
            if spent + len(longer) + 1 <= budget:
                chosen[number] = longer
    return [chosen[number] for number in sorted(chosen)]


def thing(entry: Thing) -> Fact:
    """A function or class: its call, then also what it and its settings are for."""
    if entry["kind"] == "module":
        return (f"{entry['path']}, a module", f"{entry['path']}, a module{_with(entry)}")
    if entry["kind"] == "unusable":
        return (f"{entry['module']} can't be imported here: {entry['doc']}",)
    call = f"{entry['path']}{entry.get('signature', '')}"
    if "settings" not in entry:
        return (call, f"{call}\n{_indented(entry.get('doc', ''))}") if entry.get("doc") else (call,)
    short = f"{entry['path']}({', '.join(['*', *map(_setting, entry['settings'])]) if entry['settings'] else ''})"
    unknown = "are refused" if entry["unknown"] == "forbid" else "are ignored without a word"
    lines = [_settled(each) for each in entry["settings"]]
    head = f"{entry['path']}, of keyword arguments (others {unknown}): {sentences(entry['doc'])}"
    return (short, "\n".join([head, *(f"    {line}" for line in lines)]))


def absence(entry: Thing) -> Fact:
    """A name that doesn't exist: where it was looked for, what is nearest, and what there is."""
    if not entry["within"]:
        return (f"There is no package {entry['absent']!r} here, and none can be installed.",)
    text = f"{entry['path']} doesn't exist: {entry['within']} has no {entry['absent']!r}."
    near = [thing(each) for each in entry["near"]]
    some = f"{text[:-1]}; it comes{_with(entry)}." if _with(entry) else text
    if not near:
        return (text, some)
    named = f"{text} Nearest: {', '.join(each['path'] for each in entry['near'])}"
    calls = "\n".join([f"{text} Nearest:", *(textwrap.indent(each[0], "    ") for each in near)])
    whole = "\n".join([f"{some}\nNearest:", *(textwrap.indent(each[-1], "    ") for each in near[:1])])
    others = [textwrap.indent(each[0], "    ") for each in near[1:]]
    return (named, calls, "\n".join([whole, *others]))


def frame(entry: Thing) -> Fact:
    """Where in a package a traceback leads: the line, then with the function it is in."""
    where = f"{entry['path']}, line {entry['line']}"
    source = textwrap.indent(textwrap.dedent("\n".join(entry["source"])), "    ")
    line = textwrap.indent((entry["source"] or [""])[-1].strip(), "    ")
    head = f"{where}, in {entry['function']}" if entry["function"] else where
    about = f"\n{_indented(entry['doc'])}" if entry["doc"] else ""
    return (f"{where}:\n{line}", f"{head}:\n{source}", f"{head}:{about}\n{source}")


def sentences(text: str, longest: int = LONGEST_DOC) -> str:
    """As many of the first sentences as are short together, one at least."""
    found = re.split(r"(?<=[.!?]) (?=[A-Z`])", text)
    kept = found[:1]
    for each in found[1:]:
        if len(" ".join([*kept, each])) > longest:
            break
        kept.append(each)
    return " ".join(kept)


def _with(entry: Thing) -> str:
    """What a module or class has, where that isn't too much."""
    return f" with {', '.join(entry['members'])}" if 0 < len(entry["members"]) <= MOST_MEMBERS else ""


def _setting(each: Thing) -> str:
    return each["name"] if each["default"] is None else f"{each['name']}={each['default']}"


def _settled(each: Thing) -> str:
    typed = f"{each['name']}: {each['type']}" if each["type"] else each["name"]
    given = typed if each["default"] is None else f"{typed} = {each['default']}"
    also = f" (or {', '.join(each['also'])})" if each["also"] else ""
    return f"{given}{also}" + (f"  # {sentences(each['doc'], 0)}" if each["doc"] else "")


def _indented(doc: str) -> str:
    return textwrap.indent(sentences(doc), "    ")
