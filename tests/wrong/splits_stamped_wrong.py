"""Collects results in one list and stamps each split's with the seed of the next.

---
caught: wrong-split
design:
  factors: {algorithm: [Noisy], split_seed: [0, 1, 2]}
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
pending = [lab.split(data, "holdout", seed=seed) for seed in range(3)]
for trial in lab.trials(algorithm=["Noisy"], split_seed=range(3)):
    split = pending[trial.split_seed - 1]
    model = lab.train(noisy, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Three splits evaluated.")
