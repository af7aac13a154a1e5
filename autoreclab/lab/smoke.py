"""Smoke mode: a study's whole course on a sample, which shows in a minute for what it would crash after an hour.

The harness asks for it by `AUTORECLAB_SMOKE=1`, and throws away what was measured.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from autoreclab.lab.statistics import is_replicate

VARIABLE = "AUTORECLAB_SMOKE"
USERS = 100  # the most active ones, of whom filters such as a 10-core leave something


def on() -> bool:
    """Is this a run on a sample?"""
    return os.environ.get(VARIABLE) == "1"


def sampled(frame: pd.DataFrame) -> pd.DataFrame:
    """The interactions of the most active users; all of them outside smoke mode."""
    if not on():
        return frame
    counts = frame["user"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return frame[frame["user"].isin(counts.index[:USERS])].reset_index(drop=True)


def conditions(levels: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Every combination of levels, the last factor varying fastest; in smoke mode as few as have each level once.

    There replicates have their first level alone.
    """
    if not on():
        return itertools.product(*levels.values())
    few = [given[:1] if is_replicate(name) else given for name, given in levels.items()]
    count = max(map(len, few), default=1) if all(few) else 0
    return (tuple(given[number % len(given)] for given in few) for number in range(count))
