"""Metrics against hand-made cases, a plain loop over random lists, and LensKit where it agrees."""

import math

import numpy as np
import pandas as pd
import pytest

from autoreclab.lab import metrics

NAMES = list(metrics.RANKING)


def value(name, recommended, relevant, k):
    lists = pd.DataFrame({"user": 1, "item": recommended, "rank": range(1, len(recommended) + 1)})
    test = pd.DataFrame({"user": 1, "item": relevant})
    return metrics.of_recommendations(lists, test, [name], [k]).iloc[0, 0]


@pytest.mark.parametrize(("name", "recommended", "relevant", "k", "expected"), [
    ("ndcg", [5, 6, 7], [5], 3, 1.0),
    ("ndcg", [6, 5, 7], [5], 3, 1 / math.log2(3)),
    ("ndcg", [6, 7, 5], [5], 2, 0.0),
    ("ndcg", [5, 9, 6], [5, 6, 7, 8], 3, (1 + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2)),
    ("ndcg", [5, 6], [5, 6], 10, 1.0),
    ("precision", [5, 6, 7], [5, 7], 3, 2 / 3),
    ("precision", [5], [5], 10, 1 / 10),
    ("recall", [5, 6, 7], [5, 8, 9, 10], 3, 1 / 4),
    ("hit", [6, 7, 5], [5, 8], 3, 1.0),
    ("hit", [6, 7, 5], [5, 8], 2, 0.0),
    ("mrr", [6, 7, 5, 8], [5, 8], 4, 1 / 3),
    ("mrr", [6, 7, 5], [5], 2, 0.0),
])  # fmt: skip
def test_by_hand(name, recommended, relevant, k, expected):
    assert value(name, recommended, relevant, k) == pytest.approx(expected, abs=1e-15)


def test_a_user_without_recommendations_counts_as_nothing():
    lists = pd.DataFrame({"user": [1], "item": [5], "rank": [1]})
    test = pd.DataFrame({"user": [1, 2], "item": [5, 5]})
    assert metrics.of_recommendations(lists, test, NAMES, [1]).loc[2].tolist() == [0.0] * len(NAMES)
    assert metrics.of_recommendations(lists, test, ["recall"], [1]).mean().item() == 0.5


def test_recommendations_for_other_users_change_nothing():
    lists = pd.DataFrame({"user": [1, 3], "item": [5, 5], "rank": [1, 1]})
    assert len(metrics.of_recommendations(lists, pd.DataFrame({"user": [1], "item": [5]}), ["hit"], [1])) == 1


@pytest.mark.parametrize("rank", [[1, 1, 1], [0, 0, 0], [-3, -2, -1], [0.1, 0.2, 0.3]])
def test_ranks_that_lie_raise_no_value(rank):
    lists = pd.DataFrame({"user": 1, "item": [7, 6, 5], "rank": rank})
    test = pd.DataFrame({"user": [1], "item": [5]})
    assert metrics.of_recommendations(lists, test, ["mrr", "hit"], [2]).iloc[0].tolist() == [0, 0]
    assert metrics.of_recommendations(lists, test, ["mrr"], [3]).iloc[0].tolist() == [1 / 3]


def test_an_item_that_stands_twice_counts_once():
    assert value("recall", [5, 5, 5], [5, 6], 3) == 0.5
    assert value("ndcg", [5, 5, 6], [5, 6], 3) == 1.0


def naive(name, recommended, relevant, k):
    """The same definitions, read off the textbook."""
    gains = [1 if item in relevant else 0 for item in recommended[:k]]
    found = [rank for rank, gain in enumerate(gains, 1) if gain]
    if name == "ndcg":
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))
        return sum(1 / math.log2(rank + 1) for rank in found) / ideal
    by_name = {
        "precision": len(found) / k,
        "recall": len(found) / len(relevant),
        "hit": float(bool(found)),
        "mrr": 1 / found[0] if found else 0.0,
    }
    return by_name[name]


def random_lists(seed, users=60, items=40):
    rng = np.random.default_rng(seed)
    lists = {user: rng.permutation(items)[: rng.integers(0, 15)].tolist() for user in range(users)}
    relevant = {user: set(rng.permutation(items)[: rng.integers(1, 12)].tolist()) for user in range(users)}
    frame = pd.DataFrame(
        [(u, item, rank) for u, row in lists.items() for rank, item in enumerate(row, 1)],
        columns=["user", "item", "rank"],
    )
    test = pd.DataFrame([(u, item) for u, row in relevant.items() for item in row], columns=["user", "item"])
    return lists, relevant, frame.sample(frac=1, random_state=seed), test


@pytest.mark.parametrize("seed", range(5))
def test_random_lists_agree_with_a_plain_loop(seed):
    lists, relevant, frame, test = random_lists(seed)
    found = metrics.of_recommendations(frame, test, NAMES, [1, 3, 10])
    for name in NAMES:
        for k in (1, 3, 10):
            expected = [naive(name, lists[user], relevant[user], k) for user in found.index]
            np.testing.assert_allclose(found[f"{name}@{k}"], expected, atol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "theirs"), [("recall", "Recall"), ("hit", "Hit"), ("mrr", "RecipRank")])
def test_random_lists_agree_with_lenskit(name, theirs):
    """Recall divides by min(k, relevant) there, so k is large here; its NDCG is left out, as it clips the discount."""
    import lenskit.metrics
    from lenskit.data import ItemList

    lists, relevant, frame, test = random_lists(7)
    measure = getattr(lenskit.metrics, theirs)(n=20)
    found = metrics.of_recommendations(frame, test, [name], [20])[f"{name}@20"]
    for user in found.index:
        if lists[user]:
            given, wanted = ItemList(lists[user], ordered=True), ItemList(sorted(relevant[user]))
            assert found[user] == pytest.approx(measure.measure_list(given, wanted))


def test_errors_of_predicted_ratings_by_user():
    test = pd.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1], "rating": [3.0, 5.0, 2.0]})
    predicted = test.drop(columns="rating").assign(prediction=[4.0, 2.0, 2.5])
    found = metrics.of_predictions(predicted, test, ["rmse", "mae"])
    np.testing.assert_allclose(found["rmse"], [math.sqrt((1 + 9) / 2), 0.5])
    np.testing.assert_allclose(found["mae"], [2, 0.5])
    overall = metrics.overall(found, test)
    assert overall == {"rmse": pytest.approx(math.sqrt((1 + 9 + 0.25) / 3)), "mae": pytest.approx((1 + 3 + 0.5) / 3)}


@pytest.mark.parametrize("prediction", [np.nan, np.inf])
def test_every_test_pair_needs_a_prediction(prediction):
    test = pd.DataFrame({"user": [1, 2], "item": [1, 1], "rating": [3.0, 2.0]})
    predicted = pd.DataFrame({"user": [1, 2], "item": [1, 1], "prediction": [3.0, prediction]})
    for some in (predicted, predicted.head(1)):
        with pytest.raises(ValueError, match="1 of 2 test pairs have no prediction"):
            metrics.of_predictions(some, test, ["rmse"])
