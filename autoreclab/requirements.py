"""A plan's requirements: those of every plan and of the task; how people edit them, in a list or in the record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, TypeAdapter, ValidationError

from autoreclab import checks
from autoreclab.errors import TaskError, WorkspaceError
from autoreclab.plan import Level, Plan, Requirement
from autoreclab.task import Task

SOUND = Requirement(
    text="The method is sound: training, tuning and every choice see no test data, and all algorithms get the same "
    "splits and comparable effort."
)
CLEAR = Requirement(text="The code is clear: it says what it does, is short, and can be rerun by its command line.")
HEADER = """\
<!-- One requirement a line: `- text`, then [check: …] where code decides it:
{checks}
     Saving judges all nodes again at the next resume; none is run again. -->

"""
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
ITEM = re.compile(r"[-*] +(?!\[check:)(.+)")


def _readable(text: str) -> str:
    checks.read(text)
    return text


SHAPES: tuple[tuple[str, TypeAdapter[Any], str], ...] = (
    (r"summary|requirement\.\d+", TypeAdapter(str), 'a text in double quotes, such as "Five seeds are used."'),
    (
        r"requirement\.\d+\.check",
        TypeAdapter(Annotated[str, AfterValidator(_readable)]),
        f'a check in double quotes, such as "design" or "rows results.csv 60"; there are {", ".join(checks.FORMS)}',
    ),
    (r"design\.(datasets|metrics)", TypeAdapter(tuple[str, ...]), 'a list of texts, such as ["ndcg@10"]'),
    (r"design\.(filters|split)", TypeAdapter(str), 'a text in double quotes, such as "rating > 3, 5-core"'),
    (r"design\.factor\..+", TypeAdapter(tuple[Level, ...]), "a list of levels, such as [1, 2, 3]"),
    (r".*", TypeAdapter(Any), "a JSON value"),
)
NEEDED = ("requirement.", "design.datasets: ", "design.metrics: ")


def completed(plan: Plan, own: Iterable[Requirement]) -> Plan:
    """The plan with each of the task's own requirements, as the task words and checks them, and those of every plan.

    Whatever else a planner wrote stays, without checks that can't be read.
    """
    planned = [_sane(item) for item in plan.requirements]
    for wanted in own:
        place = next((n for n, item in enumerate(planned) if _same(item.text, wanted.text)), None)
        if place is None:
            planned.append(wanted)
        elif wanted.check:
            planned[place] = wanted
    texts = " ".join(item.text.lower() for item in planned)
    missing = [item for item, words in ((SOUND, "method is sound"), (CLEAR, "code is clear")) if words not in texts]
    return plan.model_copy(update={"requirements": (*planned, *missing)})


def examine(task: Task, name: str) -> None:
    """See that the checks a task states can be read. Raises `TaskError` naming the line; `name` is the task's file."""
    for item in task.requirements:
        try:
            if item.check is not None:
                checks.read(item.check)
        except ValueError as error:
            written = re.search(r"\[check:\s*" + re.escape(item.check or "").replace(r"\ ", r"\s+"), task.source, re.I)
            line = task.source.count("\n", 0, written.start()) + 1 if written else 1
            raise TaskError(f"{name}, line {line}: {error}.") from None


def header() -> str:
    """What stands above the list in an editor."""
    return HEADER.format(checks="\n".join(f"     [check: {usage}]: {help}" for usage, help in checks.listing()))


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
    found = Requirement.of(match[1])
    try:
        if found.check is not None:
            checks.read(found.check)
    except ValueError as error:
        raise TaskError(f"Requirements, line {number}: {error}. Nothing was changed.") from None
    return found


def _sane(item: Requirement) -> Requirement:
    """A planner's requirement without a check that can't be read; one that it wrote into the text is its check."""
    found = Requirement.of(item.text)
    try:
        check = item.check or found.check
        checks.read(check or "")
    except ValueError:
        check = None
    return Requirement(text=found.text, check=check)


def _same(planned: str, own: str) -> bool:
    """Is it the task's sentence, apart from white space and its end, or is that quoted in it, whole?"""
    planned, own = (" ".join(text.split()).strip(" .").casefold() for text in (planned, own))
    return planned == own or f"“{own}”" in planned or f"“{own}.”" in planned


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
