"""Own formulas at k = 1, where NDCG and precision are the same by definition.

---
caught: inconsistent
design:
  factors: {algorithm: [Noisy, Popular]}
  metrics: [ndcg@1, precision@1]
"""

import numpy as np
import pandas as pd

from autoreclab import lab


def noisy(training, seed):
    """Score items by popularity, with noise from the seed."""
    counts = training["item"].value_counts()
    noise = pd.Series(np.random.default_rng(seed).normal(size=len(counts)), counts.index)
    return lambda user, items: (counts + 5 * noise).reindex(items).fillna(0).to_numpy()


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


split = lab.split(lab.load("simulated"), "holdout", seed=1)
for trial in lab.trials(algorithm=["Noisy", "Popular"]):
    model = lab.train(noisy if trial.algorithm == "Noisy" else popular, split, seed=1)
    hits = lab.recommend(model, split, n=1).frame.merge(split.test, on=["user", "item"])
    trial.value("precision@1", len(hits) / split.test["user"].nunique())
    trial.value("ndcg@1", len(hits) / len(split.test))
lab.finish()
print("All metrics agree.")
