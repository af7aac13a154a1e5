"""Divides by zero, so that hardly any item has a score.

---
caught: empty-lists
design:
  factors: {algorithm: [Noisy, Popular]}
  metrics: [ndcg@10, recall@10]
"""

import numpy as np

from autoreclab import lab


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


def normalised(training, seed):
    """Score items by popularity, divided by a variance that is 0."""
    counts = training["item"].value_counts()
    with np.errstate(invalid="ignore"):
        return lambda user, items: (counts * 0.0 / 0.0).reindex(items).to_numpy()


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Noisy", "Popular"]):
    model = lab.train(normalised if trial.algorithm == "Noisy" else popular, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Both algorithms evaluated.")
