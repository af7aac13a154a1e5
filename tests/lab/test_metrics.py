"""Metrics against hand-made cases, and on random inputs against pytrec_eval, LensKit, NumPy and plain loops."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
import pytrec_eval

from autoreclab.lab import metrics

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lenskit.metrics
    from lenskit.data import ItemList

OF_USERS = list(metrics.OF_USERS)
CUTS = (1, 3, 10)


def measured(recommended, relevant, names, k, training=None):
    """Of plain dicts: user to list of items, user to items or to ratings by item."""
    lists = [(user, item, rank) for user, row in recommended.items() for rank, item in enumerate(row, 1)]
    rated = {user: row if isinstance(row, dict) else dict.fromkeys(row, 1.0) for user, row in relevant.items()}
    test = [(user, item, rating) for user, row in rated.items() for item, rating in row.items()]
    return metrics.of_recommendations(
        pd.DataFrame(lists, columns=["user", "item", "rank"]),
        pd.DataFrame(test, columns=["user", "item", "rating"]),
        pd.DataFrame(training or [(1, 5)], columns=["user", "item"]),
        names,
        k,
    )


def value(name, recommended, relevant, k):
    return measured({1: recommended}, {1: relevant}, [name], [k]).overall[f"{name}@{k}"]


@pytest.mark.parametrize(("name", "recommended", "relevant", "k", "expected"), [
    ("ndcg", [5, 6, 7], [5], 3, 1.0),
    ("ndcg", [6, 5, 7], [5], 3, 1 / math.log2(3)),
    ("ndcg", [6, 7, 5], [5], 2, 0.0),
    ("ndcg", [5, 9, 6], [5, 6, 7, 8], 3, (1 + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2)),
    ("ndcg", [5, 6], [5, 6], 10, 1.0),
    ("graded-ndcg", [5, 6], {5: 5.0, 6: 3.0}, 10, 1.0),
    ("graded-ndcg", [6, 5], {5: 5.0, 6: 3.0}, 2, (3 + 5 / math.log2(3)) / (5 + 3 / math.log2(3))),
    ("graded-ndcg", [6, 9], {5: 5.0, 6: 3.0}, 1, 3 / 5),
    ("graded-ndcg", [5, 6], {5: 0.0, 6: 0.0}, 2, 0.0),
    ("precision", [5, 6, 7], [5, 7], 3, 2 / 3),
    ("precision", [5], [5], 10, 1 / 10),
    ("recall", [5, 6, 7], [5, 8, 9, 10], 3, 1 / 4),
    ("hit", [6, 7, 5], [5, 8], 3, 1.0),
    ("hit", [6, 7, 5], [5, 8], 2, 0.0),
    ("mrr", [6, 7, 5, 8], [5, 8], 4, 1 / 3),
    ("mrr", [6, 7, 5], [5], 2, 0.0),
    ("map", [5, 9, 6], [5, 6], 3, (1 + 2 / 3) / 2),
    ("map", [5, 6], [5, 6, 7, 8], 2, 1.0),
    ("map", [9, 6], [5, 6, 7, 8], 2, (1 / 2) / 2),
])  # fmt: skip
def test_by_hand(name, recommended, relevant, k, expected):
    assert value(name, recommended, relevant, k) == pytest.approx(expected, abs=1e-15)


def test_coverage_gini_and_novelty_by_hand():
    """Four training users have item 5, two have 6, one has 7 and 8; 99 is nobody's."""
    training = [(1, 5), (2, 5), (3, 5), (4, 5), (1, 6), (2, 6), (3, 7), (4, 8)]
    found = measured({1: [5, 6], 2: [5, 99], 3: []}, {1: [7], 2: [8], 3: [6]}, ["coverage", "gini", "novelty"], [2],
                     training)  # fmt: skip
    # exposures 0, 0, 1, 2: the Lorenz curve rises through 0, 0, 1/3, 1
    gini = 1 - 2 * (0 / 2 + 0 / 2 + (0 + 1 / 3) / 2 + (1 / 3 + 1) / 2) / 4
    assert found.overall == {"coverage@2": 0.5, "gini@2": pytest.approx(gini), "novelty@2": pytest.approx(0.5 / 3)}
    assert found.per_user.to_dict("list") == {"novelty@2": [0.5, 0.0, 0.0]}


def test_gini_goes_from_equal_to_a_single_item():
    training = [(1, item) for item in range(4)]
    gini = [
        measured(lists, {0: [9]}, ["gini"], [4], training).overall["gini@4"]
        for lists in ({0: [0, 1, 2, 3]}, {0: [2]}, {0: []})
    ]
    assert gini == [0, 0.75, 0]


