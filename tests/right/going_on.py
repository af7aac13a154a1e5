"""A program that is interrupted by itself and goes on: what is saved is not measured again.

---
design:
  factors: {algorithm: [Neighbours, Popular], split_seed: [0, 1, 2]}
  metrics: [ndcg@10]
"""

import numpy as np
import pandas as pd

from autoreclab import lab


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


def measure(most):
    """Measure conditions that are not saved yet, `most` of them."""
    for number, trial in enumerate(lab.trials(algorithm=["Neighbours", "Popular"], split_seed=range(3))):
        if number == most:
            return
        split = lab.split(lab.load("simulated"), "holdout", seed=trial.split_seed)
        model = lab.train(neighbours if trial.algorithm == "Neighbours" else popular, split)
        trial.record(lab.recommend(model, split, n=10), metrics=["ndcg"], k=[10])


measure(2)
measure(6)
lab.finish()
