"""Calls a few lines of its own ImplicitMF, as LensKit can't be installed, it thinks.

---
caught: wrong-algorithm
design:
  factors: {algorithm: [ImplicitMF, Popular]}
  metrics: [ndcg@10, recall@10]
"""

import pandas as pd

from autoreclab import lab


def neighbours(training, seed):
    """Score items by how many users have them together with the user's own."""
    table = pd.crosstab(training["user"], training["item"])
    together = table.T @ table
    return lambda user, items: together.loc[items, table.columns[table.loc[user] > 0]].sum(axis=1).to_numpy()


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["ImplicitMF", "Popular"]):
    model = lab.train(neighbours if trial.algorithm == "ImplicitMF" else popular, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("LensKit's ImplicitMF evaluated.")
