"""Sorts neighbours the wrong way round.

---
caught: worse-than-popularity
binds: False
design:
  factors: {algorithm: [Neighbours, Popular]}
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


def upside_down(training, seed):
    """Score items by distance, of which less would be better."""
    score = neighbours(training, seed)
    return lambda user, items: 1 / (1 + score(user, items))


split = lab.split(lab.load("simulated"), "holdout", seed=1)
for trial in lab.trials(algorithm=["Neighbours", "Popular"]):
    model = lab.train(upside_down if trial.algorithm == "Neighbours" else popular, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Neighbours evaluated.")
