"""The report's differences between algorithms: the paired tests of `comparisons.csv`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from autoreclab.report.columns import tells, varies
from autoreclab.report.markdown import escaped, table, value
from autoreclab.report.subject import Subject
from autoreclab.task import lower_is_better

Row = Mapping[str, str]
ALPHA = 0.05
MOST = 20  # rows
SMALL = 0.0001
FEWEST = 6  # pairs: of five that all agree the exact two-sided p is 2 / 2 ** 5
HEADS = ("a", "b", "pairs", "a − b", "95 % CI", "p (t)", "p (Wilcoxon)", "d_z", "node")


def differences(subject: Subject) -> Iterator[str]:
    """The table of comparisons; where it is long, of those with the best algorithm alone."""
    rows = subject.table("comparisons.csv")
    if not (rows and subject.best):
        return
    shown = rows if len(rows) <= MOST else whole_metrics(with_the_best(rows))
    yield from ("### Differences", "")
    yield "Computed by code: a − b over n pairs (replicates or users), d_z is this in standard deviations of the pairs;"
    yield f"p of the paired t and Wilcoxon tests with Holm's correction. A difference counts at p (t) < {ALPHA}."
    yield ""
    telling = [
        key for key in (*about(rows[0]), "source") if key == "metric" or (tells(key, rows) and varies(key, rows))
    ]
    lines = [[*(escaped(row[key]) for key in telling), *_tested(row), subject.best.name] for row in shown]
    yield from table([*telling, *HEADS], lines)
    if any(int(row["n"]) < FEWEST and row["wilcoxon_p"] for row in shown):
        yield from (f"With fewer than {FEWEST} pairs Wilcoxon's p can't be below {ALPHA}, whatever the difference.", "")
    if len(shown) < len(rows):
        yield from (f"{len(rows) - len(shown)} more stand in `comparisons.csv`.", "")


def about(row: Row) -> list[str]:
    """The columns that say what algorithms are compared in."""
    return list(row)[: list(row).index("algorithm_a")]


def with_the_best(rows: Sequence[Row]) -> list[Row]:
    """Of the comparisons of each metric and setting, those of the algorithm with the best mean."""
    families: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        families.setdefault(tuple(row[key] for key in about(row)), []).append(row)
    kept: list[Row] = []
    for family in families.values():
        means = {row[f"algorithm_{side}"]: float(row[f"mean_{side}"]) for row in family for side in "ab"}
        best = (min if lower_is_better(family[0]["metric"]) else max)(means, key=means.__getitem__)
        kept += [row for row in family if best in (row["algorithm_a"], row["algorithm_b"])]
    return kept


def whole_metrics(rows: Sequence[Row]) -> list[Row]:
    """The rows of as many metrics as there is room for, in their order: of these, all datasets and settings."""
    kept: list[Row] = []
    for metric in dict.fromkeys(row["metric"] for row in rows):
        found = [row for row in rows if row["metric"] == metric]
        if kept and len(kept) + len(found) > MOST:
            break
        kept += found
    return kept[:MOST]


def _tested(row: Row) -> list[str]:
    interval = f"{value(row['ci_low'])} to {value(row['ci_high'])}" if row["ci_low"] else "–"
    names = [escaped(row["algorithm_a"]), escaped(row["algorithm_b"]), f"{row['n']} {row['paired_over']}"]
    tests = [_p(row["t_p_holm"]), _p(row["wilcoxon_p_holm"]), value(row["d_z"])]
    return [*names, value(row["difference"]), interval, *tests]


def _p(text: str) -> str:
    return f"< {SMALL:.4f}" if text and float(text) < SMALL else value(text)
