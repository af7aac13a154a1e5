"""Filters: ratings to implicit feedback, and the k-core."""

from __future__ import annotations

import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab.datasets import Dataset, Step


def implicit(data: Dataset, above: float | None = None, at_least: float | None = None) -> Dataset:
    """Keep the interactions rated strictly `above` or `at_least` so, and drop the ratings.

    Without a bound every interaction counts. Raises `DataError` when nothing is left.
    """
    if above is not None and at_least is not None:
        raise ValueError("lab.implicit: give either above or at_least, not both.")
    frame = data.interactions
    bound, label = (above, f"rating > {above}") if at_least is None else (at_least, f"rating >= {at_least}")
    if bound is None:
        bound, label, kept = None, "ratings ignored", frame
    elif "rating" not in frame:
        raise DataError(f"{data.name} has no ratings to filter by. Use lab.implicit(data) or leave it out.")
    else:
        kept = frame[frame["rating"] > bound if at_least is None else frame["rating"] >= bound]
    step: Step = {"step": "implicit", "label": label, "above": above, "at_least": at_least}
    return _unless_empty(data, kept.drop(columns="rating", errors="ignore"), step)


def core(data: Dataset, k: int) -> Dataset:
    """The k-core: drop users and items with fewer than `k` interactions until every one left has as many."""
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(f"lab.core: k is a whole number from 1, not {k!r}.")
    frame = data.interactions
    while len(frame):
        fewest = [frame.groupby(column)["user"].transform("size") for column in ("user", "item")]
        kept = (fewest[0] >= k) & (fewest[1] >= k)
        if kept.all():
            break
        frame = frame[kept]
    return _unless_empty(data, frame, {"step": "core", "label": f"{k}-core", "k": k})


def _unless_empty(data: Dataset, frame: pd.DataFrame, step: Step) -> Dataset:
    if frame.empty:
        raise DataError(f"{data.name}: the filter '{step['label']}' leaves no interaction. Choose a weaker one.")
    return data.then(frame, step)
