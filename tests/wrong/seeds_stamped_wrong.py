"""Stamps what it has so far with the seed that it has reached.

---
caught: wrong-seed
design:
  factors: {algorithm: [Noisy], seed: [0, 1, 2]}
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


split = lab.split(lab.load("simulated"), "leave-one-out", seed=7)
models = []
for trial in lab.trials(algorithm=["Noisy"], seed=range(3)):
    models.append(lab.train(noisy, split, seed=trial.seed))
    model = models[trial.seed // 2]
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Three seeds evaluated.")
