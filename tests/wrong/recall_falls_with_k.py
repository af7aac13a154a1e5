"""Mixes up the cut-offs of recall.

---
caught: inconsistent
design:
  factors: {algorithm: [Noisy, Popular]}
  metrics: [recall@5, recall@10]
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


split = lab.split(lab.load("simulated"), "holdout", seed=1)
for trial in lab.trials(algorithm=["Noisy", "Popular"]):
    model = lab.train(noisy if trial.algorithm == "Noisy" else popular, split, seed=1)
    values = lab.evaluate(lab.recommend(model, split), "recall", [5, 10])
    trial.value("recall@5", values["recall@10"])
    trial.value("recall@10", values["recall@5"])
lab.finish()
print("Recall at both cut-offs recorded.")
