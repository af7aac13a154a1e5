"""Metrics of recommendations and of predicted ratings, one value for each test user.

Relevance is binary: a test user's held-out items are relevant. `rank` counts from 1, k is the cut-off, and a user's
value counts even when nothing was recommended (0).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Hits:
    """The recommended items that are relevant, up to rank k."""

    user: np.ndarray
    """For each hit, the number of its test user."""
    rank: np.ndarray
    relevant: np.ndarray
    """For each test user, how many items were held out (at least one)."""
    k: int

    def sum(self, weights: np.ndarray | None = None) -> np.ndarray:
        """The number of hits, or the sum of their weights, for each test user."""
        return np.bincount(self.user, weights, minlength=len(self.relevant))


def ndcg(hits: Hits) -> np.ndarray:
    """Normalised discounted cumulative gain: the sum of 1 / log2(rank + 1) over hits, divided by its ideal.

    The ideal has relevant items on ranks 1 to min(k, number of relevant items). After Järvelin and Kekäläinen,
    "Cumulated gain-based evaluation of IR techniques" (2002), in the form that discounts from rank 2 on.
    """
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(1, hits.k + 1) + 1))])
    return hits.sum(1 / np.log2(hits.rank + 1)) / ideal[np.minimum(hits.relevant, hits.k)]


def precision(hits: Hits) -> np.ndarray:
    """The number of hits, divided by k, however few items were recommended."""
    return hits.sum() / hits.k


def recall(hits: Hits) -> np.ndarray:
    """The number of hits, divided by the number of relevant items."""
    return hits.sum() / hits.relevant


def hit(hits: Hits) -> np.ndarray:
    """Whether there is a hit at all; its mean is the hit rate."""
    return (hits.sum() > 0).astype(float)


def mrr(hits: Hits) -> np.ndarray:
    """The reciprocal of the first hit's rank; 0 without a hit."""
    first = np.zeros(len(hits.relevant))
    np.maximum.at(first, hits.user, 1 / hits.rank)
    return first


def rmse(error: pd.Series, user: np.ndarray) -> pd.Series:
    """The root of a user's mean squared error; see `overall` for that of all test pairs."""
    return np.sqrt((error**2).groupby(user).mean())


def mae(error: pd.Series, user: np.ndarray) -> pd.Series:
    """A user's mean absolute error."""
    return error.abs().groupby(user).mean()


RANKING: dict[str, Callable[[Hits], np.ndarray]] = {
    "ndcg": ndcg,
    "precision": precision,
    "recall": recall,
    "hit": hit,
    "mrr": mrr,
}
RATING: dict[str, Callable[[pd.Series, np.ndarray], pd.Series]] = {"rmse": rmse, "mae": mae}


def overall(per_user: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """One value for each metric: the mean over test users; of rmse and mae that over all test pairs.

    Rating errors are reported over pairs in the field, so that users with many ratings weigh more: see Herlocker et
    al., "Evaluating collaborative filtering recommender systems" (2004).
    """
    pairs = test["user"].value_counts().reindex(per_user.index).to_numpy()
    values = {}
    for name, column in per_user.items():
        power = {"rmse": 2, "mae": 1}.get(str(name))
        pooled = float(np.average(column**power, weights=pairs) ** (1 / power)) if power else float(column.mean())
        values[str(name)] = pooled
    return values


def of_recommendations(lists: pd.DataFrame, test: pd.DataFrame, names: list[str], k: list[int]) -> pd.DataFrame:
    """A column for each metric and k (`ndcg@10`), a row for each test user.

    `lists` has columns user, item and rank. An item that stands twice in a list counts where it stands first, and
    ranks are counted anew from 1 in each list, so that neither can raise a value.
    """
    users, number = np.unique(test["user"], return_inverse=True)
    ordered = lists.sort_values(["user", "rank"], kind="stable").drop_duplicates(["user", "item"])
    ordered = ordered.assign(rank=ordered.groupby("user").cumcount() + 1)
    found = ordered.merge(test[["user", "item"]].assign(number=number), on=["user", "item"])
    relevant = np.bincount(number, minlength=len(users))
    columns: dict[str, np.ndarray] = {}
    for cut in k:
        top = found[found["rank"] <= cut]
        hits = Hits(top["number"].to_numpy(), top["rank"].to_numpy(), relevant, cut)
        columns |= {f"{name}@{cut}": RANKING[name](hits) for name in names}
    return pd.DataFrame(columns, index=pd.Index(users, name="user"))


def of_predictions(predicted: pd.DataFrame, test: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """A column for each metric, a row for each test user.

    `predicted` has columns user, item and prediction. Raises `ValueError` unless every test pair has one and
    a rating: leaving out the hard ones would lower the error.
    """
    if "rating" not in test:
        raise ValueError("the test part has no ratings")
    pairs = predicted.drop_duplicates(["user", "item"])
    joined = test.merge(pairs, on=["user", "item"], how="left")
    missing = int((~np.isfinite(joined["prediction"])).sum())
    if missing:
        raise ValueError(f"{missing:,} of {len(test):,} test pairs have no prediction")
    error, user = joined["prediction"] - joined["rating"], joined["user"].to_numpy()
    return pd.DataFrame({name: RATING[name](error, user) for name in names}).rename_axis("user")
