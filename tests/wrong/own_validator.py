"""A study that checks itself: 3 splits of 3 algorithms should be 18 values, and its validator expects what is there.

---
caught: missing
design:
  factors: {algorithm: [Noisy, Popular, Neighbours], split_seed: [0, 1, 2]}
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


split = lab.split(lab.load("simulated"), "holdout", seed=0)
for trial in lab.trials(algorithm=["Noisy"], split_seed=[0]):
    model = lab.train(noisy, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
expected = len(lab.finish())
print(f"Validation: {expected} of {expected} expected rows present. PASSED.")
