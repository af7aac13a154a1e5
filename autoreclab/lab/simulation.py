"""Interactions drawn from a model of users with tastes, so that experiments run without any download."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

PRESETS: Mapping[str, Mapping[str, int]] = {
    "simulated": {},
    "simulated-dense": {"n_users": 250, "n_items": 200, "n_interactions": 12_000, "seed": 1},
    "simulated-sparse": {"n_users": 500, "n_items": 600, "n_interactions": 15_000, "seed": 2},
}
"""Simulated datasets by name, so that a study can have several: what each has beside the defaults of `simulate`."""
TASTES = 8
LARGEST = 20_000_000  # cells of the user-item table, which is held in memory
START = 1_600_000_000  # seconds since 1970
YEAR = 365 * 86_400


def simulate(n_users: int = 300, n_items: int = 400, n_interactions: int = 15_000, seed: int = 0) -> pd.DataFrame:
    """Draw interactions with ratings 1 to 5 and timestamps within a year; about `n_interactions` of them.

    Users and items have latent positions; items' popularity falls off as a power of their rank and users' activity
    is log-normal. A user picks items without replacement, by popularity and by taste (Gumbel noise makes
    that one draw), and rates them by taste and the item's quality. The same seed draws the same table.
    """
    if not (0 < n_interactions <= n_users * n_items <= LARGEST and n_users > 0):
        raise ValueError(
            f"simulated: {n_users} users, {n_items} items and {n_interactions} interactions don't fit together. "
            f"Use at most {LARGEST:,} user-item pairs, and no more interactions than pairs."
        )
    rng = np.random.default_rng(seed)
    taste = _affinity(rng, n_users, n_items)
    quality = rng.normal(size=n_items)
    popularity = -np.log(rng.permutation(n_items) + 5.0) + 0.2 * quality
    wish = popularity + 1.6 * taste + rng.gumbel(size=taste.shape)
    users, items = _pick(wish, _activity(rng, n_users, n_items, n_interactions))
    opinion = 2.8 + 0.7 * taste[users, items] + 0.4 * quality[items] + rng.normal(scale=0.6, size=len(users))
    return pd.DataFrame(
        {
            "user": users + 1,
            "item": items + 1,
            "rating": np.clip(np.rint(opinion), 1, 5),
            "timestamp": START + rng.integers(YEAR, size=len(users)),
        }
    )


def _affinity(rng: np.random.Generator, n_users: int, n_items: int) -> np.ndarray:
    """How much each user likes each item, about standard normal; users share tastes in clusters."""
    centres = rng.normal(size=(TASTES, TASTES))
    users = centres[rng.integers(TASTES, size=n_users)] + 0.5 * rng.normal(size=(n_users, TASTES))
    items = centres[rng.integers(TASTES, size=n_items)] + 0.5 * rng.normal(size=(n_items, TASTES))
    affinity = users @ items.T
    return (affinity - affinity.mean()) / (affinity.std() or 1.0)


def _activity(rng: np.random.Generator, n_users: int, n_items: int, n_interactions: int) -> np.ndarray:
    """How many items each user picks: log-normal, at least one, at most all."""
    share = rng.lognormal(sigma=0.6, size=n_users)
    return np.clip(np.rint(share / share.sum() * n_interactions), 1, n_items).astype(int)


def _pick(wish: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each user's most wished items."""
    order = np.argsort(-wish, axis=1, kind="stable")
    items = np.concatenate([row[:count] for row, count in zip(order, counts, strict=True)])
    return np.repeat(np.arange(len(counts)), counts), items
