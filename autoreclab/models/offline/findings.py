"""The offline researcher's reading of a summary table: sentences with its numbers, and what they do not show."""

from __future__ import annotations

from collections.abc import Sequence

from autoreclab.models.answers import Interpretation
from autoreclab.models.offline.judging import Row, recomputed, table
from autoreclab.models.offline.planning import listed, plural
from autoreclab.models.offline.understanding import Study
from autoreclab.models.offline.vocabulary import STOCHASTIC
from autoreclab.task import lower_is_better

MEASURES = ("n", "mean", "sd", "cv", "ci_low", "ci_high", "boot_low", "boot_high", "n_users", "seconds", "source")
CONDITIONS = ("dataset", "filters", "part", "metric")
CAVEATS = {
    "seeds": "The spread is that of the seed alone: another dataset, split or setting may give another one.",
    "comparison": "Settings were not tuned for each algorithm, and another setting may change their order.",
    "pruning": "Each core has a test part of its own, so values of different cores measure different tasks.",
    "implicit": "Each threshold has a test part of its own, so values of different thresholds measure different tasks.",
    "rating": "Errors on ratings that users chose to give say little about the order of recommendations.",
    "tuning": "The best of several candidates looks better on the validation part than it is.",
}


def interpret(study: Study, results: str) -> Interpretation:
    """The answer to the task's question, as far as the table gives one."""
    rows = [row for row in recomputed(table(results)) if row.get("mean")]
    tested = [row for row in rows if row["part"] == "test" and row["metric"] in study.metrics]
    if not tested:
        text = "The results table holds no recomputed value of the test part, so the question stays open."
        nothing = "There is nothing to interpret."
        return Interpretation(answer=text, interpretation=nothing, limitations=_limitations(study, tested))
    return Interpretation(
        answer=" ".join(filter(None, [*_chosen(study, rows), _lead(study, tested), *_details(study, tested)])),
        interpretation=" ".join(_against(study, tested)) or "No baseline stands beside these values.",
        limitations=_limitations(study, tested),
    )


def _lead(study: Study, rows: list[Row]) -> str:
    """The first metric's headline: the size of the spread where that was asked, else the best setting."""
    metric = study.metrics[0]
    own = [row for row in rows if row["metric"] == metric and not _is_baseline(study, row)]
    if not own:
        return f"No setting has a value of {metric}."
    spread = max(own, key=lambda row: float(row["cv"] or 0))
    if study.recipe.name == "seeds" and spread["cv"]:
        what = listed([plural(factor.name) for factor in study.factors[1:]])
        return f"Different {what} make {metric} of {_name(spread)} vary by {float(spread['cv']):.1%} (sd / mean)."
    kind = "lowest" if lower_is_better(metric) else "highest"
    groups = [group for data in study.datasets if len(group := [row for row in own if row["dataset"] == data]) > 1]
    return " ".join(f"The {kind} mean {metric} is {_value(row):.4f}, of {_name(row)}." for row in map(_best, groups))


def _details(study: Study, rows: list[Row]) -> list[str]:
    """One sentence for each setting, of the first metric where there are many settings, else of all."""
    own = [row for row in rows if not _is_baseline(study, row)]
    shown = own if len(own) <= 8 else [row for row in own if row["metric"] == study.metrics[0]]
    return [f"{_name(row)} has {row['metric']} {_value(row):.4f}{_spread(row)}." for row in shown]


def _spread(row: Row) -> str:
    if not row["sd"]:
        return " in one measurement"
    interval = f"95 % confidence interval {float(row['ci_low']):.4f} to {float(row['ci_high']):.4f}"
    share = f", {float(row['cv']):.1%} of the mean" if row["cv"] else ""
    return f" on average of {row['n']} (standard deviation {float(row['sd']):.4f}{share}; {interval})"


def _against(study: Study, rows: list[Row]) -> list[str]:
    """Each setting's first metric beside the baseline under the same conditions."""
    sentences = []
    for row in rows:
        base = next((other for other in rows if _is_baseline(study, other) and _paired(row, other)), None)
        if row["metric"] == study.metrics[0] and not _is_baseline(study, row) and base and _value(base):
            change = _value(row) / _value(base) - 1
            side = "above" if change >= 0 else "below"
            beside = f"{study.recipe.baseline} ({_value(base):.4f})"
            sentences.append(f"{_name(row)} is {abs(change):.0%} {side} {beside} in {row['metric']}.")
    return sentences or [f"There is no row of {study.recipe.baseline} to compare with."]


def _chosen(study: Study, rows: list[Row]) -> list[str]:
    """Which candidate is best on the validation part, where settings were tuned."""
    part = "tuning" if study.owned else "validation"
    candidates = [row for row in rows if row["part"] == part and row["metric"] == study.metrics[0]]
    if not study.grid or not candidates:
        return []
    best = _best(candidates)
    settings = listed([f"{name} {float(best[name]):g}" for name in study.grid if best.get(name)])
    return [f"Of {len(candidates)} candidates, {settings} is best on the {part} part ({_value(best):.4f})."]


def _limitations(study: Study, rows: list[Row]) -> str:
    """What the study can't show: its data, its replicates, what was not understood."""
    users = {row["n_users"] for row in rows if row["n_users"]}
    data = f"One dataset ({study.datasets[0]})" if len(study.datasets) == 1 else f"{len(study.datasets)} datasets"
    parts = [f"{data}, offline, {listed(sorted(users))} test users." if users else f"{data}, offline."]
    parts += [CAVEATS[study.recipe.name]] if study.recipe.name in CAVEATS else []
    if any(not row["sd"] for row in rows if not _is_baseline(study, row)):
        parts.append("Settings measured once have no spread, so small differences may be chance.")
    if study.levels("seed") and (steady := [name for name in study.algorithms if name not in STOCHASTIC]):
        parts.append(f"Training {listed(steady)} knows no chance: its values repeat over the seeds.")
    if any(row["sd"] for row in rows):
        parts.append("Replicates share the same users, so the intervals say nothing about other users.")
    if study.missing:
        parts.append(f"Not understood, and so not answered: {'; '.join(study.missing)}.")
    return " ".join(parts)


def _name(row: Row) -> str:
    """A setting in words: its algorithm, then whatever else the row is about."""
    others = [key for key in row if key not in (*MEASURES, *CONDITIONS, "algorithm") and row[key]]
    details: Sequence[str] = [f"{key.replace('_', ' ')} {row[key]}" for key in others]
    return f"{row.get('algorithm', '')} ({', '.join(details)})" if details else row.get("algorithm", "")


def _is_baseline(study: Study, row: Row) -> bool:
    return row.get("algorithm") == study.recipe.baseline


def _paired(row: Row, other: Row) -> bool:
    """Is the other row's setting the same, as far as it has one?"""
    factors = [key for key in other if key not in (*MEASURES, "algorithm") and other[key]]
    return all(row.get(key) == other[key] for key in factors)


def _best(rows: list[Row]) -> Row:
    """The row with the best mean, all of one metric; the first of equals."""
    return min(rows, key=_value) if lower_is_better(rows[0]["metric"]) else max(rows, key=_value)


def _value(row: Row) -> float:
    return float(row["mean"])
