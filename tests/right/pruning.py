"""Several least numbers of interactions, under ratings above 2; every level has its own users and popularity.

---
data: plays
design:
  factors: {algorithm: [Neighbours, Popular], min_interactions: [1, 5, 10], split_seed: [1, 2]}
  metrics: [ndcg@10]
  filters: rating > 2
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


FITS = {"Neighbours": neighbours, "Popular": popular}

data = lab.implicit(lab.load("plays.csv"), above=2)
for trial in lab.trials(algorithm=list(FITS), min_interactions=[1, 5, 10], split_seed=[1, 2]):
    pruned = lab.core(data, trial.min_interactions) if trial.min_interactions > 1 else data
    split = lab.split(pruned, "holdout", seed=trial.split_seed)
    model = lab.train(FITS[trial.algorithm], split)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg"], k=[10])
lab.finish()
