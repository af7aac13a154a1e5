"""Summaries over replicates: mean, spread and a confidence interval of the mean."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

REPLICATES = re.compile(r"(^|_)(seed|fold|repeat|replicate)$")
CONFIDENCE = 0.95


def is_replicate(factor: str) -> bool:
    """Does a factor of this name repeat a setting rather than define one?"""
    return bool(REPLICATES.search(factor))


def summary(values: Sequence[float]) -> dict[str, float | int | None]:
    """n, mean, sd (of a sample, n - 1), cv (sd / |mean|) and the 95 % t interval of the mean; None where undefined.

    The interval takes replicates as independent; folds of one cross-validation are only nearly so.
    """
    n, mean = len(values), float(np.mean(values))
    sd = float(np.std(values, ddof=1)) if n > 1 else None
    half = _quantile(n - 1) * sd / math.sqrt(n) if sd is not None else None
    return {
        "n": n,
        "mean": mean,
        "sd": sd,
        "cv": sd / abs(mean) if sd is not None and mean else None,
        "ci_low": mean - half if half is not None else None,
        "ci_high": mean + half if half is not None else None,
    }


def _quantile(freedom: int) -> float:
    """The t distribution's two-sided quantile."""
    from scipy.special import stdtrit  # scipy.stats takes ten times as long to import

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
