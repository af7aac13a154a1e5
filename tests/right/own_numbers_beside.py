"""Numbers of the program's own beside recomputed ones, under names that are no metrics of lab's.

---
design:
  factors: {algorithm: [Neighbours, Popular]}
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


split = lab.split(lab.load("simulated"), "holdout", seed=1)
for trial in lab.trials(algorithm=["Neighbours", "Popular"]):
    model = lab.train(neighbours if trial.algorithm == "Neighbours" else popular, split)
    lists = lab.recommend(model, split, n=10)
    trial.record(lists, metrics=["ndcg"], k=[10])
    trial.value("distinct items", lists.frame["item"].nunique())
lab.finish()
