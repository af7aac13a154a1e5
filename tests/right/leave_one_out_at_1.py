"""Leave-one-out at k = 1 and 10, where recall is the hit rate, and NDCG, precision and hits agree at 1.

---
design:
  factors: {algorithm: [Neighbours]}
  metrics: [ndcg@1, precision@1, hit@1, mrr@1, recall@10, hit@10]
  split: leave-one-out
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


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Neighbours", "Popular"]):
    model = lab.train(neighbours if trial.algorithm == "Neighbours" else popular, split)
    lists = lab.recommend(model, split, n=10)
    trial.record(lists, metrics=["ndcg", "precision", "hit", "mrr", "recall"], k=[1, 10])
lab.finish()
