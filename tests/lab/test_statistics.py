"""Summaries against values computed by hand and by SciPy."""

import numpy as np
import pytest
import scipy.stats

from autoreclab.lab import statistics


def test_two_values_by_hand():
    found = statistics.summary([1.0, 3.0])
    assert (found["n"], found["mean"], found["sd"]) == (2, 2.0, pytest.approx(2**0.5))
    assert found["cv"] == pytest.approx(2**0.5 / 2)
    assert (found["ci_low"], found["ci_high"]) == (pytest.approx(2 - 12.7062047), pytest.approx(2 + 12.7062047))


def test_the_interval_is_scipys():
    values = np.random.default_rng(0).normal(size=30).tolist()
    found = statistics.summary(values)
    low, high = scipy.stats.t.interval(0.95, 29, np.mean(values), scipy.stats.sem(values))
    assert (found["ci_low"], found["ci_high"]) == (pytest.approx(low), pytest.approx(high))


def test_a_single_value_has_no_spread():
    assert statistics.summary([2.0]) == {"n": 1, "mean": 2.0, "sd": None, "cv": None, "ci_low": None, "ci_high": None}


def test_a_mean_of_nothing_has_no_relative_spread():
    assert statistics.summary([-1.0, 1.0])["cv"] is None


@pytest.mark.parametrize(("name", "replicates"), [
    ("seed", True), ("split_seed", True), ("fold", True), ("seeds", False), ("seed_size", False), ("reseed", False),
])  # fmt: skip
def test_replicates_are_told_by_their_names(name, replicates):
    assert statistics.is_replicate(name) is replicates
