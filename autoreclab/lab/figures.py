"""One figure for each metric: every setting's replicates, their mean and its 95 % interval."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.lab.places import write_atomically

FOLDER = "figures"
# Okabe and Ito, "Color Universal Design" (2008): told apart with any kind of colour vision
POINT, MEAN = "#56B4E9", "#D55E00"
LEGEND = " (points: replicates; diamond: mean with its 95 % interval)"
LARGEST = 60  # settings in one figure
MOST = 40  # figures


def draw(ledger: pd.DataFrame, summary: pd.DataFrame, settings: list[str], folder: Path) -> None:
    """Write `figures/<metric>.png` for each metric; `settings` are the columns that tell the summary's rows apart."""
    target = folder / FOLDER
    if target.is_symlink() or target.is_file():
        target.unlink()
    for metric in list(dict.fromkeys(ledger["metric"]))[:MOST]:
        rows, means = ledger[ledger["metric"] == metric], summary[summary["metric"] == metric]
        name = re.sub(r"[^\w@.-]+", "-", metric).lstrip(".")[:60] or "metric"
        write_atomically(target / f"{name}.png", _figure(metric, rows, means.head(LARGEST), settings))


def _figure(metric: str, rows: pd.DataFrame, means: pd.DataFrame, settings: list[str]) -> bytes:
    from matplotlib.figure import Figure

    telling = [name for name in settings if means[name].astype(str).nunique() > 1] or settings[:1]
    labels = [_label(row, telling) or metric[:60] for _, row in means.iterrows()]
    replicated = bool((means["n"] > 1).any())
    figure = Figure(figsize=(7, 1.2 + 0.42 * len(labels)), dpi=150, layout="constrained")
    axes = figure.subplots()
    for position, (_, mean) in enumerate(means.iterrows()):
        same = (rows[settings].astype(str) == mean[settings].astype(str)).all(axis=1)
        _setting(axes, position, rows.loc[same, "value"].astype(float), mean, bar=not replicated)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlabel(metric.replace("$", r"\$") + (LEGEND if replicated else ""))
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in a script that the font lacks
        figure.savefig(content, format="png")
    return content.getvalue()


def _setting(axes: Any, position: int, values: pd.Series, mean: pd.Series, bar: bool) -> None:
    """One line of the figure: replicates as points, their mean and interval; or a bar where nothing has replicates."""
    if bar:
        axes.barh(position, mean["mean"], height=0.6, color=POINT)
        return
    axes.plot(values, [position] * len(values), "o", color=POINT, alpha=0.6, markersize=5, zorder=2)
    if mean["n"] < 2:
        return
    error = [[mean["mean"] - mean["ci_low"]], [mean["ci_high"] - mean["mean"]]]
    axes.errorbar(mean["mean"], position, xerr=error, fmt="D", color=MEAN, markersize=5, capsize=4, zorder=3)


def _label(row: pd.Series, names: list[str]) -> str:
    """What tells a setting from the others, in at most 60 characters."""
    text = ", ".join(str(row[name]) for name in names if row[name] not in (None, ""))
    return text.replace("$", r"\$")[:60]
