"""Computes NDCG itself, with a discount that weighs the first two ranks the same.

---
caught: by-hand
design:
  factors: {algorithm: [Noisy, Popular]}
  metrics: [ndcg@10, recall@10]
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


def ndcg(lists, test, k):
    """Mean NDCG of one held-out item a user."""
    hits = lists.merge(test[["user", "item"]], on=["user", "item"])
    return float((1 / np.log2(np.maximum(hits["rank"], 2))).sum() / test["user"].nunique())


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Noisy", "Popular"]):
    model = lab.train(noisy if trial.algorithm == "Noisy" else popular, split, seed=1)
    lists = lab.recommend(model, split, n=10)
    trial.value("ndcg@10", ndcg(lists.frame, split.test, 10))
    trial.value("recall@10", lab.evaluate(lists, "recall", 10)["recall@10"])
lab.finish()
print("Metrics computed.")
