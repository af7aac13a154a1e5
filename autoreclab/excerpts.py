"""Excerpts: what a prompt shows of texts that may be long. What is left out is chosen by meaning, and said.

All are pure: equal inputs give equal excerpts. A budget is a number of characters and holds, from 100 on.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autoreclab import contents
from autoreclab.wording import clean, shortened

TIMES = ("seconds", "recorded")
LONG = re.compile(r"-?(?=[\d.]{8})\d{1,5}\.\d+(?:[eE][-+]?\d+)?")  # a number with more digits than tell anything
LONGEST_LINE = 400  # characters of a line of a log, else its middle is left out; of other texts ten times as many
MARK = 40  # characters, at most, of a line that says how many were left out
HEAD, TAIL = 12, 20  # lines of a log that are shown whatever they say
AROUND = 2  # lines shown before and after one that tells of trouble
NEWS = 2  # lines that differ in numbers alone are news so many times
TRACEBACK = re.compile(r"\s*Traceback \(most recent call last\)")
LONGEST_TRACEBACK = 60  # lines
TROUBLE = re.compile(
    r"(?:error|exception|warning|fail(?:ed|ure|s)?|fatal|killed|aborted|problem|out of memory|\bnan)\b"
)
CELLS = re.compile(r"\s*[|,;\t]\s*|\s{2,}")
FEWEST_ROWS, FEWEST_CELLS = 4, 3  # lines that follow each other with as many cells are a table
TABLE_HEAD, TABLE_TAIL = 20, 5  # rows of a table in a log
MOST_FILES = 12  # of a folder, else they are counted
FIRST_LINES = 3  # of a table or text in a list of files
NOT_LISTED = ("log.txt", "left-out.txt")
SHOWN = ("summary.csv", "comparisons.csv", "metadata.json")  # prompts show them beside the list
COUNTED = "trials"  # the folder of saved trials: what is in it is recomputed, not read


def as_shown(path: str, text: str) -> str:
    """A result file as prompts show it: tables with six digits a value, and nothing with its seconds.

    Equal results make equal prompts, so that a run can be replayed.
    """
    if path.endswith(".csv"):
        return _shown_table(text)
    return _timeless_json(text) if path.endswith(".json") else text


def of_log(text: str, budget: int) -> str:
    """A program's output: how it ended, what it says of trouble, how it began, its tables; in this order of need."""
    lines = [shortened(line, LONGEST_LINE) for line in text.splitlines()]
    backwards = range(len(lines) - 1, -1, -1)
    wanted = [backwards[:TAIL], *_troubles(lines), range(HEAD), *_tables(lines), backwards]
    return _selected(text, lines, wanted, budget)


def of_text(text: str, budget: int) -> str:
    """The beginning and the end of a text."""
    lines = [shortened(line, 10 * LONGEST_LINE) for line in text.splitlines()]
    return _selected(text, lines, [_inwards(len(lines))], budget)


def of_table(text: str, budget: int) -> str:
    """The beginning and the end of a CSV table; nothing where it has only a header."""
    return of_text(text, budget) if len(text.splitlines()) > 1 else ""


def of_metadata(text: str, budget: int) -> str:
    """`metadata.json`, an entry a line; of long lists the first and the last entries."""
    values = json.loads(text or "{}")
    lines = [shortened(line, 10 * LONGEST_LINE) for key, value in values.items() for line in _entries(key, value)]
    names = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    return _selected("\n".join(lines), lines, [names, _inwards(len(lines))], budget)


def of_files(outputs: Mapping[str, bytes], left_out: Mapping[str, int], budget: int) -> str:
    """The result files: shapes and first rows of tables, sizes of figures, beginnings of texts."""
    paths = sorted(path for path in outputs if path not in NOT_LISTED)
    folders = Counter(path.rpartition("/")[0] for path in paths)
    counted = {folder for folder, number in folders.items() if number > MOST_FILES or folder == COUNTED}
    shown = [path for path in paths if path.rpartition("/")[0] not in counted]
    lines = [
        *(line for path in shown for line in _described(path, outputs[path])),
        *(f"{folder or '.'}/: {folders[folder]} files" for folder in sorted(counted)),
        *(f"{path}: {size} bytes, too large for git" for path, size in sorted(left_out.items())),
    ]
    lines = [shortened(line, LONGEST_LINE) for line in lines]
    names = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    return _selected("\n".join(lines), lines, [names, range(len(lines))], budget)


# What is wanted of a text: numbers of lines, in the order of need


def _troubles(lines: Sequence[str]) -> list[Sequence[int]]:
    """The lines around errors and warnings and whole tracebacks, the last first: it is what ended the program."""
    told: Counter[str] = Counter()
    found: list[Sequence[int]] = []
    for number, line in enumerate(lines):
        if TRACEBACK.match(line):
            found.append(_traceback(lines, number))
        elif TROUBLE.search(line.lower()):
            told[shape := re.sub(r"\d+", "0", line)] += 1
            if told[shape] <= NEWS:
                found.append(_around(number, len(lines)))
    return [*found[-1:], *found[:-1]]


