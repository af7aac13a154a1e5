"""Markdown from plain values: tables, numbers for people, and foreign text that stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from autoreclab.wording import clean

LONGEST_TABLE = 60  # rows; who wants more reads the file


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], file: str = "") -> Iterator[str]:
    """A Markdown table and an empty line; of many rows the first, if a `file` has them all."""
    rows = list(rows)
    shown = rows[:LONGEST_TABLE] if file else rows
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---' for _ in heads)}|"
    yield from (f"| {' | '.join(row)} |" for row in shown)
    yield ""
    if len(rows) > len(shown):
        yield from (f"The other {len(rows) - len(shown)} rows stand in `{file}`.", "")


def value(text: str) -> str:
    """A value with four decimals."""
    return f"{float(text):.4f}" if text else "–"


def number(text: str) -> str:
    """A number that may be a count.

    >>> number("1682.0"), number("0.31944")
    ('1,682', '0.3194')
    """
    return f"{float(text):,.0f}" if text and float(text).is_integer() else value(text)


def share(text: str) -> str:
    """A share in percent."""
    return f"{100 * float(text):.1f} %" if text else "–"


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts ndcg@5 before ndcg@10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def spans(values: Iterable[int]) -> str:
    """Whole numbers as ranges: `0–29, 40`."""
    groups: list[list[int]] = []
    for number in sorted(set(values)):
        if groups and number == groups[-1][-1] + 1:
            groups[-1].append(number)
        else:
            groups.append([number])
    return ", ".join(f"{group[0]}–{group[-1]}" if len(group) > 1 else str(group[0]) for group in groups)


def shortened(text: str, length: int) -> str:
    """A long text without its end."""
    return text if len(text) <= length else text[: length - 1].rsplit(" ", 1)[0] + " …"


def escaped(text: str) -> str:
    """Text from a model, a program or a file as one line in which nothing is Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", clean(text))


def prose(text: str) -> str:
    """A model's paragraphs: its emphasis and lists stay, headings, links, images and HTML do not."""
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in text.split("\n"))
    return "\n".join(re.sub(r"([\[\]<>|#`])", r"\\\1", line) for line in lines)
