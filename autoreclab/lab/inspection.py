"""What a saved table should not hold, whatever values follow from it: names of problems, each with a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from autoreclab.lab.datasets import checksum
from autoreclab.lab.splits import Split

PAIR = ["user", "item"]
MOST = 0.5  # of the users: beyond it, an honest algorithm that has no opinion on some of them is no explanation
MANY = 0.1
WARNINGS = ("short-lists", "constant-predictions")
"""Problems that an honest program may have, too; all others bind."""


def of_lists(lists: pd.DataFrame, split: Split, k: int) -> Iterator[tuple[str, str]]:
    """Problems of recommendations; `lists` has columns user, item and rank, and k is the longest cut-off."""
    training = split.training.interactions
    if repeated := int(lists.duplicated(PAIR).sum()):
        yield "duplicates", f"{repeated:,} items stand twice in a user's list; they count once."
    if known := len(lists.merge(training[PAIR], on=PAIR)):
        yield "training-items", f"{known:,} items were recommended to users who have them in training."
    strangers = lists.loc[~lists["user"].isin(split.test["user"]), "user"].nunique()
    if strangers:
        yield "unknown-users", f"{strangers:,} users have recommendations and nothing in the test part."
    unknown = lists.loc[~lists["item"].isin(training["item"]) & ~lists["item"].isin(split.test["item"]), "item"]
    if unknown.nunique():
        yield "unknown-items", f"{unknown.nunique():,} of the recommended items are not in {split.training.name}."
    yield from _too_few(lists, split, k)


def of_predictions(predicted: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Problems of predicted ratings; `predicted` has columns user, item and prediction."""
    if len(predicted) > 1 and predicted["prediction"].nunique() == 1:
        value = predicted["prediction"].iloc[0]
        yield "constant-predictions", f"All {len(predicted):,} predictions are {value:.6g}."


def content(table: pd.DataFrame) -> str:
    """A hash of what a table recommends or predicts: equal for equal lists, or for equal predictions, alone."""
    order = ["user", "rank"] if "rank" in table else PAIR
    kept = table.sort_values(order, kind="stable").drop(columns="rank", errors="ignore")
    return checksum(kept)[:16]


def _too_few(lists: pd.DataFrame, split: Split, k: int) -> Iterator[tuple[str, str]]:
    """Users with fewer than k items, though there were more; those whom training lacks are left aside."""
    training = split.training.interactions
    users = pd.Index(split.test["user"].unique())
    own = training["user"].value_counts().reindex(users, fill_value=0)
    wanted = (training["item"].nunique() - own).clip(upper=k).where(own > 0, 0)
    found = lists["user"].value_counts().reindex(users, fill_value=0)
    empty, short = int(((found == 0) & (wanted > 0)).sum()), int((found < wanted).sum())
    if empty > MOST * len(users):
        yield "empty-lists", f"{empty:,} of {len(users):,} test users have no recommendation at all."
    elif short > MANY * len(users):
        yield "short-lists", f"{short:,} of {len(users):,} test users have fewer than {k} recommendations."
