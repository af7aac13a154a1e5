"""Values in percent.

---
caught: out-of-range
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


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Noisy", "Popular"]):
    model = lab.train(noisy if trial.algorithm == "Noisy" else popular, split, seed=1)
    for metric, value in lab.evaluate(lab.recommend(model, split), ["ndcg", "recall"], 10).items():
        trial.value(metric, 100 * value)
lab.finish()
print("All values in a readable unit.")
