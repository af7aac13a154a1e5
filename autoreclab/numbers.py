"""Numbers in somebody's text, and whether values that code computed bear them out, to the digits given.

Number words (thirty, twice), versions (2025.8.1), numbers inside a name (ml-100k) and the numbering of lists are not
looked at; the k of NDCG@10 is.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
    (?P<numbering> ^[ \t]*\d+[.)](?=\s) | (?<!\S)\(\d\)(?=\s) )
  | (?P<version> \d+(?:\.\d+){2,}\S* )
  | (?P<name> [^\W\d_]\w*(?:-\w+)* )
  | (?P<sign> (?<![\w.%)\]])[-+\u2212] )?
    (?P<digits> \d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)? | \d*\.?\d+ )
    (?P<power> [eE][+-]?\d+ )?
    (?P<scale> [kKM](?!\w) )?
    (?P<percent> [ \u00a0\u202f]?% | [ ]per[ ]?cent\b )?
    """,
    re.VERBOSE | re.MULTILINE | re.ASCII,
)
SCALES = {"k": 1e3, "K": 1e3, "M": 1e6}
ROUNDED_FROM = 1_000  # the zeros at the end of a whole number from here on may be rounding: 54,000 …
KEPT = 2  # … as far as it leaves two digits: 100,000 may be 98,000, and not 60,000
TINY = 1e-9


@dataclass(frozen=True)
class Number:
    """A number as it is written."""

    text: str
    """With its sign, if any, and its percent sign."""
    end: int
    """Where it ends in the text."""
    value: float
    """Of a percentage the share: 0.043 for 4.3 %."""
    unit: float
    """What its last digit counts: 0.001 for 4.3 %, 1000 for 54,000."""
    whole: bool
    """A whole number to the last digit; only its equal bears it out, as it counts something."""
    cutoff: bool
    """The 10 of NDCG@10."""

    def fits(self, value: float) -> bool:
        """Is it this value, rounded to the digits given?"""
        return abs(self.value - value) <= (TINY if self.whole else self.unit / 2 + TINY * abs(value))


def find(text: str) -> Iterator[Number]:
    """The numbers of a text, in their order."""
    for found in TOKEN.finditer(text):
        if found["digits"]:
            yield _number(found)


def _number(found: re.Match[str]) -> Number:
    digits = found["digits"].replace(",", "")
    decimals = len(digits.partition(".")[2])
    factor = float(f"1{found['power'] or ''}") * SCALES.get(found["scale"], 1) / (100 if found["percent"] else 1)
    plain = not (decimals or found["power"] or found["scale"] or found["percent"])
    zeros = len(digits[KEPT:]) - len(digits[KEPT:].rstrip("0")) if plain and float(digits) >= ROUNDED_FROM else 0
    value = float(digits) * factor * (-1 if found["sign"] in ("-", "\u2212") else 1)
    unit = 10.0 ** (zeros - decimals) * factor
    cutoff = found.string[: found.start()].endswith("@")
    return Number(found[0].strip(), found.end(), value, unit, plain and not zeros, cutoff)


class Sources:
    """What numbers may come from.

    `values` and the `exact` bear out what equals them, `values` also what they are when rounded. The values of one of
    the `groups` may be compared: their differences, ratios and relative changes bear numbers out too. The `cutoffs`
    alone bear out a cutoff.
    """

    def __init__(
        self,
        values: Iterable[float],
        exact: Iterable[float] = (),
        groups: Iterable[Iterable[float]] = (),
        cutoffs: Iterable[float] = (),
    ) -> None:
        self.cutoffs = frozenset(cutoffs)
        self.values = sorted({*values, *itertools.chain.from_iterable(groups := [tuple(group) for group in groups])})
        self.exact = frozenset(round(value, 9) for value in exact)
        self.groups = groups

    def support(self, number: Number) -> bool:
        """Is the number found among the values, or computed from two that can be compared?"""
        if number.cutoff:
            return number.value in self.cutoffs
        return self._holds(number) or round(number.value, 9) in self.exact or self._compares(number)

    def unsupported(self, text: str) -> list[Number]:
        """The numbers of a text that nothing bears out."""
        return [number for number in find(text) if not self.support(number)]

    def _holds(self, number: Number) -> bool:
        start = bisect_left(self.values, number.value - number.unit)
        candidates = itertools.takewhile(
            lambda value: value <= number.value + number.unit, itertools.islice(self.values, start, None)
        )
        return any(map(number.fits, candidates))

    def _compares(self, number: Number) -> bool:
        if number.whole:
            return False
        pairs = (pair for group in self.groups for pair in itertools.permutations(sorted(set(group)), 2))
        return any(number.fits(result) for a, b in pairs for result in compared(a, b))


def compared(a: float, b: float) -> Iterator[float]:
    """What is said of two values of one kind: by how much and what share they differ, and how often one is the other.

    People subtract what a table shows, so the values rounded to four decimals count as well.
    """
    for one, other in ((a, b), (round(a, 4), round(b, 4))):
        yield from (one - other, abs(one - other))
        if other:
            yield from (one / other, one / other - 1, abs(one / other - 1))


def marked(text: str, numbers: Iterable[Number], mark: str, shown: Callable[[str], str]) -> str:
    """The text, its pieces as `shown` gives them, with a mark behind each of these numbers."""
    parts, start = [], 0
    for number in numbers:
        parts.append(shown(text[start : number.end]) + mark)
        start = number.end
    return "".join([*parts, shown(text[start:])])
