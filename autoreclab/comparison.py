"""Two executions of one program, compared value by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from autoreclab.evidence import Row
from autoreclab.nodes import Execution

Outcome = Literal["equal", "differs", "missing", "new"]
OUTCOMES: tuple[Outcome, ...] = ("equal", "differs", "missing", "new")
MEASURED = ("value", "n_users", "seconds", "source")
"""Columns of the ledger that tell what came out; the others tell of what."""


@dataclass(frozen=True)
class Value:
    """One value of the ledger, then and now."""

    of: Mapping[str, str]
    """Its setting: factors, dataset, split, metric."""
    then: float | None
    """None where it is new."""
    now: float | None
    """None where it is missing."""

    @property
    def outcome(self) -> Outcome:
        if self.then is None:
            return "new"
        if self.now is None:
            return "missing"
        return "equal" if self.then == self.now else "differs"


@dataclass(frozen=True)
class Comparison:
    """What reproduced."""

    then: Execution
    now: Execution
    values: tuple[Value, ...]

    @property
    def counts(self) -> Mapping[Outcome, int]:
        found = Counter(value.outcome for value in self.values)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def reproduced(self) -> bool:
        """It ended in the same way, with the same values, exactly, and no others."""
        ended_alike = (self.then.status, self.then.exit) == (self.now.status, self.now.exit)
        return ended_alike and self.counts["equal"] == len(self.values)

    @property
    def line(self) -> str:
        """The comparison in one line: `ok, 60 equal, 0 differ, 0 missing, 0 new`."""
        counts = self.counts
        return (
            f"{self.now.status}, {counts['equal']} equal, {counts['differs']} differ, "
            f"{counts['missing']} missing, {counts['new']} new"
        )


def compare(then: Sequence[Row], now: Sequence[Row]) -> Iterator[Value]:
    """The values of two ledgers, matched by what they are of: those of the first in its order, then the new ones."""
    before, after = _by_setting(then), _by_setting(now)
    for setting in before | after:
        yield Value(dict(setting[1]), before.get(setting), after.get(setting))


def _by_setting(rows: Sequence[Row]) -> dict[tuple[int, tuple[tuple[str, str], ...]], float]:
    """Each row's value, if it has one, under its setting; a setting's second row is told apart by its count."""
    found: dict[tuple[int, tuple[tuple[str, str], ...]], float] = {}
    times: Counter[tuple[tuple[str, str], ...]] = Counter()
    for row in rows:
        setting = tuple((name, text) for name, text in row.items() if text and name not in MEASURED)
        if row["value"]:
            found[times[setting], setting] = float(row["value"])
        times[setting] += 1
    return found
