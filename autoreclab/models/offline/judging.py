"""The offline researcher's opinions on what no built-in check decides: read off the results table, or not met."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from autoreclab.models.answers import Judgement, Opinion
from autoreclab.models.offline.planning import DISPERSION
from autoreclab.models.offline.vocabulary import BASELINES

Row = dict[str, str]
Read = tuple[bool, str, str]
"""Met, quote, evidence."""


def judge(undecided: Iterable[tuple[int, str]], results: str) -> Judgement:
    """An opinion on each undecided requirement; one that wasn't understood is never met."""
    opinions = [(number, *opinion(text, results)) for number, text in undecided]
    return Judgement(
        opinions=tuple(Opinion(requirement=n, met=met, quote=quote, evidence=why) for n, met, quote, why in opinions)
    )


def opinion(text: str, results: str) -> Read:
    """Whether the rows of the summary meet a requirement, a row that shows it, and why."""
    if text.startswith("Not understood offline"):
        why = "The offline researcher does not understand this; a language model or a person has to judge it."
        return False, "", why
    if "chosen on a validation part" in text:
        return _validated(results)
    if DISPERSION.search(text):
        return _dispersed(results)
    return False, "", "The offline researcher has no way to tell."


def table(text: str) -> list[Row]:
    """The rows of a summary table by column; none where nothing was recorded."""
    return list(csv.DictReader(io.StringIO(text)))


def recomputed(rows: list[Row]) -> list[Row]:
    """The rows that count: those whose values the harness computed."""
    return [row for row in rows if row.get("source") == "recomputed"]


def _dispersed(results: str) -> Read:
    counted = [row for row in recomputed(table(results)) if row.get("sd") and row.get("ci_low")]
    why = f"{len(counted)} rows of the summary have sd, cv and a 95 % confidence interval."
    return bool(counted), _line(counted), why


def _validated(results: str) -> Read:
    counted = recomputed(table(results))
    apart = "tuning" if any(row.get("part") == "tuning" for row in counted) else "validation"
    then = "validation" if apart == "tuning" else "test"
    candidates = [row for row in counted if row.get("part") == apart]
    tested = [row for row in counted if row.get("part") == then and row.get("algorithm") not in BASELINES]
    met = bool(candidates and tested) and all(row.get("stage") == "chosen" for row in tested)
    why = f"{len(candidates)} rows are of the {apart} part, {len(tested)} of the {then} part."
    return met, _line(tested if met else []), why


def _line(rows: list[Row]) -> str:
    """The first of the rows as it stands in the table."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(rows[0].values() if rows else ())
    return out.getvalue()
