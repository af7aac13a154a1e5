"""A factor `seed` that seeds splitting and training alike: every level has a split of its own, the same for all.

---
design:
  factors: {algorithm: [Noisy, Neighbours, Popular], seed: [1, 2, 3]}
  metrics: [ndcg@1, precision@1, ndcg@10, precision@10]
  split: holdout(test=0.2)
"""

import numpy as np
import pandas as pd

from autoreclab import lab


def noisy(training, seed):
    """Score items by popularity, with noise from the seed."""
    counts = training["item"].value_counts()
    noise = pd.Series(np.random.default_rng(seed).normal(size=len(counts)), counts.index)
    return lambda user, items: (counts + noise).reindex(items).fillna(0).to_numpy()


def neighbours(training, seed):
    """Score items by how many users have them together with the user's own, for their popularity."""
    table = pd.crosstab(training["user"], training["item"])
    together = table.T @ table
    alike = together / np.sqrt(np.outer(np.diag(together), np.diag(together)))
    return lambda user, items: alike.loc[items, table.columns[table.loc[user] > 0]].sum(axis=1).to_numpy()


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


FITS = {"Noisy": noisy, "Neighbours": neighbours, "Popular": popular}

data = lab.load("simulated")
for trial in lab.trials(algorithm=list(FITS), seed=[1, 2, 3]):
    split = lab.split(data, "holdout", seed=trial.seed)
    model = lab.train(FITS[trial.algorithm], split, seed=trial.seed)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "precision"], k=[1, 10])
lab.finish()
