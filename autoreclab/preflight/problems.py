"""What is wrong with a program that has not run yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """Something for which a program would crash."""

    path: str
    """The file of the program."""
    line: int
    """0 where it is about the whole file."""
    sentence: str
    facts: tuple[str, ...] = ()
    """What there is instead: names, signatures, the beginning of their documentation."""

    def __str__(self) -> str:
        place = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{place}: {self.sentence}"
