"""Which differences between the levels of a factor are more than chance: paired comparisons over a study's ledger."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from autoreclab.lab import statistics
from autoreclab.lab.records import RESERVED

FAMILY = ["dataset", "filters", "part", "metric"]
STATISTICS = ["n", "mean_a", "mean_b", "difference", "ci_low", "ci_high", "t_p", "wilcoxon_p", "d_z"]
CORRECTED = ("t_p", "wilcoxon_p")


@dataclass(frozen=True)
class Setting:
    """The rows of one level under one combination of the other factors."""

    level: Any
    others: Mapping[str, Any]
    """The other factors that are no replicates; None where a row lacks one, as a baseline may."""
    rows: pd.DataFrame


def compare(
    table: pd.DataFrame, factor: str = "algorithm", users: Mapping[Any, pd.Series] | None = None
) -> pd.DataFrame:
    """Compare every two levels of a factor, in each dataset, metric and setting of the other factors.

    `table` is a ledger as `lab.finish` returns it. Values are paired over replicates: equal seeds, folds and splits; a
    replicate factor that only one of the two has is averaged over. Where fewer than two pairs remain, or all differ by
    the same, values are paired over test users instead, each user's averaged over replicates, if `users` gives them by
    the table's index. A row for each pair: what it is about, `paired_over` (replicates or users), n pairs, mean_a,
    mean_b, difference (a - b) with its 95 % t interval, p values of the paired t test (t_p) and Wilcoxon's signed-rank
    test (wilcoxon_p), both also with Holm's correction over all pairs of a dataset and metric (t_p_holm,
    wilcoxon_p_holm), and the effect size d_z (mean difference / its sd). A setting that lacks another factor, such as a
    baseline, is compared with every level of that one. Raises `ValueError` where the table has no such factor.
    """
    if factor not in table or factor in RESERVED:
        raise ValueError(f"lab.compare: the table has no factor {factor!r}, only {', '.join(_factors(table))}.")
    others = [name for name in _factors(table) if name != factor and not statistics.is_replicate(name)]
    table = table.astype(object).where(table.notna(), None)  # one that was read from a file has nan
    lines: list[dict[str, Any]] = []
    for _, rows in table.groupby([table[name].map(repr) for name in FAMILY], sort=False):
        pairs = itertools.combinations(_settings(rows, factor, others), 2)
        found = [line for a, b in pairs if (line := _compared(a, b, factor, users or {})) is not None]
        lines += _corrected([{**rows.iloc[0][FAMILY], **line} for line in found])
    names = [f"{factor}_a", f"{factor}_b", "paired_over"]
    columns = [*others, *FAMILY, *names, *STATISTICS[:-1], *(f"{name}_holm" for name in CORRECTED), "d_z", "source"]
    return pd.DataFrame([[line.get(name) for name in columns] for line in lines], columns=columns, dtype=object)


def _factors(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table if name not in RESERVED]


def _settings(rows: pd.DataFrame, factor: str, others: list[str]) -> Iterator[Setting]:
    """Every level with every combination of the other factors, in the order of the table."""
    for _, group in rows.groupby([rows[name].map(repr) for name in (factor, *others)], sort=False):
        first = group.iloc[0]
        if first[factor] is not None:
            yield Setting(first[factor], first[others].to_dict(), group)


def _compared(a: Setting, b: Setting, factor: str, users: Mapping[Any, pd.Series]) -> dict[str, Any] | None:
    """The comparison of two settings; None for equal levels, other conditions, or too few pairs."""
    shared = {name: b.others[name] if given is None else given for name, given in a.others.items()}
    if a.level == b.level or any(b.others[name] not in (None, given) for name, given in shared.items()):
        return None
    known = {*a.rows["source"], *b.rows["source"]} == {"recomputed"}
    about = {**shared, f"{factor}_a": a.level, f"{factor}_b": b.level, "source": "recomputed" if known else "program"}
    found = [_tested("replicates", _over_replicates(a.rows, b.rows))]
    if found[0]["t_p"] is None:
        found.insert(0, _tested("users", _over_users(a.rows, b.rows, users)))
    return next((about | test for test in found if test["n"] >= 2), None)


def _tested(over: str, pairs: pd.DataFrame) -> dict[str, Any]:
    """The statistics of pairs of values a and b; of fewer than two only how many there are."""
    if len(pairs) < 2:
        return {"n": len(pairs), "t_p": None}
    means = {"mean_a": float(pairs["a"].mean()), "mean_b": float(pairs["b"].mean())}
    return {"paired_over": over, **means, **statistics.compare(pairs["a"], pairs["b"])}


def _over_replicates(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Values a and b for each split and replicate that both have."""
    common = [name for name in _factors(a) if statistics.is_replicate(name)]
    common = [name for name in common if a[name].notna().all() and b[name].notna().all()]
    means = [
        rows["value"].astype(float).groupby([rows[name].map(repr) for name in ("split", *common)], sort=False).mean()
        for rows in (a, b)
    ]
    return pd.concat(means, axis=1, keys=["a", "b"], join="inner")


def _over_users(a: pd.DataFrame, b: pd.DataFrame, users: Mapping[Any, pd.Series]) -> pd.DataFrame:
    """Values a and b for each test user, averaged over replicates; none unless both have the same splits."""
    if set(a["split"]) != set(b["split"]) or not all(place in users for place in (*a.index, *b.index)):
        return pd.DataFrame(columns=["a", "b"])
    means = [pd.concat([users[place] for place in rows.index], axis=1).mean(axis=1) for rows in (a, b)]
    return pd.concat(means, axis=1, keys=["a", "b"], join="inner")


def _corrected(family: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The comparisons of a family with their corrected p values."""
    for name in CORRECTED:
        for line, p in zip(family, statistics.holm([line[name] for line in family]), strict=True):
            line[f"{name}_holm"] = p
    return family
