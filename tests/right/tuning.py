"""The noise is chosen on a validation part; the chosen one and popularity are measured on the test part once.

---
design:
  factors: {algorithm: [Noisy], noise: [0.5, 2.0, 50.0]}
  metrics: [ndcg@10]
  split: holdout(test=0.2)
"""

import numpy as np
import pandas as pd

from autoreclab import lab


def noisy(noise):
    """How to score items by popularity with that much noise."""

    def fit(training, seed):
        counts = training["item"].value_counts()
        added = pd.Series(np.random.default_rng(seed).normal(scale=noise, size=len(counts)), counts.index)
        return lambda user, items: (counts + added).reindex(items).fillna(0).to_numpy()

    return fit


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


def measure(trial, fit, split):
    """Record one candidate, or what was chosen."""
    model = lab.train(fit, split, seed=1)
    return trial.record(lab.recommend(model, split, n=10), metrics=["ndcg"], k=[10])["ndcg@10"]


split = lab.split(lab.load("simulated"), "holdout", seed=1)
validation = lab.split(split.training, "holdout", seed=2)
values = {}
for trial in lab.trials(algorithm=["Noisy"], noise=[0.5, 2.0, 50.0]):
    values[trial.noise] = measure(trial, noisy(trial.noise), validation)
best = max(values, key=values.get)
for trial in lab.trials(algorithm=["Noisy"], stage=["chosen"]):
    measure(trial, noisy(best), split)
for trial in lab.trials(algorithm=["Popular"]):
    measure(trial, popular, split)
lab.finish()
