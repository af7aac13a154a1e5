"""Is every condition of the design in the ledger, exactly once?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autoreclab.audits.findings import error
from autoreclab.evidence import Evidence, Row, level
from autoreclab.plan import Design, Level
from autoreclab.tree import Finding


@dataclass(frozen=True)
class Wanted:
    """A value that the design asks for."""

    dataset: str
    condition: Mapping[str, Level]
    metric: str

    def __str__(self) -> str:
        return f"{self.metric} on {self.dataset} for {', '.join(f'{n}={v}' for n, v in self.condition.items())}"


@dataclass(frozen=True)
class Count:
    """Which of the values that a design asks for a ledger has."""

    wanted: Sequence[Wanted]
    missing: Sequence[Wanted]
    twice: Sequence[Wanted]
    """Those that it has more than once for the same part of the data."""


def count(design: Design, rows: Iterable[Row]) -> Count:
    """Look for every value of a design among rows."""
    wanted = [
        Wanted(dataset, each, metric)
        for dataset in design.datasets
        for each in design.conditions()
        if _exists(each, dataset, design)
        for metric in design.metrics
    ]
    times = Counter((_key(_dataset(row, design), row, row["metric"], design), row["part"]) for row in rows)
    found = {key for key, _ in times}
    repeated = {key for (key, _), number in times.items() if number > 1}
    keys = {id(each): _key(each.dataset, each.condition, each.metric, design) for each in wanted}
    missing = [each for each in wanted if keys[id(each)] not in found]
    return Count(wanted, missing, [each for each in wanted if keys[id(each)] in repeated])


def missing(evidence: Evidence) -> Iterator[Finding]:
    """Values that the design asks for are not in the ledger, though the program did not crash, which would say more."""
    counted = count(evidence.design, evidence.rows)
    if counted.missing and evidence.execution.status != "crashed":
        killed = ", for it was killed at the time limit" if evidence.execution.status == "timeout" else ""
        sentence = f"{len(counted.missing)} of {len(counted.wanted)} values of the design are missing{killed}."
        yield error("missing", sentence, map(str, counted.missing))


def twice(evidence: Evidence) -> Iterator[Finding]:
    """Values that the design asks for are in the ledger more than once."""
    counted = count(evidence.design, evidence.rows)
    if counted.twice:
        sentence = f"{len(counted.twice)} of {len(counted.wanted)} values of the design are there more than once."
        yield error("twice", sentence, map(str, counted.twice))


def _exists(condition: Mapping[str, Level], dataset: str, design: Design) -> bool:
    """A factor `data` whose levels name datasets, as several simulated ones need it, picks the dataset itself."""
    picked = condition.get("data")
    named = {value for factor in design.factors if factor.name == "data" for value in factor.levels}
    return picked is None or (dataset == picked if picked in design.datasets else dataset not in named)


def _dataset(row: Row, design: Design) -> str:
    """The dataset of a row; of a program's own number that of the design, where there is only one."""
    return row["dataset"] or row.get("data") or (design.datasets[0] if len(design.datasets) == 1 else "")


def _key(dataset: str, levels: Mapping[str, Level] | Row, metric: str, design: Design) -> tuple[str, ...]:
    return (dataset, metric, *(level(levels.get(factor.name, "")) for factor in design.factors))
