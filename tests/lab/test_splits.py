"""Splits: what they hold out, and that they can be repeated."""

import dataclasses

import pandas as pd
import pytest

from autoreclab import lab
from autoreclab.errors import DataError
from autoreclab.lab.recipes import rebuild

METHODS = [("leave-one-out", {}), ("holdout", {"test": 0.3}), ("k-fold", {"folds": 4, "fold": 2})]


def pairs(frame):
    return set(zip(frame["user"], frame["item"], strict=True))


@pytest.mark.parametrize(("method", "options"), METHODS)
def test_the_parts_are_disjoint_and_complete(simulated, method, options):
    split = lab.split(simulated, method, seed=1, **options)
    training, test = pairs(split.training.interactions), pairs(split.test)
    assert not training & test
    assert training | test == pairs(simulated.interactions)


@pytest.mark.parametrize(("method", "options"), METHODS)
def test_the_order_of_rows_does_not_matter_and_the_seed_does(simulated, method, options):
    shuffled = dataclasses.replace(simulated, interactions=simulated.interactions.sample(frac=1, random_state=3))
    split = lab.split(simulated, method, seed=1, **options)
    assert split.test.equals(lab.split(shuffled, method, seed=1, **options).test)
    assert split.fingerprint != lab.split(simulated, method, seed=2, **options).fingerprint


@pytest.mark.parametrize(("method", "options"), METHODS)
def test_a_recipe_rebuilds_a_split_and_the_split_within_it(simulated, method, options):
    outer = lab.split(simulated, method, seed=1, **options)
    inner = lab.split(outer.training, "holdout", seed=2)
    assert rebuild(outer.recipe).fingerprint == outer.fingerprint
    assert rebuild(inner.recipe).training.interactions.equals(inner.training.interactions)
    assert (outer.part, inner.part) == ("test", "validation")
    assert not pairs(inner.test) & pairs(outer.test)


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


@pytest.mark.parametrize(("arguments", "words"), [
    ({"method": "leave_one_out", "seed": 1}, "Did you mean 'leave-one-out'"),
    ({"method": "holdout", "seed": 1, "test": 20}, "share between 0 and 1"),
    ({"method": "k-fold", "seed": 1, "fold": 5}, "fold 5 of 5 doesn't exist"),
    ({"method": "holdout", "seed": None}, "seed is a whole number"),
])  # fmt: skip
def test_misuse_is_explained(simulated, arguments, words):
    with pytest.raises(ValueError, match=words):
        lab.split(simulated, **arguments)


def test_data_without_anything_to_hold_out_is_an_error():
    with pytest.raises(DataError, match="leaves a part empty"):
        lab.split(lab.dataset(pd.DataFrame({"user": [1, 2], "item": [1, 1]}), "own"), "leave-one-out", seed=1)


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
