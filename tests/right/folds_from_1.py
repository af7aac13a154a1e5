"""Five-fold cross-validation whose folds are counted from 1, as people do; lab counts from 0.

---
data: plays
design:
  factors: {algorithm: [Neighbours, Popular], fold: [1, 2, 3, 4, 5]}
  metrics: [ndcg@10, mrr@10]
  split: k-fold(folds=5)
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
for trial in lab.trials(algorithm=list(FITS), fold=range(1, 6)):
    split = lab.split(data, "k-fold", folds=5, fold=trial.fold - 1, seed=3)
    model = lab.train(FITS[trial.algorithm], split)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "mrr"], k=[10])
lab.finish()