def test_metrics_over_all_lists_have_no_values_of_users():
    found = measured({1: [5]}, {1: [5]}, ["coverage", "hit", "gini"], [1, 2])
    assert list(found.overall) == ["coverage@1", "hit@1", "gini@1", "coverage@2", "hit@2", "gini@2"]
    assert list(found.per_user) == ["hit@1", "hit@2"]
    assert len(measured({1: [5]}, {1: [5], 2: [5]}, ["gini"], [1]).per_user) == 2


@pytest.mark.parametrize("ratings", [None, [-1.0, 3.0]])
def test_graded_ndcg_needs_ratings_from_0_on(ratings):
    lists = pd.DataFrame({"user": [1, 1], "item": [5, 6], "rank": [1, 2]})
    test = lists[["user", "item"]].assign(**{} if ratings is None else {"rating": ratings})
    with pytest.raises(ValueError, match=r"graded-ndcg needs ratings.*or use ndcg"):
        metrics.of_recommendations(lists, test, test, ["ndcg", "graded-ndcg"], [1])


def test_a_user_without_recommendations_counts_as_nothing():
    found = measured({1: [5]}, {1: [5], 2: [5]}, OF_USERS, [1])
    assert found.per_user.loc[2].tolist() == [0.0] * len(OF_USERS)
    assert found.overall["recall@1"] == 0.5


def test_recommendations_for_other_users_change_nothing():
    alone, beside = (measured(lists, {1: [5]}, list(metrics.RANKING), [1], [(1, 5), (1, 6)])
                     for lists in ({1: [5]}, {1: [5], 3: [6]}))  # fmt: skip
    assert alone.overall == beside.overall
    assert len(beside.per_user) == 1


@pytest.mark.parametrize("rank", [[1, 1, 1], [0, 0, 0], [-3, -2, -1], [0.1, 0.2, 0.3]])
def test_ranks_that_lie_raise_no_value(rank):
    lists = pd.DataFrame({"user": 1, "item": [7, 6, 5], "rank": rank})
    test = pd.DataFrame({"user": [1], "item": [5]})
    found = metrics.of_recommendations(lists, test, test, ["mrr", "hit", "map"], [2, 3]).overall
    assert list(found.values()) == [0, 0, 0, 1 / 3, 1, 1 / 3]


def test_an_item_that_stands_twice_counts_once():
    assert value("recall", [5, 5, 5], [5, 6], 3) == 0.5
    assert value("ndcg", [5, 5, 6], [5, 6], 3) == value("map", [5, 5, 6], [5, 6], 3) == 1.0


def random_study(seed, users=60, items=40):
    """Lists of 0 to 14 items, 1 to 11 held-out items with ratings 1 to 5, and a training part."""
    rng = np.random.default_rng(seed)
    lists = {user: rng.permutation(items)[: rng.integers(0, 15)].tolist() for user in range(users)}
    held = {user: rng.permutation(items)[: rng.integers(1, 12)].tolist() for user in range(users)}
    rated = {user: {item: int(rng.integers(1, 6)) for item in row} for user, row in held.items()}
    training = [(user, item) for user in range(users) for item in rng.permutation(items - 3)[: rng.integers(1, 20)]]
    return lists, rated, training


TREC = {"ndcg": "ndcg_cut", "graded-ndcg": "ndcg_cut", "precision": "P", "recall": "recall", "hit": "success",
        "map": "map_cut", "mrr": "recip_rank"}  # fmt: skip


