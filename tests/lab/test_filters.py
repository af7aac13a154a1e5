"""Implicit feedback and the k-core."""

import pandas as pd
import pytest

from autoreclab import lab
from autoreclab.errors import DataError


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


@pytest.mark.parametrize("act", [lambda d: lab.implicit(d, above=9), lambda d: lab.core(d, 3)])
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


def test_movielens_above_three_in_its_five_core(movielens):
    data = lab.core(lab.implicit(movielens, above=3), 5)
    assert (len(data.interactions), data.n_users, data.n_items) == (54_413, 938, 1_008)
