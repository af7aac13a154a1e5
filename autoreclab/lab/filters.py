"""Filters: ratings to implicit feedback, and the k-core."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from autoreclab.errors import DataError
from autoreclab.lab.datasets import Dataset, Step

COUNTED = {"users": "user", "items": "item"}


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


def core(data: Dataset, k: int, of: Literal["users", "items"] | None = None) -> Dataset:
    """The k-core: drop users and items with fewer than `k` interactions until every one left has as many.

    With `of="users"` or `of="items"` only these are dropped; the others keep what is left of theirs, however few.
    Raises `DataError` when nothing is left.
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(f"lab.core: k is a whole number from 1, not {k!r}.")
    if of not in (None, *COUNTED):
        raise ValueError(f"lab.core: of is 'users' or 'items', or left out for both, not {of!r}.")
    counted = [COUNTED[of]] if of else list(COUNTED.values())
    frame = data.interactions
    while len(frame):
        fewest = np.min([frame.groupby(column)["user"].transform("size") for column in counted], axis=0)
        if (fewest >= k).all():
            break
        frame = frame[fewest >= k]
    # without `of` a step is what it was before there was one, so that old recipes and labels are still equal
    label, only = (f"{k}-core of {of}", {"of": of}) if of else (f"{k}-core", {})
    return _unless_empty(data, frame, {"step": "core", "label": label, "k": k, **only})


def _unless_empty(data: Dataset, frame: pd.DataFrame, step: Step) -> Dataset:
    if frame.empty:
        raise DataError(f"{data.name}: the filter '{step['label']}' leaves no interaction. Choose a weaker one.")
    return data.then(frame, step)
