"""Metrics of recommendations and of predicted ratings.

A test user's held-out items are relevant. `rank` counts from 1, k is the cut-off, and a user to whom nothing was
recommended counts, with 0. Most metrics have a value for each test user, and their mean is the result; those of
`OF_ALL_LISTS` look at all lists together, and those of `RATING` at all test pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Measured:
    """The values of some metrics."""

    overall: dict[str, float]
    """One value for each metric (`ndcg@10`), in the order they were asked for."""
    per_user: pd.DataFrame
    """A row for each test user, a column for each metric that has values of users."""


@dataclass(frozen=True)
class Truth:
    """What lists are measured against: the held-out interactions, and those that training had."""

    test: pd.DataFrame
    training: pd.DataFrame

    @cached_property
    def users(self) -> pd.Index:
        """The test users, sorted; their place here is their number."""
        return pd.Index(np.unique(self.test["user"]), name="user")

    @cached_property
    def number(self) -> np.ndarray:
        """For each held-out interaction, the number of its user."""
        return self.users.get_indexer(self.test["user"])

    @cached_property
    def relevant(self) -> np.ndarray:
        """For each test user, how many items were held out (at least one)."""
        return np.bincount(self.number, minlength=len(self.users))

    @cached_property
    def popularity(self) -> pd.Series:
        """For each training item, how many training users have it."""
        return self.training["item"].value_counts()

    def ideal(self, k: int) -> np.ndarray:
        """For each test user, the highest discounted gain of held-out ratings that k items can have."""
        ratings = self.test["rating"].to_numpy(dtype=float)
        order = np.lexsort((-ratings, self.number))
        start = np.cumsum(self.relevant) - self.relevant
        user = self.number[order]
        rank = np.arange(len(order)) - start[user] + 1
        return np.bincount(user, np.where(rank <= k, discounted(ratings[order], rank), 0.0), len(self.users))


@dataclass(frozen=True)
class Lists:
    """What was recommended to test users up to rank k, sorted by user and rank."""

    user: np.ndarray
    """For each recommended item, the number of its test user."""
    rank: np.ndarray
    item: np.ndarray
    hit: np.ndarray
    """Whether it was held out."""
    rating: np.ndarray | None
    """The rating that was held out with it, else 0; None where the test part has no ratings."""
    k: int
    truth: Truth

    @cached_property
    def known(self) -> np.ndarray:
        """For each recommended item, its place in `truth.popularity`, or -1 where training lacks it."""
        return self.truth.popularity.index.get_indexer(self.item)

    @property
    def exposure(self) -> np.ndarray:
        """For each training item, in how many of the lists it stands."""
        return np.bincount(self.known[self.known >= 0], minlength=len(self.truth.popularity))

    def sum(self, weights: np.ndarray) -> np.ndarray:
        """The sum of the recommended items' weights, for each test user."""
        return np.bincount(self.user, weights, minlength=len(self.truth.users))


