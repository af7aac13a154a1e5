"""Drops an algorithm that crashed, and says that nothing is missing.

---
caught: missing
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


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Noisy", "Popular"]):
    try:
        model = lab.train(noisy if trial.algorithm == "Noisy" else None, split, seed=1)
        trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
    except TypeError:
        pass
lab.finish()
print("All requirements met: 4/4 values. The design is complete. Score: 100 %")
