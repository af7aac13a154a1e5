"""Requirements as people edit them: a Markdown list, or the lines of the record on a run's root."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from autoreclab.errors import TaskError, WorkspaceError
from autoreclab.plan import Check, Level, Requirement
from autoreclab.settings import nearest

HEADER = """\
<!-- One requirement a line: `- text`, then [check: NAME] where code decides it.
     Checks: {checks}. Saving judges all nodes again at the next resume; none is run again. -->

"""
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
ITEM = re.compile(r"[-*] +(?P<text>.+?)(?: +\[check: *(?P<check>[^\]]*?) *\])?")
NAMES: tuple[str, ...] = get_args(Check)
SHAPES: tuple[tuple[str, TypeAdapter[Any], str], ...] = (
    (r"summary|requirement\.\d+", TypeAdapter(str), 'a text in double quotes, such as "Five seeds are used."'),
    (r"requirement\.\d+\.check", TypeAdapter(Check), f"one of {json.dumps(NAMES)[1:-1]}"),
    (r"design\.(datasets|metrics)", TypeAdapter(tuple[str, ...]), 'a list of texts, such as ["ndcg@10"]'),
    (r"design\.(filters|split)", TypeAdapter(str), 'a text in double quotes, such as "rating > 3, 5-core"'),
    (r"design\.factor\..+", TypeAdapter(tuple[Level, ...]), "a list of levels, such as [1, 2, 3]"),
    (r".*", TypeAdapter(Any), "a JSON value"),
)
NEEDED = ("requirement.", "design.datasets: ", "design.metrics: ")


def as_markdown(requirements: Iterable[Requirement]) -> str:
    """One `- text` a line, with `[check: design]` behind it where a check decides."""
    return "".join(f"- {item.text}{f' [check: {item.check}]' if item.check else ''}\n" for item in requirements)


def header() -> str:
    """What stands above the list in an editor."""
    return HEADER.format(checks=", ".join(NAMES))


def from_markdown(text: str) -> tuple[Requirement, ...]:
    """The requirements in a list. Raises `TaskError` naming the line that is none."""
    blank = COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), text)
    lines = ((number, line.strip()) for number, line in enumerate(blank.splitlines(), 1))
    found = tuple(_item(number, line) for number, line in lines if line)
    if not found:
        raise TaskError("The list holds no requirement, so nothing was changed. A run needs at least one.")
    return found


def check(note: str, run: str) -> None:
    """See that the record on a run's root can be read. Raises `WorkspaceError` naming the first line that can't."""
    lines = note.split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip() and (wanted := _wanted(line)):
            raise _malformed(run, f", line {number}: {line[:80]!r} should be `key: value`, the value {wanted}")
    if any(line.startswith("summary: ") for line in lines):
        for key in NEEDED:
            if not any(line.startswith(key) for line in lines):
                raise _malformed(run, f" has no line `{key.rstrip(': ')}`")


def _item(number: int, line: str) -> Requirement:
    match = ITEM.fullmatch(line)
    if not match:
        raise TaskError(f"Requirements, line {number}: {line[:60]!r} isn't `- text`. Nothing was changed.")
    if (name := match["check"]) is not None and name not in NAMES:
        raise TaskError(
            f"Requirements, line {number}: unknown check '{name}'{nearest(name, NAMES)} Nothing was changed."
        )
    return Requirement.model_validate({"text": match["text"], "check": name})


def _wanted(line: str) -> str | None:
    """What the value of a record's line should have been, None where it is right."""
    key, _, value = line.partition(": ")
    adapter, wanted = next((adapter, wanted) for pattern, adapter, wanted in SHAPES if re.fullmatch(pattern, key))
    try:
        adapter.validate_json(value)
    except ValidationError:
        return wanted
    return None


def _malformed(run: str, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"The record on {run}/task{what}. Correct it with: git notes --ref=autoreclab edit {run}/task"
    )
