"""Splits: what they hold out, and that they can be repeated."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from autoreclab import lab
from autoreclab.errors import DataError
from autoreclab.lab.recipes import rebuild

RANDOM = [
    ("leave-one-out", {"seed": 1}), ("holdout", {"test": 0.3, "seed": 1}),
    ("k-fold", {"folds": 4, "fold": 2, "seed": 1}),
]  # fmt: skip
PER_USER = [("leave-one-last", {}), ("temporal-per-user", {"test": 0.3})]
METHODS = [*RANDOM, *PER_USER, ("temporal", {"test": 0.3})]
FEW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture],
               derandomize=True)  # fmt: skip


def pairs(frame):
    return set(zip(frame["user"], frame["item"], strict=True))


@st.composite
def drawn(draw):
    """Few users and items, and timestamps of which many are equal; rows in any order."""
    pairs = draw(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=2, max_size=40))
    times = draw(st.lists(st.integers(0, 12), min_size=len(pairs), max_size=len(pairs)))
    rows = [(user, item, time) for (user, item), time in zip(sorted(pairs), times, strict=True)]
    return lab.dataset(pd.DataFrame(draw(st.permutations(rows)), columns=["user", "item", "timestamp"]), "drawn")


def tried(data, method, **options):
    """The split, if there is one."""
    try:
        return lab.split(data, method, **options)
    except DataError:
        assume(False)


@pytest.mark.parametrize(("method", "options"), METHODS)
@FEW
@given(data=drawn())
def test_the_parts_are_disjoint_and_complete(method, options, data):
    split = tried(data, method, **options)
    training, test, given_ = pairs(split.training.interactions), pairs(split.test), pairs(data.interactions)
    assert not training & test
    assert len(training) + len(test) + split.left_out == len(given_)
    assert training | test <= given_
    assert split.statistics["n_left_out"] == split.left_out
    if method == "temporal":
        neither = given_ - training - test
        assert {user for user, _ in neither}.isdisjoint(user for user, _ in training)
    else:
        assert split.left_out == 0


@pytest.mark.parametrize(("method", "options"), METHODS)
@FEW
@given(data=drawn(), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(method, options, data, order):
    split = tried(data, method, **options)
    rows = list(range(len(data.interactions)))
    order.shuffle(rows)
    again = lab.split(dataclasses.replace(data, interactions=data.interactions.iloc[rows]), method, **options)
    assert split.fingerprint == again.fingerprint
    assert split.test.equals(again.test)
    assert split.training.interactions.equals(again.training.interactions)


@FEW
@given(data=drawn(), share=st.floats(0.05, 0.95))
def test_the_global_split_is_at_one_moment(data, share):
    split = tried(data, "temporal", test=share)
    moment = split.test["timestamp"].min()
    assert split.training.interactions["timestamp"].max() < moment
    later = data.interactions[data.interactions["timestamp"] >= moment]
    assert pairs(split.test) == {pair for pair in pairs(later) if pair[0] in set(split.training.interactions["user"])}
    held_out = len(split.test) + split.left_out
    assert held_out >= max(1, round(share * len(data.interactions)))
    first = data.interactions["timestamp"] > data.interactions["timestamp"].sort_values().iloc[-held_out]
    assert first.sum() < max(1, round(share * len(data.interactions)))


@pytest.mark.parametrize(("method", "options"), PER_USER)
@FEW
@given(data=drawn())
def test_every_user_is_tested_on_the_latest(method, options, data):
    split = tried(data, method, **options)
    training = split.training.interactions.groupby("user")["timestamp"]
    test = split.test.groupby("user")["timestamp"]
    assert (training.max().reindex(test.groups) <= test.min()).all()
    counts = data.interactions["user"].value_counts()
    for user, count in counts.items():
        wanted = 1 if method == "leave-one-last" else max(1, round(options["test"] * count))
        assert (split.test["user"] == user).sum() == min(wanted, count - 1)


def test_of_equal_timestamps_the_larger_item_counts_as_later():
    frame = pd.DataFrame({"user": ["a"] * 3, "item": [2, 3, 1], "timestamp": [5, 5, 4]})
    assert lab.split(lab.dataset(frame, "tied"), "leave-one-last").test["item"].tolist() == [3]


def test_users_who_begin_after_the_moment_are_in_neither_part():
    frame = pd.DataFrame({"user": [1, 1, 1, 2, 2], "item": [1, 2, 3, 1, 2], "timestamp": [1, 2, 9, 8, 9]})
    split = lab.split(lab.dataset(frame, "late"), "temporal", test=0.6)
    assert (pairs(split.training.interactions), pairs(split.test), split.left_out) == ({(1, 1), (1, 2)}, {(1, 3)}, 2)


@pytest.mark.parametrize(("method", "options"), RANDOM)
def test_the_seed_matters(simulated, method, options):
    split = lab.split(simulated, method, **options)
    assert split.fingerprint != lab.split(simulated, method, **{**options, "seed": 2}).fingerprint


@pytest.mark.parametrize(("method", "options"), METHODS)
def test_a_recipe_rebuilds_a_split_and_the_split_within_it(simulated, method, options):
    outer = lab.split(simulated, method, **options)
    inner = lab.split(outer.training, "holdout", seed=2)
    assert rebuild(outer.recipe).fingerprint == outer.fingerprint
    assert rebuild(outer.recipe).left_out == outer.left_out
    assert rebuild(inner.recipe).training.interactions.equals(inner.training.interactions)
    assert (outer.part, inner.part) == ("test", "validation")
    assert not pairs(inner.test) & pairs(outer.test)


@pytest.mark.parametrize(("method", "seed"), [("holdout", 1), ("leave-one-out", 1), ("temporal", None),
                                              ("temporal-per-user", None), ("leave-one-last", None)])  # fmt: skip
def test_one_call_gives_validation_and_test_part(simulated, method, seed):
    choosing, final = lab.train_validation_test(simulated, method, validation=0.1, test=0.2, seed=seed)
    assert (choosing.part, final.part) == ("validation", "test")
    assert not pairs(choosing.test) & pairs(final.test)
    assert pairs(choosing.training.interactions) | pairs(choosing.test) <= pairs(final.training.interactions)
    assert rebuild(choosing.recipe).fingerprint == choosing.fingerprint
    assert rebuild(final.recipe).fingerprint == final.fingerprint
    if "leave" not in method:
        n = len(simulated.interactions)
        assert len(choosing.test) + choosing.left_out == pytest.approx(0.1 * n, rel=0.1)
        assert len(final.test) + final.left_out == pytest.approx(0.2 * n, rel=0.1)
    if seed is None:
        assert choosing.training.interactions["timestamp"].max() < final.test["timestamp"].max()


def test_shares_that_leave_nothing_to_train_on_and_folds_are_refused(simulated):
    with pytest.raises(ValueError, match="leave no training part"):
        lab.train_validation_test(simulated, "temporal", validation=0.5, test=0.5)
    with pytest.raises(ValueError, match="k-fold is not for this"):
        lab.train_validation_test(simulated, "k-fold", seed=1)


def test_leave_one_out_takes_one_of_each_user(simulated):
    assert lab.split(simulated, "leave-one-out", seed=1).test["user"].value_counts().eq(1).all()


def test_holdout_takes_its_share_of_each_user(simulated):
    split = lab.split(simulated, "holdout", test=0.2, seed=1)
    share = split.test["user"].value_counts() / simulated.interactions["user"].value_counts()
    assert ((share > 0.1) & (share < 0.3)).all()


def test_every_interaction_is_held_out_in_exactly_one_fold(simulated):
    folds = [lab.split(simulated, "k-fold", seed=1, folds=5, fold=fold).test for fold in range(5)]
    assert sum(map(len, folds)) == len(simulated.interactions) == len(set().union(*map(pairs, folds)))
    assert max(map(len, folds)) - min(map(len, folds)) < 0.1 * len(folds[0])


def test_users_with_a_single_interaction_stay_in_training():
    data = lab.dataset(pd.DataFrame({"user": ["a", "b", "b"], "item": [1, 1, 2]}), "own")
    split = lab.split(data, "holdout", seed=1, test=0.9)
    assert split.test["user"].tolist() == ["b"]
    assert split.training.n_users == 2


def test_labels_say_what_was_done(simulated):
    outer = lab.split(simulated, "holdout", seed=1)
    assert outer.label == "holdout(test=0.2, seed=1)"
    assert lab.split(simulated, "k-fold", seed=3).label == "k-fold(folds=5, fold=0, seed=3)"
    inner = lab.split(outer.training, "leave-one-out", seed=2)
    assert inner.label == "holdout(test=0.2, seed=1), then leave-one-out(seed=2)"
    assert lab.split(simulated, "temporal", test=0.1).label == "temporal(test=0.1)"
    assert lab.split(simulated, "leave-one-last").label == "leave-one-last"


@pytest.mark.parametrize(("arguments", "words"), [
    ({"method": "leave_one_out", "seed": 1}, "Did you mean 'leave-one-out'"),
    ({"method": "holdout", "seed": 1, "test": 20}, "share between 0 and 1"),
    ({"method": "k-fold", "seed": 1, "fold": 5}, "fold 5 of 5 doesn't exist"),
    ({"method": "holdout", "seed": None}, "seed is a whole number"),
    ({"method": "leave-one-out"}, "seed is a whole number"),
    ({"method": "temporal", "seed": 1}, "Leave the seed out"),
    ({"method": "temporal", "test": 0}, "share between 0 and 1"),
    ({"method": "temporal per user"}, "Did you mean 'temporal-per-user'"),
    ({"method": "leave-last-one-out"}, "Did you mean 'leave-one-"),
])  # fmt: skip
def test_misuse_is_explained(simulated, arguments, words):
    with pytest.raises(ValueError, match=words):
        lab.split(simulated, **arguments)


def test_data_without_anything_to_hold_out_is_an_error():
    with pytest.raises(DataError, match="leaves a part empty"):
        lab.split(lab.dataset(pd.DataFrame({"user": [1, 2], "item": [1, 1]}), "own"), "leave-one-out", seed=1)


@pytest.mark.parametrize("method", ["temporal", "temporal-per-user", "leave-one-last"])
def test_data_without_timestamps_cannot_be_split_by_time(method):
    data = lab.dataset(pd.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1]}), "timeless")
    with pytest.raises(DataError, match=r"timeless has no timestamps.*Use holdout"):
        lab.split(data, method)


def test_a_moment_that_leaves_nobody_to_test_is_an_error():
    frame = pd.DataFrame({"user": [1, 2], "item": [1, 1], "timestamp": [1, 2]})
    with pytest.raises(DataError, match=r"leaves a part empty\. Choose another share"):
        lab.split(lab.dataset(frame, "strangers"), "temporal", test=0.5)
    frame["timestamp"] = 1
    with pytest.raises(DataError, match="leaves a part empty"):
        lab.split(lab.dataset(frame, "at once"), "temporal", test=0.5)


@pytest.mark.parametrize(("method", "options"), METHODS)
def test_a_pair_in_both_parts_is_found_out(simulated, method, options):
    twice = pd.concat([simulated.interactions, simulated.interactions.assign(timestamp=0)])
    with pytest.raises(DataError, match="pairs are in training and in test"):
        lab.split(dataclasses.replace(simulated, interactions=twice), method, **options)


def test_movielens_by_time(movielens):
    split = lab.split(movielens, "temporal", test=0.2)
    # 20,000 of 100,000 ratings or a few more of the same second; most are of users who began after the moment
    assert 20_000 <= len(split.test) + split.left_out < 20_100
    assert split.training.interactions["timestamp"].max() < split.test["timestamp"].min()
    last = lab.split(movielens, "leave-one-last")
    assert (len(last.test), last.training.n_users) == (943, 943)
    assert (last.test.set_index("user")["timestamp"] == movielens.interactions.groupby("user")["timestamp"].max()).all()


def test_a_stranger_cannot_have_any_file_read(folder):
    (folder / "secret.csv").write_text("user,item\n1,1\n1,2\n")
    last = {"step": "split", "method": "leave-one-out", "seed": 1}
    for first in (
        {"step": "load", "name": str(folder / "secret.csv"), "sha256": ""},
        {"step": "load", "name": "secret", "sha256": "", "path": str(folder)},
        {"step": "dataset", "name": "secret", "sha256": ""},
    ):
        with pytest.raises((ValueError, TypeError)):
            rebuild([first, last])
