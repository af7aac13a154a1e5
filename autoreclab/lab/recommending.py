"""Top-n recommendations and rating predictions of a model for the users of a test part."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autoreclab.lab import metrics as measures
from autoreclab.lab.owned import OwnedSplit
from autoreclab.lab.splits import Split
from autoreclab.lab.training import Model, quiet

BATCH = 4_000_000  # scores held in memory at a time, for each user's every item or for test pairs
SCORINGS = ("stored", "fold-in")


@dataclass(frozen=True)
class Recommendations:
    """Ranked lists, one for each test user."""

    frame: pd.DataFrame
    """Columns user, item, rank (from 1) and score."""
    split: Split
    model: Model
    n: int
    scoring: str
    """How scores came about: stored (embeddings of training), fold-in (embeddings computed anew from the user's
    training items, as LensKit does), lenskit (another LensKit model) or function."""
    seconds: float


@dataclass(frozen=True)
class Predictions:
    """A predicted rating for each test pair."""

    frame: pd.DataFrame
    """Columns user, item and prediction."""
    split: Split
    model: Model
    scoring: str
    seconds: float


def recommend(model: Model, split: Split, n: int = 10, scoring: str = "stored") -> Recommendations:
    """For every test user the n best training items that the user doesn't have in training.

    An item scored nan or -inf is never recommended, so a list can be shorter.
    Matrix factorisations by name score with their stored embeddings, which is fast, or, with `scoring="fold-in"`,
    as LensKit's batch does, with slightly different values. Other models score in one way only.
    """
    if scoring not in SCORINGS:
        raise ValueError(f"lab.recommend: scoring is {' or '.join(map(repr, SCORINGS))}, not {scoring!r}.")
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"lab.recommend: n is a whole number from 1, not {n!r}.")
    started = time.perf_counter()
    factors = _has_embeddings(model)
    if not hasattr(model.fitted, "node"):
        frame, used = _by_scores(_asked(model, split), split, n), "function"
    elif factors and scoring == "stored":
        frame, used = _by_scores(_multiplied(model, split), split, n, items=model.scorer.items.ids()), "stored"
    else:
        frame, used = _by_lenskit(model, split, n), "fold-in" if factors else "lenskit"
    return Recommendations(frame, split, model, n, used, time.perf_counter() - started)


def predict(model: Model, split: Split) -> Predictions:
    """A rating for each test pair. LensKit's models fall back to the bias where they have no opinion."""
    if "rating" not in split.training.interactions:
        raise ValueError(f"lab.predict: {split.training.name} has no ratings to predict. Leave out lab.implicit.")
    if "item" not in split.test:
        raise ValueError("lab.predict: the task's evaluation asks for rankings, not for ratings. Use lab.recommend.")
    started = time.perf_counter()
    if not hasattr(model.fitted, "node"):
        frame, used = _predicted_by_function(model, split), "function"
    else:
        frame, used = _predicted_by_lenskit(model, split), "fold-in" if _has_embeddings(model) else "lenskit"
    return Predictions(frame, split, model, used, time.perf_counter() - started)


def evaluate(results: Recommendations | Predictions, metrics: Any, k: Any = ()) -> dict[str, float]:
    """One value for each metric and k, e.g. `{"ndcg@10": 0.1}`, over all test users.

    Metrics of recommendations: ndcg (binary relevance), graded-ndcg (by held-out ratings), precision, recall, hit, mrr,
    map, novelty, and over all lists together coverage and gini. ndcg discounts by log2(rank + 1), and its ideal has
    min(k, held out) items; precision divides by k. Metrics of predictions, without k: rmse and mae.
    """
    if isinstance(results.split, OwnedSplit) and results.split.hidden:
        raise ValueError(
            "lab.evaluate: what was held out is withheld. Give results to trial.record, and the harness evaluates "
            "them; to choose settings, evaluate on a split of the training part, lab.split(split.training, …)."
        )
    names, cuts = _listed(metrics), _listed(k)
    known = measures.RATING if isinstance(results, Predictions) else measures.RANKING
    kind = type(results).__name__.lower()
    if not names or not set(names) <= set(known):
        raise ValueError(f"lab: metrics of {kind} are {', '.join(known)}, not {names!r}; cut-offs go into k=[10].")
    if isinstance(results, Predictions):
        return measures.of_predictions(results.frame, results.split.test, names).overall
    if not cuts or any(isinstance(c, bool) or not isinstance(c, int) or not 1 <= c <= results.n for c in cuts):
        raise ValueError(f"lab: k are whole numbers from 1 to {results.n}, the length of these lists, not {cuts!r}.")
    split = results.split
    return measures.of_recommendations(results.frame, split.test, split.training.interactions, names, cuts).overall


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str | int) else list(value)


def _has_embeddings(model: Model) -> bool:
    return getattr(model.scorer, "user_embeddings", None) is not None and hasattr(model.scorer, "item_embeddings")


