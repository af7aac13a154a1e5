"""The offline researcher's opinions on what no built-in check decides: read off the results table, or not met."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from autoreclab.models.answers import Judgement, Opinion
from autoreclab.models.offline.planning import DISPERSION
from autoreclab.models.offline.vocabulary import BASELINES

Row = dict[str, str]


def judge(undecided: Iterable[tuple[int, str]], results: str) -> Judgement:
    """An opinion on each undecided requirement; one that wasn't understood is never met."""
    rows = table(results)
    opinions = [(number, *opinion(text, rows)) for number, text in undecided]
    return Judgement(opinions=tuple(Opinion(requirement=n, met=met, evidence=why) for n, met, why in opinions))


def opinion(text: str, rows: list[Row]) -> tuple[bool, str]:
    """Whether the rows of the summary meet a requirement, and what shows it."""
    if text.startswith("Not understood offline"):
        return False, "The offline researcher does not understand this; a language model or a person has to judge it."
    if "chosen on a validation part" in text:
        return _validated(rows)
    if DISPERSION.search(text):
        return _dispersed(rows)
    return False, "The offline researcher has no way to tell."


def table(text: str) -> list[Row]:
    """The rows of a summary table by column; none where nothing was recorded."""
    return list(csv.DictReader(io.StringIO(text)))


def recomputed(rows: list[Row]) -> list[Row]:
    """The rows that count: those whose values the harness computed."""
    return [row for row in rows if row.get("source") == "recomputed"]


def _dispersed(rows: list[Row]) -> tuple[bool, str]:
    counted = [row for row in recomputed(rows) if row.get("sd") and row.get("ci_low")]
    return bool(counted), f"{len(counted)} rows of the summary have sd, cv and a 95 % confidence interval."


def _validated(rows: list[Row]) -> tuple[bool, str]:
    counted = recomputed(rows)
    apart = "tuning" if any(row.get("part") == "tuning" for row in counted) else "validation"
    then = "validation" if apart == "tuning" else "test"
    candidates = [row for row in counted if row.get("part") == apart]
    tested = [row for row in counted if row.get("part") == then and row.get("algorithm") not in BASELINES]
    met = bool(candidates and tested) and all(row.get("stage") == "chosen" for row in tested)
    return (
        met,
        f"{len(candidates)} rows are of the {apart} part, {len(tested)} of the {then} part.",
    )
