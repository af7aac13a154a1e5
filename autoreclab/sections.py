"""The sections `## Requirements` and `## Design` of a task: how a plan stands in Markdown, read and written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from autoreclab.errors import TaskError
from autoreclab.plan import Design, Factor, Level, Plan, Requirement

SECTION = r"^##[ \t]+{}[ \t]*$(?P<text>.*?)(?=^#{{1,2}}[ \t]|\Z)"
ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(.*)")
LISTS, FIXED = ("datasets", "metrics"), ("filters", "split")
TEXTS, LEVELS = TypeAdapter(tuple[str, ...]), TypeAdapter(tuple[Level, ...])


def requirements(source: str) -> tuple[Requirement, ...]:
    """The list items of `## Requirements`, continuation lines joined."""
    found = _section("requirements", source)
    items: list[str] = []
    for line in found["text"].splitlines() if found else ():
        item = ITEM.match(line)
        if item:
            items.append(item.group(1).strip())
        elif line.strip() and items:
            items[-1] += " " + line.strip()
    return tuple(Requirement.of(item) for item in items if item)


def design(source: str, name: str) -> Design | None:
    """The study of `## Design`, a list of `name: values`; None where there is no such list.

    `name` is what errors call the task. Raises `TaskError` naming the line.
    """
    found = _section("design", source)
    items = _items(found, source, name) if found else {}
    if not items:
        return None
    values = {
        key: _values(TEXTS if key in LISTS else LEVELS, key, *item) for key, item in items.items() if key not in FIXED
    }
    return Design(
        datasets=values.pop("datasets", ()),
        metrics=values.pop("metrics", ()),
        factors=tuple(Factor(name=key, levels=levels) for key, levels in values.items()),
        **{key: _text(key, *items[key]) for key in FIXED if key in items},
    )


def as_markdown(items: Iterable[Requirement]) -> str:
    """One `- text` a line, with `[check: design]` behind it where a check decides."""
    return "".join(f"- {item}\n" for item in items)


def with_plan(source: str, plan: Plan) -> str:
    """A task's text with a plan in these two sections, in place of those that it has."""
    for title, text in (("Requirements", as_markdown(plan.requirements)), ("Design", _listed(plan.design))):
        section = f"## {title}\n\n{text}"
        if found := _section(title, source):
            source = f"{source[: found.start()]}{section}\n{source[found.end() :]}".rstrip("\n") + "\n"
        else:
            source = f"{source.rstrip()}\n\n{section}"
    return source


def _section(title: str, source: str) -> re.Match[str] | None:
    return re.search(SECTION.format(title), source, re.I | re.M | re.S)


def _items(section: re.Match[str], source: str, name: str) -> dict[str, tuple[Any, str]]:
    """The values of a list of `name: values`, and where each stands."""
    import yaml

    first = source.count("\n", 0, section.start("text"))
    items: dict[str, tuple[Any, str]] = {}
    for number, line in enumerate(section["text"].splitlines(), first + 1):
        item, where = ITEM.match(line), f"{name}, line {number}: "
        if not item:
            continue
        try:
            value = yaml.safe_load(item.group(1))
        except yaml.YAMLError:
            value = None
        if not isinstance(value, dict) or len(value) != 1:
            raise TaskError(f"{where}the design is a list of lines such as '- algorithm: [ImplicitMF, ItemKNN]'.")
        key, levels = next(iter(value.items()))
        if not str(key).isidentifier():
            raise TaskError(f"{where}'{key}' is no name for a factor. Use letters, digits and _, as in min_rating.")
        if str(key) in items:
            raise TaskError(f"{where}'{key}' stands in the design a second time.")
        items[str(key)] = (levels, where)
    return items


def _values(shape: TypeAdapter[Any], key: str, value: Any, where: str) -> tuple[Any, ...]:
    try:
        return shape.validate_python(tuple(value) if isinstance(value, list) else (value,), strict=True)
    except ValidationError:
        raise TaskError(f"{where}{key}: expected a list of names or numbers, not {value!r}.") from None


def _text(key: str, value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise TaskError(f"{where}{key}: expected a text, not {value!r}.")
    return value


def _listed(study: Design) -> str:
    """A design as the lines that `design` reads."""
    factors = {factor.name: factor.levels for factor in study.factors}
    lists: Mapping[str, Iterable[Level]] = {"datasets": study.datasets, **factors, "metrics": study.metrics}
    lines = [f"- {key}: {json.dumps(list(values), ensure_ascii=False)}\n" for key, values in lists.items()]
    texts = {"filters": study.filters, "split": study.split}
    return "".join([*lines, *(f"- {key}: {json.dumps(text)}\n" for key, text in texts.items() if text)])