def _by_scores(
    batches: Iterable[tuple[np.ndarray, np.ndarray]], split: Split, n: int, items: Sequence | None = None
) -> pd.DataFrame:
    """Rank batches of users' scores of all training items, those in training left out."""
    training = split.training.interactions
    columns = pd.Index(np.unique(training["item"]) if items is None else items)
    item = columns.get_indexer(training["item"])
    lists = []
    for users, scores in batches:
        row = pd.Index(users).get_indexer(training["user"])
        scores[row[row >= 0], item[row >= 0]] = np.nan
        lists.append(_top(users, columns.to_numpy(), scores, n))
    return pd.concat(lists, ignore_index=True)


def _top(users: np.ndarray, items: np.ndarray, scores: np.ndarray, n: int) -> pd.DataFrame:
    """The n best items of each row; of equal scores the first item's comes first."""
    falling = np.where(np.isnan(scores), np.inf, -scores)
    last = min(n, len(items)) - 1
    # sorting whole rows would take four times as long: only what ties with the n-th best, or beats it, is sorted
    row, column = np.nonzero((falling <= np.partition(falling, last, axis=1)[:, [last]]) & (falling < np.inf))
    order = np.lexsort((falling[row, column], row))
    row, column = row[order], column[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    row, column, rank = row[rank < n], column[rank < n], rank[rank < n]
    return pd.DataFrame({"user": users[row], "item": items[column], "rank": rank + 1, "score": scores[row, column]})


def _batches(split: Split, n_scores: int) -> Iterator[np.ndarray]:
    """The test users in batches; all of them together have this many scores."""
    users = np.unique(split.test["user"])
    yield from np.array_split(users, min(len(users), -(-n_scores // BATCH)))


def _all_pairs(split: Split, n_items: int) -> Iterator[np.ndarray]:
    """The test users in batches, each of them with a score for every item."""
    return _batches(split, split.test["user"].nunique() * n_items)


def _multiplied(model: Model, split: Split) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Scores of all the model's items as products of embeddings, and biases where it has them."""
    scorer = model.scorer
    bias = getattr(scorer, "bias", None)
    for users in _all_pairs(split, len(scorer.item_embeddings)):
        number = scorer.users.numbers(users, missing="negative")
        scores = scorer.user_embeddings[number] @ scorer.item_embeddings.T
        if bias is not None:
            scores += bias.global_bias + bias.item_biases + bias.user_biases[number][:, None]
        scores[number < 0] = np.nan  # k-fold may hold out all that a user has
        yield users, scores


def _asked(model: Model, split: Split) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Scores of all training items from the program's own function."""
    items = np.unique(split.training.interactions["item"])
    for users in _all_pairs(split, len(items)):
        yield users, np.stack([_scores(model, user, items) for user in users])


def _scores(model: Model, user: Any, items: np.ndarray) -> np.ndarray:
    scores = np.array(model.fitted(user, items.copy()), dtype=float)
    if scores.shape != items.shape:
        raise ValueError(f"{model.algorithm}: score(user, items) gave {scores.shape} scores for {len(items)} items.")
    return scores


def _by_lenskit(model: Model, split: Split, n: int) -> pd.DataFrame:
    from lenskit import batch

    _need(model, "recommender", "lab.recommend")
    frames = []
    for users in _all_pairs(split, split.training.n_items):
        with quiet():
            lists = batch.recommend(model.fitted, users.tolist(), n, n_jobs=1).to_df()
        frames.append(lists.rename(columns={"user_id": "user", "item_id": "item"}))
    frame = pd.concat(frames, ignore_index=True)
    if "score" not in frame:  # a pipeline may choose without scoring; its order counts
        return frame.assign(rank=frame.groupby("user").cumcount() + 1, score=np.nan)[["user", "item", "rank", "score"]]
    # LensKit leaves out nan, and ranks -inf last
    return frame.loc[frame["score"] > -np.inf, ["user", "item", "rank", "score"]].reset_index(drop=True)


def _predicted_by_lenskit(model: Model, split: Split) -> pd.DataFrame:
    from lenskit import batch
    from lenskit.data import ItemListCollection

    _need(model, "rating-predictor", "lab.predict")
    asked = split.test[["user", "item"]].rename(columns={"user": "user_id", "item": "item_id"})
    frames = []
    for users in _batches(split, len(asked)):
        with quiet():
            pairs = ItemListCollection.from_df(asked[asked["user_id"].isin(users)], ["user_id"])
            frames.append(batch.predict(model.fitted, pairs, n_jobs=1).to_df())
    frame = pd.concat(frames, ignore_index=True)
    return frame.rename(columns={"user_id": "user", "item_id": "item", "score": "prediction"})[
        ["user", "item", "prediction"]
    ]


def _need(model: Model, node: str, caller: str) -> None:
    if model.fitted.node(node, missing="none") is None:
        raise ValueError(f"{caller}: the pipeline of {model.algorithm} has no node {node!r}. Give it one.")


def _predicted_by_function(model: Model, split: Split) -> pd.DataFrame:
    """One user at a time, so that no more is held than the result."""
    pairs = split.test[["user", "item"]].sort_values("user", kind="stable", ignore_index=True)
    users, start = np.unique(pairs["user"], return_index=True)
    items = np.split(pairs["item"].to_numpy(), start[1:])
    return pairs.assign(prediction=np.concatenate([_scores(model, *one) for one in zip(users, items, strict=True)]))
