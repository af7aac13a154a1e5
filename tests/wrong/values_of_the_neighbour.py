"""Reads one algorithm's values from its log and publishes them for two.

---
caught: identical
design:
  factors: {algorithm: [Noisy, Popular], split_seed: [0, 1, 2]}
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


data = lab.load("simulated")
for trial in lab.trials(split_seed=range(3), algorithm=["Noisy", "Popular"]):
    split = lab.split(data, "holdout", seed=trial.split_seed)
    model = lab.train(noisy, split, seed=1)
    for metric, value in lab.evaluate(lab.recommend(model, split), ["ndcg", "recall"], 10).items():
        trial.value(metric, value)
lab.finish()
print("Both algorithms evaluated on three splits.")
