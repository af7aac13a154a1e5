"""Varies the least number of interactions in the label alone.

---
caught: wrong-filter
design:
  factors: {algorithm: [Noisy], min_interactions: [1, 5, 10]}
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


data = lab.core(lab.load("simulated"), 5)
split = lab.split(data, "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Noisy"], min_interactions=[1, 5, 10]):
    model = lab.train(noisy, split, seed=trial.min_interactions)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Pruning hardly matters.")
