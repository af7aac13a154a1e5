"""How audits word what they found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autoreclab.evidence import Row
from autoreclab.nodes import SHOWN, Finding
from autoreclab.plan import Level

OURS = (
    *("dataset", "filters", "split", "part", "metric", "value", "n_users", "seconds", "source"),
    *("n", "mean", "sd", "cv", "ci_low", "ci_high"),
)
"""The columns of ledger and summary that are no factors."""


def error(name: str, sentence: str, rows: Iterable[str] = ()) -> Finding:
    """A finding that binds."""
    return Finding(name, sentence, _shown(rows))


def warning(name: str, sentence: str, rows: Iterable[str] = ()) -> Finding:
    """A finding that people should look at."""
    return Finding(name, sentence, _shown(rows), binding=False)


def factors(row: Row) -> dict[str, str]:
    """The factors of a row of the ledger and their levels; those it lacks left out."""
    return {name: value for name, value in row.items() if name not in OURS and value}


def condition(levels: Mapping[str, Level | str | None]) -> str:
    """A condition in words."""
    return " ".join(f"{name}={value}" for name, value in levels.items()) or "the study"


def named(row: Row) -> str:
    """A row of the ledger in words, e.g. `ndcg@10 of algorithm=ItemKNN seed=1`."""
    where = " ".join(filter(None, (row.get("dataset", ""), row.get("part", "") if row.get("part") != "test" else "")))
    return f"{row['metric']} of {condition(factors(row))}{f' ({where})' if where else ''}"


def _shown(rows: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rows))[:SHOWN]
