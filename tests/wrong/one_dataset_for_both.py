"""Loops over two datasets, and loads the same one.

---
caught: wrong-data
data: [ml-100k, simulated]
design:
  datasets: [simulated]
  factors: {algorithm: [Noisy], data: [ml-100k, simulated]}
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


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Noisy"], data=["ml-100k", "simulated"]):
    model = lab.train(noisy, split, seed=len(trial.data))
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Results hold on both datasets.")
