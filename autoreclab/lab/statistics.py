"""Summaries of replicates and comparisons of paired values; what is undefined is None."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

REPLICATES = re.compile(r"(^|_)(seed|fold|repeat|replicate)$")
CONFIDENCE = 0.95
RESAMPLES = 10_000
ROUNDING = 1e-9  # differences that vary by less, relative to the values, don't vary: sums are rounded

Statistics = dict[str, Any]  # numbers or None


def is_replicate(factor: str) -> bool:
    """Does a factor of this name repeat a setting rather than define one?"""
    return bool(REPLICATES.search(factor))


def summarise(values: Sequence[float]) -> Statistics:
    """n, mean, sd (of a sample, n - 1), cv (sd / |mean|), and two 95 % intervals of the mean.

    ci_low and ci_high are Student's t interval, boot_low and boot_high the percentiles of the means of 10,000
    resamples (Efron and Tibshirani, "An introduction to the bootstrap" (1993), chapter 13), drawn with a fixed seed;
    with fewer than about ten values that one is too narrow. Both take replicates as independent; folds of one
    cross-validation are only nearly so.
    """
    array = np.asarray(values, dtype=float)
    spread = _spread(array)
    sd, mean = spread["sd"], spread["mean"]
    low, high = _bootstrap(array) if sd is not None else (None, None)
    return {
        "n": len(array),
        "mean": mean,
        "sd": sd,
        "cv": sd / abs(mean) if sd is not None and mean else None,
        "ci_low": spread["ci_low"],
        "ci_high": spread["ci_high"],
        "boot_low": low,
        "boot_high": high,
    }


def compare(first: Sequence[float], second: Sequence[float]) -> Statistics:
    """Paired values of two things: n, difference of means, its 95 % t interval, p values and effect size.

    `t_p` is of the paired t test and `wilcoxon_p` of the signed-rank test, where equal pairs don't count (exact up to
    50 pairs without ties); both are two-sided. `d_z` is the mean difference in its standard deviations: Cohen,
    "Statistical power analysis for the behavioral sciences" (1988), section 2.3.5.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    differences = a - b
    differences[np.abs(differences) <= ROUNDING * np.maximum(np.abs(a), np.abs(b))] = 0.0
    if np.ptp(differences) <= ROUNDING * np.abs([a, b]).max():
        differences[:] = differences.mean()
    n, spread = len(differences), _spread(differences)
    d_z = spread["mean"] / spread["sd"] if spread["sd"] else None
    return {
        "n": n,
        "difference": spread["mean"],
        "ci_low": spread["ci_low"],
        "ci_high": spread["ci_high"],
        "t_p": _t_test(d_z * math.sqrt(n), n - 1) if d_z is not None else None,
        "wilcoxon_p": _signed_rank(differences[differences != 0]),
        "d_z": d_z,
    }


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """The p values of a family, corrected for their number: Holm, "A simple sequentially rejective multiple test
    procedure" (1979). Those that are None stay so and don't count.
    """
    corrected: list[float | None] = [None] * len(p_values)
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    least = 0.0
    for rank, (p, place) in enumerate(order):
        least = max(least, min(1.0, p * (len(order) - rank)))
        corrected[place] = least
    return corrected


def _spread(values: np.ndarray) -> Statistics:
    """Mean, sd and the t interval of the mean."""
    n, mean = len(values), float(values.mean())
    if n < 2:
        return {"mean": mean, "sd": None, "ci_low": None, "ci_high": None}
    sd = float(values.std(ddof=1)) if np.ptp(values) else 0.0  # of equal values NumPy's may be 1e-17
    half = _quantile(n - 1) * sd / math.sqrt(n)
    return {"mean": mean, "sd": sd, "ci_low": mean - half, "ci_high": mean + half}


def _bootstrap(values: np.ndarray) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    n, tail = len(values), (1 - CONFIDENCE) / 2
    blocks = (values[rng.integers(n, size=(RESAMPLES // 100, n))].mean(axis=1) for _ in range(100))  # bounds memory
    low, high = np.quantile(np.concatenate([*blocks]), [tail, 1 - tail])
    return float(low), float(high)


def _quantile(freedom: int) -> float:
    """The t distribution's two-sided quantile."""
    from scipy.special import stdtrit  # scipy.stats takes ten times as long to import

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _t_test(t: float, freedom: int) -> float:
    """The two-sided p value of Student's t."""
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -abs(t)))


def _signed_rank(differences: np.ndarray) -> float | None:
    """The p value of Wilcoxon's signed-rank test, or None where every pair is equal."""
    if not len(differences):
        return None
    from scipy.stats import wilcoxon

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # older SciPy warns of few or tied differences
        return float(wilcoxon(differences).pvalue)
