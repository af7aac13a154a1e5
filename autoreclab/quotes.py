"""Quotes: does what a judge copied stand in the program, its output or its files, and does it show anything?

What code does and what the harness computed is evidence. What merely says something is a claim: comments, docstrings
and other prose in strings, the log, files and values of the program's own making. A claim counts only for a requirement
that is about such words: “The docstring names the question”, “It prints the number of users”.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from autoreclab.evidence import Evidence
from autoreclab.excerpts import as_shown

SHORTEST = 8  # letters and digits that a quote has at least, and what of it is no claim; a value alone tells little
SHORTEST_PART = 4  # … and each part between ellipses
LONGEST_SHOWN = 160  # characters of a quote in a verdict
OCCURRENCES = 200  # places of a quote in a file that are looked at
LOG = "log.txt"
COMPUTED = ("results.csv", "summary.csv", "comparisons.csv", "metadata.json")  # the harness writes them, after the run
ELLIPSIS = re.compile(r"…[^…\n]{1,40} left out …|…|\.{3,}")
MARKS = "`'\"“”‘’"
QUOTATION = f"[{MARKS}]"  # any of them for any other
PROSE = re.compile(r"\S\s+\S+\s+\S")  # three words
STRINGS = (tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))
WORDS = re.compile(r"\b(?:docstrings?|comments?|document\w*|explain\w*|says? (?:what|how|which|that)|readme)\b", re.I)
PRINTS = re.compile(r"\b(?:prints?|printed|logs?|logged|messages?|standard output|stdout|console)\b", re.I)
FILES = re.compile(r"\b(?:files?|tables?|csv|json|saved?|saves|writes?|written|exports?|exported)\b", re.I)


@dataclass(frozen=True)
class Place:
    """Where a quote stands."""

    path: str
    line: int
    """From 1."""
    shows: bool
    """It is evidence for the requirement in question, not a mere claim."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Source:
    """A text that may be quoted."""

    path: str
    text: str
    claims: tuple[tuple[int, int], ...]
    """Spans of characters where it only says something; they don't overlap."""
    about: re.Pattern[str]
    """Finds what requirements call such words."""

    def tells(self, requirement: str) -> bool:
        """Is the requirement about what this text says?"""
        return bool(self.about.search(requirement)) or self.path.rpartition("/")[2] in requirement


def find(quote: str, requirement: str, evidence: Evidence) -> Place | None:
    """Where a quote stands, if possible as evidence for that requirement; None where it stands nowhere."""
    parts = patterns(quote)
    places = [place for source in _sources(evidence) if parts for place in _places(source, parts, requirement)]
    return next((place for place in places if place.shows), places[0] if places else None)


def patterns(quote: str) -> list[re.Pattern[str]]:
    """What to look for, one after the other: the parts between ellipses. Nothing for a quote too short to tell."""
    pieces = [piece.strip().strip(MARKS).strip() for piece in ELLIPSIS.split(quote.strip().strip(MARKS))]
    sizes = [_substance(piece) for piece in pieces if piece]
    if sum(sizes) < SHORTEST or min(sizes) < SHORTEST_PART:
        return []
    last = len(pieces) - 1
    return [_pattern(piece, number > 0, number < last) for number, piece in enumerate(pieces) if piece]


def shown(quote: str) -> str:
    """A quote as verdicts show it: on one line, not too long."""
    flat = " ".join(quote.strip().strip(MARKS).split())
    return f'"{flat}"' if len(flat) <= LONGEST_SHOWN else f'"{flat[:LONGEST_SHOWN]}…"'


def _pattern(piece: str, cut_before: bool, cut_after: bool) -> re.Pattern[str]:
    """The same words and signs with any white space between; only at an ellipsis a word may be cut in two."""
    tokens = re.findall(r"\w+|[^\w\s]", piece)
    pattern = "" if cut_before else r"\b" * _is_word(tokens[0])
    for number, token in enumerate(tokens):
        between = r"\s+" if _is_word(token) and _is_word(tokens[number - 1]) else r"\s*"
        pattern += between * (number > 0) + (QUOTATION if token in MARKS else re.escape(token))
    return re.compile(pattern + ("" if cut_after else r"\b" * _is_word(tokens[-1])))


def _is_word(token: str) -> bool:
    return bool(re.match(r"\w", token))


def _substance(text: str) -> int:
    return sum(character.isalnum() for character in text)


def _places(source: Source, parts: list[re.Pattern[str]], requirement: str) -> Iterator[Place]:
    """Where in a text the parts follow each other."""
    tells = source.tells(requirement)
    for number, first in enumerate(parts[0].finditer(source.text)):
        spans = [first.span()]
        for part in parts[1:]:
            found = part.search(source.text, spans[-1][1])
            if not found:
                return
            spans.append(found.span())
        done = _substance("".join(_unclaimed(source, start, end) for start, end in spans))
        line = source.text.count("\n", 0, first.start()) + 1
        yield Place(source.path, line, tells or done >= SHORTEST)
        if number == OCCURRENCES:
            return


def _unclaimed(source: Source, start: int, end: int) -> str:
    """What of a span is no claim."""
    kept = []
    for first, last in source.claims:
        if first < end and last > start:
            kept.append(source.text[start : max(start, first)])
            start = min(last, end)
    return "".join(kept) + source.text[start:end]


def _sources(evidence: Evidence) -> Iterator[Source]:
    """What can be quoted, in the order of its weight; results also without their times, as prompts show them."""
    for path in evidence.program:
        text = evidence.text(evidence.program, path)
        yield Source(path, text, _in_words(text) if path.endswith(".py") else _all(text), WORDS)
    others = sorted(set(evidence.outputs) - {*COMPUTED, LOG})
    for path in (*COMPUTED, *others, LOG):
        raw = evidence.text(evidence.outputs, path)
        for text in dict.fromkeys([raw, as_shown(path, raw)]):
            claims = _by_program(text, evidence) if path in COMPUTED else _all(text)
            yield Source(path, text, claims, PRINTS if path == LOG else FILES)


def _all(text: str) -> tuple[tuple[int, int], ...]:
    return ((0, len(text)),)


def _by_program(table: str, evidence: Evidence) -> tuple[tuple[int, int], ...]:
    """Rows that are the program's word; a descriptive study, which has no metrics, is made of them."""
    rows = re.finditer(r"^.*,program\r?$", table, re.MULTILINE) if evidence.design.metrics else ()
    return tuple(row.span() for row in rows)


def _in_words(code: str) -> tuple[tuple[int, int], ...]:
    """Comments, and strings of three words and more, docstrings among them."""
    starts = [0, *(found.end() for found in re.finditer("\n", code))]
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return _all(code)
    return tuple(
        (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1])
        for token in tokens
        if token.type == tokenize.COMMENT or (token.type in STRINGS and PROSE.search(token.string))
    )
