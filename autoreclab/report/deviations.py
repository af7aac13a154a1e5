"""Where results depart from the request, as the plan's design has it: found by code, a sentence each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from autoreclab.evidence import Evidence, coverage, level
from autoreclab.nodes import Judgement
from autoreclab.plan import Requirement

SHOWN = 5  # things that a sentence names
KEEPS_ALL = "ratings ignored"  # lab's label of the step that drops ratings and no interaction
CHANCE = ("seed=", "fold=")  # arguments of a split that tell replicates apart


def of(evidence: Evidence) -> tuple[str, ...]:
    """All that is found, in a fixed order."""
    return tuple(sentence for found in KINDS for sentence in found(evidence))


def filters(evidence: Evidence) -> Iterator[str]:
    """Rows under other filters than those that the design fixes."""
    wanted = evidence.design.filters
    found = Counter(row["filters"] for row in evidence.rows if row["dataset"]) if wanted else {}
    for other, count in found.items():
        if _steps(other) != _steps(wanted):
            yield f"Filters: '{wanted}' was asked for, and {_rows(count)} of the ledger have '{other or 'none'}'."


def split(evidence: Evidence) -> Iterator[str]:
    """Rows of another split than the one that the design fixes, seeds and folds aside."""
    wanted = evidence.design.split
    found = Counter(unseeded(row["split"]) for row in evidence.rows if row["split"]) if wanted else {}
    for other, count in found.items():
        if other != unseeded(wanted):
            yield f"Split: '{wanted}' was asked for, and {_rows(count)} of the ledger have '{other}'."


def data(evidence: Evidence) -> Iterator[str]:
    """Datasets that nobody asked for, and those that are not what the run was started with."""
    for name in sorted({row["dataset"] for row in evidence.rows} - {"", *evidence.design.datasets}):
        yield f"Data: there are results on '{name}', which was not asked for."
    then = {fact["name"]: fact["sha256"] for fact in evidence.data}
    for name, now in sorted({(used["name"], used["sha256"]) for used in evidence.metadata.get("datasets", ())}):
        if then.get(name, now) != now:
            checksums = f"sha256 '{now[:12]}', and then '{then[name][:12]}'"
            yield f"Data: '{name}' is not what the run was started with ({checksums})."


def missing(evidence: Evidence) -> Iterator[str]:
    """Values that the design asks for and the ledger lacks."""
    found = coverage(evidence.design, evidence.rows)
    if found.missing:
        yield f"Missing: {len(found.missing)} of the {found.wanted} values of the design: {_some(found.missing)}."


def replicates(evidence: Evidence) -> Iterator[str]:
    """Settings of the design with more or fewer values than it has replicates."""
    design = evidence.design
    wanted = math.prod(len(factor.levels) for factor in design.factors if factor.replicates)
    counts: dict[tuple[str, str, int], list[str]] = {}
    for (setting, dataset, _, metric), count in Counter(_settings(evidence)).items():
        if count != wanted:
            counts.setdefault((setting, dataset, count), []).append(metric)
    for (setting, dataset, count), metrics in counts.items():
        of_what = " of ".join(filter(None, (", ".join(dict.fromkeys(metrics)), setting)))
        yield f"Replicates: {count} instead of {wanted} for {of_what} on {dataset}."


def program(evidence: Evidence) -> Iterator[str]:
    """Values that are the program's word alone."""
    own = Counter(row["metric"] for row in evidence.rows if row["source"] == "program")
    if own:
        yield f"Not recomputed: {own.total()} of {_rows(len(evidence.rows))} are the program's word ({_some([*own])})."


def beside(evidence: Evidence) -> Iterator[str]:
    """Metrics that nobody asked for."""
    found = dict.fromkeys(row["metric"] for row in evidence.rows if row["source"] == "recomputed")
    others = [metric for metric in found if metric not in evidence.design.metrics]
    if others and evidence.design.metrics:
        yield f"Metrics beside those asked for: {_some(others)}."


KINDS = (filters, split, data, missing, replicates, program, beside)


def unmet(requirements: Sequence[Requirement], judgement: Judgement) -> tuple[str, ...]:
    """The requirements that are not met."""
    verdicts = zip(requirements, judgement.verdicts, strict=True)
    return tuple(
        f"Not met, requirement {n}: {item.text}" for n, (item, verdict) in enumerate(verdicts, 1) if not verdict.met
    )


def unseeded(label: str) -> str:
    """The outer split of a label, without its seed and fold.

    >>> unseeded("holdout(test=0.2, seed=1), then holdout(test=0.1, seed=1)")
    'holdout(test=0.2)'
    """
    method, _, arguments = label.partition(", then ")[0].rstrip(")").partition("(")
    kept = [each for each in arguments.split(", ") if each and not each.startswith(CHANCE)]
    return f"{method}({', '.join(kept)})" if kept else method


def _steps(label: str) -> list[str]:
    """A label's filters, so that `rating > 3` and `rating > 3.0` are the same."""
    steps = [step.split(" ") for step in label.split(", ") if step not in ("", KEEPS_ALL)]
    return [" ".join(map(level, words)) for words in steps]


def _settings(evidence: Evidence) -> Iterator[tuple[str, str, str, str]]:
    """For each row that belongs to the design: its setting, dataset, part and metric."""
    factors = [factor for factor in evidence.design.factors if not factor.replicates]
    levels = {factor.name: {*map(level, factor.levels)} for factor in factors}
    for row in evidence.rows:
        own = all(level(row.get(name, "")) in allowed for name, allowed in levels.items())
        if own and row["metric"] in evidence.design.metrics and row["dataset"] in evidence.design.datasets:
            setting = " ".join(f"{name}={row[name]}" for name in levels)
            yield setting, row["dataset"], row["part"], row["metric"]


def _some(names: Sequence[str]) -> str:
    """The first of many."""
    more = f", … ({len(names) - SHOWN} more)" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
