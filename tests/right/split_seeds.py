"""Split seeds on MovieLens-100K, ratings above 3 and 5-core; popularity is measured on the same splits.

---
data: ml-100k
design:
  factors: {algorithm: [Neighbours, Popular], split_seed: [0, 1]}
  metrics: [ndcg@5, ndcg@10, hit@5, hit@10]
  filters: rating > 3.0, 5-core
  split: holdout(test=0.20)
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

data = lab.core(lab.implicit(lab.load("ml-100k"), above=3), 5)
for trial in lab.trials(algorithm=list(FITS), split_seed=[0, 1]):
    split = lab.split(data, "holdout", test=0.2, seed=trial.split_seed)
    model = lab.train(FITS[trial.algorithm], split)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "hit"], k=[5, 10])
lab.finish()
