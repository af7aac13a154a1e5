"""A function of the program's own that takes its seed from the program, and one that needs none.

---
design:
  factors: {algorithm: [Noisy, Neighbours], seed: [0, 1, 2]}
  metrics: [ndcg@10]
"""

from functools import partial

import numpy as np
import pandas as pd

from autoreclab import lab


def noisy(noise_seed, training, seed):
    """Score items by popularity, with noise."""
    counts = training["item"].value_counts()
    noise = pd.Series(np.random.default_rng(noise_seed).normal(size=len(counts)), counts.index)
    return lambda user, items: (counts + noise).reindex(items).fillna(0).to_numpy()


def neighbours(training, seed):
    """Score items by how many users have them together with the user's own, for their popularity."""
    table = pd.crosstab(training["user"], training["item"])
    together = table.T @ table
    alike = together / np.sqrt(np.outer(np.diag(together), np.diag(together)))
    return lambda user, items: alike.loc[items, table.columns[table.loc[user] > 0]].sum(axis=1).to_numpy()


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Noisy", "Neighbours"], seed=range(3)):
    model = lab.train(partial(noisy, trial.seed) if trial.algorithm == "Noisy" else neighbours, split)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg"], k=[10])
lab.finish()
