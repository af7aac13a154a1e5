"""One figure for each metric: a panel for each dataset, with every setting's replicates, mean and 95 % interval.

Settings stand below each other; where a factor is a number with three or more levels, they are lines over it.
"""

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
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^vP"
LEGEND = "points: replicates; {}: their mean with its 95 % interval"
PANELS = ["dataset", "part"]
LARGEST = 60  # settings in one figure
MOST = 40  # figures
LEVELS = 3  # of a number, for a line
DECADES = 20  # times as large as the smallest is the largest level, from which on the axis is logarithmic


def draw(ledger: pd.DataFrame, summary: pd.DataFrame, settings: list[str], folder: Path) -> None:
    """Write `figures/<metric>.png` for each metric; `settings` are the columns that tell the summary's rows apart.

    Numbers that were saved apart from any trial have no setting, and no figure: each is one number.
    """
    target = folder / FOLDER
    if target.is_symlink() or target.is_file():
        target.unlink()
    measured = ledger[(ledger[settings].fillna("") != "").any(axis=1)]
    for metric in list(dict.fromkeys(measured["metric"]))[:MOST]:
        rows, means = ledger[ledger["metric"] == metric], summary[summary["metric"] == metric]
        name = re.sub(r"[^\w@.-]+", "-", metric).lstrip(".")[:60] or "metric"
        write_atomically(target / f"{name}.png", _png(figure(metric, rows, means.head(LARGEST), settings)))


def figure(metric: str, rows: pd.DataFrame, means: pd.DataFrame, settings: list[str]) -> Any:
    """Matplotlib's figure of a metric's rows and of their means."""
    from matplotlib.figure import Figure

    panels = [group for _, group in means.groupby([means[name].map(repr) for name in PANELS], sort=False)]
    telling = [_telling(panel, settings) for panel in panels]
    over = [_numeric(panel, names) for panel, names in zip(panels, telling, strict=True)]
    heights = [3.4 if number else 0.9 + 0.36 * len(panel) for panel, number in zip(panels, over, strict=True)]
    drawn = Figure(figsize=(7, 0.4 + sum(heights)), dpi=150, layout="constrained")
    every = drawn.subplots(len(panels), squeeze=False, height_ratios=heights)[:, 0]
    for axes, panel, names, number in zip(every, panels, telling, over, strict=True):
        values = [_replicates(rows, mean, settings) for _, mean in panel.iterrows()]
        if number:
            _lines(axes, panel, values, [name for name in names if name != number], number)
            axes.set_ylabel(_shown(metric))
        else:
            _list(axes, panel, values, [_label(mean, names) or _shown(metric) for _, mean in panel.iterrows()])
            axes.set_xlabel(_shown(metric))
        if len(panels) > 1:
            axes.set_title(_label(panel.iloc[0], [name for name in PANELS if means[name].nunique() > 1]), fontsize=10)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    if (means["n"] > 1).any():
        kind = "line" if all(over) else "line or diamond" if any(over) else "diamond"
        drawn.suptitle(LEGEND.format(kind), fontsize=8, color="0.35")
    return drawn


def _telling(means: pd.DataFrame, settings: list[str]) -> list[str]:
    """The columns that tell these settings apart, each of which adds something to those before."""
    names: list[str] = []
    for name in settings:
        if _distinct(means, [*names, name]) > _distinct(means, names):
            names.append(name)
    return names or settings[:1]


def _distinct(means: pd.DataFrame, names: list[str]) -> int:
    return len({tuple(row) for row in means[names].astype(str).to_numpy()})


def _numeric(means: pd.DataFrame, names: list[str]) -> str | None:
    """The factor to draw lines over: the number with the most levels, if few enough lines come of it."""
    levels = {name: means[name].dropna() for name in names}
    counts = {name: found.nunique() for name, found in levels.items() if found.map(_is_number).all()}
    best = max(counts, key=counts.__getitem__, default=None)
    if best is None or counts[best] < LEVELS:
        return None
    return best if _distinct(means, [name for name in names if name != best]) <= len(LINES) else None


def _lines(axes: Any, means: pd.DataFrame, values: list[pd.Series], names: list[str], number: str) -> None:
    """A line over a number for each setting of the other factors; one that lacks it, as a baseline may, is flat."""
    means = means.assign(label=[_label(mean, names) for _, mean in means.iterrows()], values=values)
    for place, (label, line) in enumerate(means.groupby("label", sort=False)):
        style = {"color": LINES[place % len(LINES)], "label": label or None}
        if line[number].isna().all():
            axes.axhline(line["mean"].iloc[0], linestyle="--", **style)
        else:
            _line(axes, line.dropna(subset=number), number, marker=MARKERS[place % len(MARKERS)], **style)
    _number_axis(axes, sorted({float(level) for level in means[number].dropna()}), number)
    if means["label"].any():
        axes.legend(frameon=False, fontsize=8)


def _line(axes: Any, means: pd.DataFrame, number: str, **style: Any) -> None:
    means = means.sort_values(number, key=lambda levels: levels.astype(float))
    x, y, low, high = (means[name].astype(float) for name in (number, "mean", "ci_low", "ci_high"))
    axes.errorbar(x, y, [(y - low).fillna(0), (high - y).fillna(0)], markersize=5, capsize=3, zorder=3, **style)
    for level, found in zip(x, means["values"], strict=True):
        if len(found) > 1:
            axes.plot([level] * len(found), found, ".", color=style["color"], alpha=0.4, markersize=5, zorder=2)


def _number_axis(axes: Any, levels: list[float], number: str) -> None:
    if levels[0] > 0 and levels[-1] >= DECADES * levels[0]:
        axes.set_xscale("log")
    if len(levels) <= 12:
        axes.set_xticks(levels, [f"{level:g}" for level in levels])
        axes.minorticks_off()
    axes.set_xlabel(_shown(number))
    axes.grid(axis="y", color="0.9")


def _list(axes: Any, means: pd.DataFrame, values: list[pd.Series], labels: list[str]) -> None:
    """Settings below each other: replicates as points, mean and interval; or bars where nothing has replicates."""
    replicated = bool((means["n"] > 1).any())
    for position, ((_, mean), found) in enumerate(zip(means.iterrows(), values, strict=True)):
        if not replicated:
            axes.barh(position, mean["mean"], height=0.6, color=POINT)
            continue
        axes.plot(found, [position] * len(found), "o", color=POINT, alpha=0.6, markersize=5, zorder=2)
        if mean["n"] > 1:
            error = [[mean["mean"] - mean["ci_low"]], [mean["ci_high"] - mean["mean"]]]
            axes.errorbar(mean["mean"], position, xerr=error, fmt="D", color=MEAN, markersize=5, capsize=4, zorder=3)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x", color="0.9")


def _replicates(rows: pd.DataFrame, mean: pd.Series, settings: list[str]) -> pd.Series:
    same = (rows[settings].astype(str) == mean[settings].astype(str)).all(axis=1)
    return rows.loc[same, "value"].astype(float)


def _is_number(level: Any) -> bool:
    return isinstance(level, int | float) and not isinstance(level, bool)


def _label(row: pd.Series, names: list[str]) -> str:
    """What tells a setting from the others, in at most 60 characters."""
    return _shown(", ".join(str(row[name]) for name in names if row[name] not in (None, "")))


def _shown(text: str) -> str:
    """A name as Matplotlib draws it, without its formulas."""
    return text[:60].replace("$", r"\$")


def _png(figure: Any) -> bytes:
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in a script that the font lacks
        figure.savefig(content, format="png")
    return content.getvalue()
