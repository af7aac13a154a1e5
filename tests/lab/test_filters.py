"""Implicit feedback and the k-core."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoreclab import lab
from autoreclab.errors import DataError
from autoreclab.lab.recipes import rebuild

FEW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture],
               derandomize=True)  # fmt: skip


def small():
    frame = pd.DataFrame({"user": [1, 1, 2, 2, 3], "item": [1, 2, 1, 2, 3], "rating": [3, 4, 5, 4, 5]})
    return lab.dataset(frame, "small")


def test_above_is_strict_and_at_least_is_not():
    assert len(lab.implicit(small(), above=4).interactions) == 2
    assert len(lab.implicit(small(), at_least=4).interactions) == 4


def test_implicit_data_has_no_ratings_and_says_how_it_came_about():
    data = lab.implicit(small(), above=3)
    assert list(data.interactions.columns) == ["user", "item"]
    assert lab.core(data, 1).filters == "rating > 3, 1-core"
    assert lab.implicit(small()).filters == "ratings ignored"


def test_the_core_is_iterated_until_nothing_changes():
    # dropping user 3 leaves item 3 with one user, and dropping that leaves user 4 with one item
    frame = pd.DataFrame({"user": [1, 1, 2, 2, 3, 4, 4], "item": [1, 2, 1, 2, 3, 3, 1]})
    data = lab.core(lab.dataset(frame, "chain"), 2)
    assert data.interactions.to_numpy().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]


def test_the_core_of_users_leaves_rare_items_and_that_of_items_rare_users():
    frame = pd.DataFrame({"user": [1, 1, 1, 2, 3], "item": [1, 2, 3, 1, 1]})
    data = lab.dataset(frame, "star")
    users, items = lab.core(data, 2, of="users"), lab.core(data, 2, of="items")
    assert users.interactions.to_numpy().tolist() == [[1, 1], [1, 2], [1, 3]]
    assert items.interactions.to_numpy().tolist() == [[1, 1], [2, 1], [3, 1]]
    assert (users.filters, items.filters) == ("2-core of users", "2-core of items")


def test_a_recipe_rebuilds_a_core_of_users(simulated):
    data = lab.core(lab.core(lab.load("simulated"), 40, of="users"), 3)
    rebuilt = rebuild(lab.split(data, "holdout", seed=1).recipe)
    assert rebuilt.fingerprint == lab.split(data, "holdout", seed=1).fingerprint
    assert rebuilt.training.filters == "40-core of users, 3-core"
    assert lab.core(lab.load("simulated"), 3).steps[-1] == {"step": "core", "label": "3-core", "k": 3}


@FEW
@given(pairs=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1), k=st.integers(1, 4),
       of=st.sampled_from([None, "users", "items"]))  # fmt: skip
def test_a_core_is_a_fixed_point_and_the_largest_one(pairs, k, of):
    counted = {None: ["user", "item"], "users": ["user"], "items": ["item"]}[of]
    data = lab.dataset(pd.DataFrame(sorted(pairs), columns=["user", "item"]), "drawn")
    kept = set()
    try:
        found = lab.core(data, k, of=of)
        kept = set(found.interactions.itertuples(index=False, name=None))
        assert all(found.interactions[column].value_counts().min() >= k for column in counted)
        assert lab.core(found, k, of=of).interactions.equals(found.interactions)
    except DataError:
        pass
    assert kept == peeled(pairs, k, ["user" in counted, "item" in counted])


def peeled(pairs, k, sides):
    """The core by its definition: take away one pair after the other whose user or item has too few."""
    left = set(pairs)
    while True:
        poor = [pair for pair in left for side in (0, 1) if sides[side] and
                sum(other[side] == pair[side] for other in left) < k]  # fmt: skip
        if not poor:
            return left
        left.discard(poor[0])


@FEW
@given(ratings=st.lists(st.integers(1, 10), min_size=1), bound=st.integers(1, 9))
def test_above_and_at_least_differ_by_the_bound_itself(ratings, bound):
    frame = pd.DataFrame({"user": 1, "item": range(len(ratings)), "rating": [rating / 2 for rating in ratings]})
    data = lab.dataset(pd.concat([frame, pd.DataFrame({"user": [2], "item": [1], "rating": [9.0]})]), "drawn")
    strict, loose = (len(lab.implicit(data, **{how: bound / 2}).interactions) for how in ("above", "at_least"))
    assert strict == 1 + sum(rating > bound for rating in ratings)
    assert loose - strict == ratings.count(bound)


@pytest.mark.parametrize(
    "act", [lambda d: lab.implicit(d, above=9), lambda d: lab.core(d, 3), lambda d: lab.core(d, 4, of="items")]
)
def test_a_filter_that_leaves_nothing_is_an_error(act):
    with pytest.raises(DataError, match="leaves no interaction"):
        act(small())


def test_misuse_is_explained():
    with pytest.raises(ValueError, match="either above or at_least"):
        lab.implicit(small(), above=3, at_least=4)
    with pytest.raises(DataError, match="has no ratings to filter by"):
        lab.implicit(lab.implicit(small(), above=3), above=3)
    with pytest.raises(ValueError, match="k is a whole number"):
        lab.core(small(), 0)
    with pytest.raises(ValueError, match="of is 'users' or 'items'"):
        lab.core(small(), 2, of="user")


def test_movielens_above_three_in_its_five_core(movielens):
    data = lab.core(lab.implicit(movielens, above=3), 5)
    assert (len(data.interactions), data.n_users, data.n_items) == (54_413, 938, 1_008)