def _traceback(lines: Sequence[str], start: int) -> Sequence[int]:
    """From the error at its end up to where it began."""
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    while end < min(len(lines) - 1, start + LONGEST_TRACEBACK) and (
        not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent
    ):
        end += 1
    return range(min(end, len(lines) - 1), start - 1, -1)


def _around(number: int, length: int) -> Sequence[int]:
    """The line itself, then those about it."""
    near = [number + step for distance in range(1, AROUND + 1) for step in (distance, -distance)]
    return [number, *(other for other in near if 0 <= other < length)]


def _tables(lines: Sequence[str]) -> Iterator[Sequence[int]]:
    """The first and last rows of each table: lines that follow each other with equally many cells."""
    widths = [len(CELLS.split(line.strip(" |"))) for line in lines]
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or widths[end] != widths[start]:
            if widths[start] >= FEWEST_CELLS and end - start >= FEWEST_ROWS:
                rows = range(start, end)
                yield rows[:TABLE_HEAD]
                yield rows[-TABLE_TAIL:]
            start = end


def _inwards(length: int) -> Sequence[int]:
    """The first line, the last, the second, the last but one …"""
    return [number for pair in zip(range(length), range(length - 1, -1, -1), strict=True) for number in pair]


# What comes of it


def _selected(text: str, lines: Sequence[str], wanted: Iterable[Sequence[int]], budget: int) -> str:
    """The text where there is room for it, else the wanted lines for which there is, in their order, gaps marked."""
    if len(text) <= budget:
        return text
    chosen: set[int] = set()
    left = budget - MARK
    for numbers in wanted:
        for number in numbers:
            if number in chosen or not 0 <= number < len(lines):
                continue
            apart = number - 1 not in chosen and number + 1 not in chosen
            cost = len(lines[number]) + 1 + MARK * apart
            if cost > left:
                break
            chosen.add(number)
            left -= cost
    return "\n".join(_with_gaps(lines, sorted(chosen)))


def _with_gaps(lines: Sequence[str], chosen: Sequence[int]) -> Iterator[str]:
    """The chosen lines, and in each gap how many were left out."""
    after = 0
    for number in chosen:
        if number > after:
            yield _gap(number - after)
        yield lines[number]
        after = number + 1
    if after < len(lines):
        yield _gap(len(lines) - after)


def _gap(number: int) -> str:
    return f"… {_counted(number)} left out …"


def _counted(lines: int, what: str = "line") -> str:
    return f"{lines:,} {what}{'s' * (lines != 1)}"


def _entries(key: str, value: Any) -> Iterator[str]:
    """An entry of a JSON object as lines: a list's items stand in one each."""
    if not isinstance(value, list):
        yield f"{json.dumps(key)}: {json.dumps(value)},"
        return
    yield f"{json.dumps(key)}: ["
    yield from (f" {json.dumps(item)}," for item in value)
    yield "],"


def _described(path: str, content: bytes) -> Iterator[str]:
    """A file's path and what it is, and its first lines where they can be read."""
    text = _text(content)
    if text is None:
        yield f"{path}: {_kind(path, content)}"
        return
    lines = as_shown(path, text).splitlines()
    yield f"{path}: {_kind(path, content) if contents.ending(path) in contents.DELIMITERS else _counted(len(lines))}"
    yield from (f"    {line}" for line in lines[: 0 if path in SHOWN else FIRST_LINES])


def _kind(path: str, content: bytes) -> str:
    """What a file is: the shape of a table, the size of a picture, else its number of bytes."""
    if content.startswith(b"\x89PNG") and len(content) >= 24:
        width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
        return f"a picture of {width} x {height} pixels"
    try:
        table = contents.table(path, content)
    except ValueError:
        return f"{len(content)} bytes"
    return f"a table of {_counted(table.rows, 'row')}; columns: {', '.join(map(clean, table.columns))}"


def _text(content: bytes) -> str | None:
    """A file's text, None where it is none."""
    try:
        return None if b"\0" in content else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _shown_table(text: str) -> str:
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        return text
    kept = [place for place, name in enumerate(rows[0] if rows else ()) if name not in TIMES]
    out = io.StringIO()
    shown = ([_rounded(row[place]) for place in kept if place < len(row)] for row in rows)
    csv.writer(out, lineterminator="\n").writerows(shown)
    return out.getvalue()


def _rounded(cell: str) -> str:
    """A number of many digits with six of them; anything else as it is."""
    return f"{float(cell):.6g}" if LONG.fullmatch(cell) else cell


def _timeless_json(text: str) -> str:
    try:
        return json.dumps(json.loads(text, object_hook=lambda found: {k: found[k] for k in found if k not in TIMES}))
    except (ValueError, RecursionError):
        return text