@pytest.mark.parametrize("name", TREC)
@pytest.mark.parametrize("seed", range(3))
def test_random_lists_agree_with_trec_eval(name, seed):
    lists, rated, training = random_study(seed)
    ours = measured(lists, rated, [name], CUTS, training).per_user
    gains = {str(u): {str(i): r if name == "graded-ndcg" else 1 for i, r in row.items()} for u, row in rated.items()}
    for k in CUTS:
        run = {str(u): {str(item): -float(rank) for rank, item in enumerate(row[:k])} for u, row in lists.items()}
        key = TREC[name] if name == "mrr" else f"{TREC[name]}_{k}"
        theirs = pytrec_eval.RelevanceEvaluator(gains, {key if name == "mrr" else f"{TREC[name]}.{k}"}).evaluate(run)
        expected = [theirs.get(str(user), {}).get(key, 0.0) for user in ours.index]
        if name == "map":  # trec_eval divides by the number of relevant items even where k is smaller
            expected = [v * len(rated[u]) / min(k, len(rated[u])) for u, v in zip(ours.index, expected, strict=True)]
        np.testing.assert_allclose(ours[f"{name}@{k}"], expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_random_lists_agree_with_plain_loops_in_coverage_and_novelty(seed):
    lists, rated, training = random_study(seed)
    owners = {item: {u for u, i in training if i == item} for _, item in training}
    users = {user for user, _ in training}
    for k in CUTS:
        found = measured(lists, rated, ["coverage", "novelty"], [k], training)
        shown = set().union(*(row[:k] for row in lists.values())) & owners.keys()
        assert found.overall[f"coverage@{k}"] == pytest.approx(len(shown) / len(owners))
        novelty = [
            np.mean([math.log2(len(users) / len(owners[i])) if i in owners else 0 for i in row[:k]]) if row else 0
            for row in (lists[user] for user in found.per_user.index)
        ]
        np.testing.assert_allclose(found.per_user[f"novelty@{k}"], novelty, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_random_lists_agree_with_lenskit_in_gini(seed):
    lists, rated, training = random_study(seed)
    items = {item for _, item in training}
    known = {user: [item for item in row if item in items] for user, row in lists.items()}
    for k in CUTS:
        theirs = lenskit.metrics.ListGini(k, items=len(items))
        data = [theirs.compute_list_data(ItemList(row, ordered=True), None) for row in known.values() if row]
        ours = measured(known, rated, ["gini"], [k], training).overall[f"gini@{k}"]
        assert ours == pytest.approx(theirs.global_aggregate(data))


def test_ndcg_is_not_lenskits_clipped_one():
    """Leave-one-out, the ten users' items on ranks 1 to 10: LensKit's is higher from rank 2 on, by 16 % on average."""
    lists, rated = {user: list(range(10)) for user in range(10)}, {user: [user] for user in range(10)}
    ours = measured(lists, rated, ["ndcg"], [10])
    theirs = [
        lenskit.metrics.NDCG(10).measure_list(ItemList(lists[u], ordered=True), ItemList(rated[u])) for u in lists
    ]
    np.testing.assert_allclose(ours.per_user["ndcg@10"], [1 / math.log2(rank + 1) for rank in range(1, 11)])
    np.testing.assert_allclose(theirs, [1, *(1 / math.log2(rank) for rank in range(2, 11))])
    assert np.mean(theirs) / ours.overall["ndcg@10"] == pytest.approx(1.156, abs=0.001)


@pytest.mark.parametrize("seed", range(3))
def test_random_predictions_agree_with_lenskit(seed):
    rng = np.random.default_rng(seed)
    pairs = pd.DataFrame({"user": rng.integers(0, 20, 300), "item": rng.integers(0, 90, 300)}).drop_duplicates()
    test = pairs.assign(rating=rng.integers(1, 6, len(pairs)).astype(float))
    predicted = pairs.assign(prediction=rng.normal(3, 2, len(pairs))).sample(frac=1, random_state=seed)
    ours = metrics.of_predictions(predicted, test, ["rmse", "mae"])
    both = test.merge(predicted).rename(columns={"item": "item_id", "prediction": "score"})
    for name, theirs in (("rmse", lenskit.metrics.RMSE()), ("mae", lenskit.metrics.MAE())):
        lists = [(ItemList.from_df(one[["item_id", "score"]]), ItemList.from_df(one[["item_id", "rating"]]))
                 for _, one in both.groupby("user")]  # fmt: skip
        np.testing.assert_allclose(ours.per_user[name], [theirs.measure_list(*pair) for pair in lists], rtol=1e-6)
        data = [theirs.compute_list_data(*pair) for pair in lists]
        assert ours.overall[name] == pytest.approx(theirs.global_aggregate(data), rel=1e-6)


def test_errors_of_predicted_ratings_by_user_and_over_pairs():
    test = pd.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1], "rating": [3.0, 5.0, 2.0]})
    predicted = test.drop(columns="rating").assign(prediction=[4.0, 2.0, 2.5])
    found = metrics.of_predictions(predicted, test, ["rmse", "mae"])
    np.testing.assert_allclose(found.per_user["rmse"], [math.sqrt((1 + 9) / 2), 0.5])
    np.testing.assert_allclose(found.per_user["mae"], [2, 0.5])
    rmse, mae = math.sqrt((1 + 9 + 0.25) / 3), (1 + 3 + 0.5) / 3
    assert found.overall == {"rmse": pytest.approx(rmse), "mae": pytest.approx(mae)}


@pytest.mark.parametrize("prediction", [np.nan, np.inf])
def test_every_test_pair_needs_a_prediction(prediction):
    test = pd.DataFrame({"user": [1, 2], "item": [1, 1], "rating": [3.0, 2.0]})
    predicted = pd.DataFrame({"user": [1, 2], "item": [1, 1], "prediction": [3.0, prediction]})
    for some in (predicted, predicted.head(1)):
        with pytest.raises(ValueError, match="1 of 2 test pairs have no prediction"):
            metrics.of_predictions(some, test, ["rmse"])
