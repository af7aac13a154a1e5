"""The report's results: the table of settings and metrics, differences, figures; every row names its node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from autoreclab.evidence import Row
from autoreclab.report.columns import tells, varies
from autoreclab.report.differences import differences
from autoreclab.report.markdown import escaped, natural, share, table, value
from autoreclab.report.subject import Subject

STATISTICS = ("n", "mean", "sd", "cv", "ci_low", "ci_high")
HEADS = ("n", "mean", "sd", "CV", "95 % CI", "node")
UNSHOWN = ("boot_low", "boot_high", "seconds")  # they stand in summary.csv
SHARED = {"dataset": "dataset {}", "filters": "{}", "part": "{} part", "n_users": "{} test users"}
"""Columns that are said once, in these words, where all rows have the same there."""
WHERE = ("dataset", "filters", "part", "metric")
NAMES = {"n_users": "test users"}


def results(subject: Subject) -> Iterator[str]:
    """The whole section."""
    summary = subject.table("summary.csv")
    yield from ("## Results", "")
    if not (summary and subject.best):
        yield from ("The ledger is empty: no result could be recomputed.", "")
        return
    shared = [key for key in SHARED if len(summary) > 1 and not varies(key, summary)]
    alike = ", ".join(SHARED[key].format(escaped(summary[0][key])) for key in shared if summary[0][key])
    yield "Computed by code from `results.csv`; n counts replicates." + (f" In all rows: {alike}." if alike else "")
    yield ""
    yield from rows(summary, shared, subject.best.name)
    yield from differences(subject)
    for path in sorted((path for path in subject.outputs if _is_figure(path)), key=natural):
        yield from (f"![{path.split('/')[-1].removesuffix('.png')}]({path})", "")


def rows(summary: Sequence[Row], shared: Iterable[str], node: str) -> Iterator[str]:
    """A line for each metric and setting, what is to be compared one below the other."""
    left_out = {*shared, *STATISTICS, *UNSHOWN}
    if all(row["source"] == "recomputed" for row in summary):
        left_out.add("source")
    told = [key for key in summary[0] if key not in left_out and tells(key, summary)]
    told.sort(key=lambda key: key not in WHERE)
    ordered = sorted(summary, key=lambda row: [natural(row[key]) for key in WHERE])
    lines = [[*(escaped(row[key]) for key in told), *_statistics(row), node] for row in ordered]
    yield from table([*(NAMES.get(key, key) for key in told), *HEADS], lines, file="summary.csv")


def _statistics(row: Row) -> list[str]:
    interval = f"{value(row['ci_low'])} to {value(row['ci_high'])}" if row["ci_low"] else "–"
    return [row["n"], value(row["mean"]), value(row["sd"]), share(row["cv"]), interval]


def _is_figure(path: str) -> bool:
    return path.startswith("figures/") and path.endswith(".png")
