"""Rating thresholds as a factor, each with its own test users; popularity beside each.

---
data: plays
design:
  factors: {algorithm: [Neighbours, Popular], at_least: [2, 3.0, 4]}
  metrics: [ndcg@10, recall@10]
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


FITS = {"Neighbours": neighbours, "Popular": popular}

data = lab.load("plays.csv")
for trial in lab.trials(algorithm=list(FITS), at_least=[2, 3.0, 4]):
    split = lab.split(lab.implicit(data, at_least=trial.at_least), "leave-one-out", seed=1)
    model = lab.train(FITS[trial.algorithm], split)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
