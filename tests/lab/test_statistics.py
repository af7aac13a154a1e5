"""Summaries against values computed by hand and by SciPy."""

import numpy as np
import pytest
import scipy.stats

from autoreclab.lab import statistics


def test_two_values_by_hand():
    found = statistics.summarise([1.0, 3.0])
    assert (found["n"], found["mean"], found["sd"]) == (2, 2.0, pytest.approx(2**0.5))
    assert found["cv"] == pytest.approx(2**0.5 / 2)
    assert (found["ci_low"], found["ci_high"]) == (pytest.approx(2 - 12.7062047), pytest.approx(2 + 12.7062047))


def test_the_interval_is_scipys():
    values = np.random.default_rng(0).normal(size=30).tolist()
    found = statistics.summarise(values)
    low, high = scipy.stats.t.interval(0.95, 29, np.mean(values), scipy.stats.sem(values))
    assert (found["ci_low"], found["ci_high"]) == (pytest.approx(low), pytest.approx(high))


def test_the_bootstrap_interval_is_scipys():
    values = np.random.default_rng(0).exponential(size=30)
    found = statistics.summarise(values)
    theirs = scipy.stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile").confidence_interval
    assert (found["boot_low"], found["boot_high"]) == (pytest.approx(theirs, rel=0.03))
    assert found == statistics.summarise(values)
    assert found["boot_high"] - found["mean"] > found["mean"] - found["boot_low"]


def test_a_single_value_has_no_spread():
    nothing = dict.fromkeys(["sd", "cv", "ci_low", "ci_high", "boot_low", "boot_high"])
    assert statistics.summarise([2.0]) == {"n": 1, "mean": 2.0, **nothing}


def test_equal_values_have_a_spread_of_exactly_nothing():
    found = statistics.summarise([0.1] * 3)
    assert (found["sd"], found["cv"]) == (0, 0)
    assert found["ci_low"] == found["ci_high"] == found["mean"]


def test_a_mean_of_nothing_has_no_relative_spread():
    assert statistics.summarise([-1.0, 1.0])["cv"] is None


@pytest.mark.parametrize("n", [2, 5, 30, 200])
def test_paired_tests_are_scipys(n):
    rng = np.random.default_rng(n)
    first, second = rng.normal(0.1, 0.02, n), rng.normal(0.09, 0.02, n)
    found = statistics.compare(first, second)
    assert found["difference"] == pytest.approx(np.mean(first) - np.mean(second))
    assert found["t_p"] == pytest.approx(scipy.stats.ttest_rel(first, second).pvalue)
    interval = scipy.stats.ttest_rel(first, second).confidence_interval(0.95)
    assert (found["ci_low"], found["ci_high"]) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found["wilcoxon_p"] == pytest.approx(scipy.stats.wilcoxon(first, second).pvalue)
    assert (found["n"], found["d_z"]) == (n, pytest.approx(np.mean(first - second) / np.std(first - second, ddof=1)))


def test_paired_tests_by_hand():
    """Differences 1, 2, 3: t = 2 / (1 / sqrt(3)); of the 8 assignments of signs, 2 are as extreme."""
    found = statistics.compare([2.0, 4.0, 6.0], [1.0, 2.0, 3.0])
    assert (found["difference"], found["d_z"], found["wilcoxon_p"]) == (2.0, 2.0, 0.25)
    assert found["t_p"] == pytest.approx(0.0741799)


def test_equal_pairs_leave_tests_undefined():
    undefined = {"t_p": None, "wilcoxon_p": None, "d_z": None}
    assert statistics.compare([0.1, 0.2], [0.1, 0.2]).items() >= (undefined | {"difference": 0.0}).items()
    assert statistics.compare([0.1], [0.2]).items() >= undefined.items() - {("wilcoxon_p", None)}


def test_a_difference_that_is_always_the_same_up_to_rounding_has_no_t_test():
    second = np.array([0.1, 0.2, 0.3])
    found = statistics.compare(second + 0.1, second)
    assert np.ptp((second + 0.1) - second) > 0
    assert (found["t_p"], found["d_z"], found["wilcoxon_p"]) == (None, None, 0.25)


def test_zero_differences_do_not_count_as_ranks():
    assert statistics.compare([1.0, 2.0, 3.0, 5.0, 5.0], [0.0, 0.0, 0.0, 5.0, 5.0])["wilcoxon_p"] == 0.25


def test_holm_by_hand():
    assert statistics.holm([0.01, 0.04, None, 0.03]) == [pytest.approx(0.03), pytest.approx(0.06), None, 0.06]
    assert statistics.holm([0.9, 0.8]) == [1, 1]
    assert statistics.holm([]) == []


@pytest.mark.parametrize(("name", "replicates"), [
    ("seed", True), ("split_seed", True), ("fold", True), ("seeds", False), ("seed_size", False), ("reseed", False),
])  # fmt: skip
def test_replicates_are_told_by_their_names(name, replicates):
    assert statistics.is_replicate(name) is replicates