def discounted(gain: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """A gain divided by log2(rank + 1)."""
    return gain / np.log2(rank + 1)


def ndcg(lists: Lists) -> np.ndarray:
    """Normalised discounted cumulative gain: the sum of 1 / log2(rank + 1) over hits, divided by its ideal; 0 to 1.

    The ideal has relevant items on ranks 1 to min(k, number of relevant items). After Järvelin and Kekäläinen,
    "Cumulated gain-based evaluation of IR techniques" (2002), in the form that discounts from rank 2 on.
    """
    ideal = np.concatenate([[0.0], np.cumsum(discounted(np.ones(lists.k), np.arange(lists.k) + 1))])
    return lists.sum(discounted(lists.hit, lists.rank)) / ideal[np.minimum(lists.truth.relevant, lists.k)]


def graded_ndcg(lists: Lists) -> np.ndarray:
    """NDCG whose gain is the held-out rating itself, not 2 to its power: the sum over hits of rating / log2(rank + 1).

    The ideal has the user's held-out items by falling rating, up to k of them; 0 to 1, and 0 where all ratings are 0.
    After the same paper as `ndcg`. Raises `ValueError` where the test part has no ratings, or negative ones.
    """
    if lists.rating is None:
        raise ValueError("graded-ndcg needs ratings, and the test part has none. Leave out lab.implicit, or use ndcg.")
    if (lists.truth.test["rating"] < 0).any():
        raise ValueError("graded-ndcg needs ratings from 0 on, and some are negative. Shift them, or use ndcg.")
    ideal = lists.truth.ideal(lists.k)
    return np.divide(lists.sum(discounted(lists.rating, lists.rank)), ideal, out=np.zeros(len(ideal)), where=ideal > 0)


def precision(lists: Lists) -> np.ndarray:
    """The number of hits, divided by k, however few items were recommended; 0 to 1.

    This and `recall` as in Herlocker et al., "Evaluating collaborative filtering recommender systems" (2004).
    """
    return lists.sum(lists.hit) / lists.k


def recall(lists: Lists) -> np.ndarray:
    """The number of hits, divided by the number of relevant items; 0 to 1."""
    return lists.sum(lists.hit) / lists.truth.relevant


def hit(lists: Lists) -> np.ndarray:
    """Whether there is a hit at all, 0 or 1; its mean is the hit rate.

    As in Deshpande and Karypis, "Item-based top-N recommendation algorithms" (2004).
    """
    return (lists.sum(lists.hit) > 0).astype(float)


def mrr(lists: Lists) -> np.ndarray:
    """The reciprocal of the first hit's rank, 0 without a hit; 0 to 1. Its mean is the mean reciprocal rank.

    As in Voorhees, "The TREC-8 question answering track report" (1999).
    """
    first = np.zeros(len(lists.truth.users))
    np.maximum.at(first, lists.user, lists.hit / lists.rank)
    return first


def mean_average_precision(lists: Lists) -> np.ndarray:
    """Average precision: the sum over hits of the precision at their rank, divided by its ideal; 0 to 1.

    The ideal is min(k, number of relevant items), so that a perfect list has 1 (`trec_eval` divides by the number of
    relevant items instead). The mean over users is MAP: Manning et al., "Introduction to information retrieval"
    (2008), section 8.4.
    """
    hits = pd.Series(lists.hit, dtype=float).groupby(lists.user).cumsum().to_numpy()
    return lists.sum(lists.hit * hits / lists.rank) / np.minimum(lists.truth.relevant, lists.k)


def novelty(lists: Lists) -> np.ndarray:
    """Mean self-information of a list's items: -log2 of the share of training users who have the item.

    From 0 (everybody has all of them) to log2 of the number of training users. An item that training lacks counts 0.
    After Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems" (2010); also in
    Vargas and Castells, "Rank and relevance in novelty and diversity metrics for recommender systems" (2011).
    """
    share = lists.truth.popularity.to_numpy() / lists.truth.training["user"].nunique()
    information = np.where(lists.known >= 0, -np.log2(share)[lists.known], 0.0)
    return lists.sum(information) / np.maximum(lists.sum(np.ones(len(information))), 1)


def coverage(lists: Lists) -> float:
    """The share of the training items that are recommended to any test user; 0 to 1.

    Catalogue coverage in Ge et al., "Beyond accuracy: evaluating recommender systems by coverage and serendipity"
    (2010).
    """
    return float(np.mean(lists.exposure > 0))


def gini(lists: Lists) -> float:
    """How unequally often the training items stand in lists: the Gini coefficient of their numbers of lists.

    From 0 (all equally often, or nothing was recommended) to 1 - 1 / number of items (all lists hold one item); ranks
    weigh the same. Shani and Gunawardana, "Evaluating recommendation systems" (2011), section 8.3.3.
    """
    exposure = np.sort(lists.exposure)
    n, total = len(exposure), exposure.sum()
    return float(np.dot(2 * np.arange(1, n + 1) - n - 1, exposure) / (n * total)) if total else 0.0


def rmse(error: pd.Series, group: np.ndarray) -> pd.Series:
    """The root of a group's mean squared error, from 0 on.

    This and `mae` as in Herlocker et al., "Evaluating collaborative filtering recommender systems" (2004).
    """
    return np.sqrt((error**2).groupby(group).mean())


def mae(error: pd.Series, group: np.ndarray) -> pd.Series:
    """A group's mean absolute error, from 0 on."""
    return error.abs().groupby(group).mean()


OF_USERS: dict[str, Callable[[Lists], np.ndarray]] = {
    "ndcg": ndcg,
    "graded-ndcg": graded_ndcg,
    "precision": precision,
    "recall": recall,
    "hit": hit,
    "mrr": mrr,
    "map": mean_average_precision,
    "novelty": novelty,
}
OF_ALL_LISTS: dict[str, Callable[[Lists], float]] = {"coverage": coverage, "gini": gini}
RANKING = (*OF_USERS, *OF_ALL_LISTS)
RATING: dict[str, Callable[[pd.Series, np.ndarray], pd.Series]] = {"rmse": rmse, "mae": mae}


def of_recommendations(
    lists: pd.DataFrame, test: pd.DataFrame, training: pd.DataFrame, names: list[str], k: list[int]
) -> Measured:
    """Every metric at every k; `lists` has columns user, item and rank.

    An item that stands twice in a list counts where it stands first, and ranks are counted anew from 1 in each list,
    so that neither can raise a value. Raises `ValueError` for graded-ndcg without ratings.
    """
    truth = Truth(test, training)
    ordered = _ordered(lists, truth)
    overall: dict[str, float] = {}
    columns: dict[str, np.ndarray] = {}
    for cut in k:
        top = _top(ordered, cut, truth)
        for name in names:
            if name in OF_USERS:
                columns[f"{name}@{cut}"] = OF_USERS[name](top)
                overall[f"{name}@{cut}"] = float(columns[f"{name}@{cut}"].mean())
            else:
                overall[f"{name}@{cut}"] = OF_ALL_LISTS[name](top)
    return Measured(overall, pd.DataFrame(columns, index=truth.users))


def of_predictions(predicted: pd.DataFrame, test: pd.DataFrame, names: list[str]) -> Measured:
    """Every metric of predicted ratings; `predicted` has columns user, item and prediction.

    Errors are reported over all test pairs, as is usual, so that users with many ratings weigh more. Raises
    `ValueError` unless every test pair has a prediction and a rating: leaving out the hard ones would lower the error.
    """
    if "rating" not in test:
        raise ValueError("the test part has no ratings")
    pairs = predicted.drop_duplicates(["user", "item"])
    joined = test.merge(pairs, on=["user", "item"], how="left")
    missing = int((~np.isfinite(joined["prediction"])).sum())
    if missing:
        raise ValueError(f"{missing:,} of {len(test):,} test pairs have no prediction")
    error, user = joined["prediction"] - joined["rating"], joined["user"].to_numpy()
    overall = {name: float(RATING[name](error, np.zeros(len(error))).item()) for name in names}
    return Measured(overall, pd.DataFrame({name: RATING[name](error, user) for name in names}).rename_axis("user"))


def _ordered(lists: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    """The test users' lists, each item once, ranked from 1, with what was held out beside them."""
    ordered = lists.sort_values(["user", "rank"], kind="stable").drop_duplicates(["user", "item"])
    ordered = ordered.assign(rank=ordered.groupby("user").cumcount() + 1)[["user", "item", "rank"]]
    held_out = truth.test[[name for name in ("user", "item", "rating") if name in truth.test]].assign(hit=True)
    ordered = ordered.merge(held_out, on=["user", "item"], how="left")
    number = truth.users.get_indexer(ordered["user"])
    return ordered.assign(hit=ordered["hit"].notna(), number=number)[number >= 0]


def _top(ordered: pd.DataFrame, k: int, truth: Truth) -> Lists:
    """Lists up to rank k."""
    top = ordered[ordered["rank"] <= k]
    rating = top["rating"].fillna(0.0).to_numpy() if "rating" in top else None
    number, rank, item, hits = (top[name].to_numpy() for name in ("number", "rank", "item", "hit"))
    return Lists(number, rank, item, hits, rating, k, truth)
