"""Predicts the same for every pair.

---
caught: constant-predictions
binds: False
design:
  factors: {algorithm: [Tastes, Bias]}
  metrics: [rmse, mae]
"""

import numpy as np

from autoreclab import lab


def item_mean(training, seed):
    """Predict an item's mean rating."""
    means, overall = training.groupby("item")["rating"].mean(), training["rating"].mean()
    return lambda user, items: means.reindex(items).fillna(overall).to_numpy()


def tastes(training, seed):
    """Predict what didn't converge."""
    return lambda user, items: np.full(len(items), training["rating"].mean())


split = lab.split(lab.load("simulated"), "holdout", seed=1)
for trial in lab.trials(algorithm=["Tastes", "Bias"]):
    model = lab.train(tastes if trial.algorithm == "Tastes" else item_mean, split, seed=1)
    trial.record(lab.predict(model, split), metrics=["rmse", "mae"])
lab.finish()
print("Tastes evaluated.")
