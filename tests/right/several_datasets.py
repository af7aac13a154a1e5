"""Two simulated datasets, told apart by the factor `data`.

---
design:
  factors: {algorithm: [Neighbours, Popular], data: [small, large]}
  metrics: [ndcg@10, precision@10]
  split: holdout(test=0.2)
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


DATA = {
    "small": lambda: lab.load("simulated", n_users=60, n_items=90, n_interactions=2_000, seed=1),
    "large": lambda: lab.load("simulated", n_users=90, n_items=90, n_interactions=3_000, seed=2),
}
FITS = {"Neighbours": neighbours, "Popular": popular}

for trial in lab.trials(algorithm=list(FITS), data=list(DATA)):
    split = lab.split(DATA[trial.data](), "holdout", seed=1)
    model = lab.train(FITS[trial.algorithm], split)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "precision"], k=[10])
lab.finish()
