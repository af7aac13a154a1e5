"""Predicts random numbers.

---
caught: worse-than-bias
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
    """Predict from tastes, to be learned later."""
    rng = np.random.default_rng(seed)
    return lambda user, items: rng.uniform(1, 5, size=len(items))


split = lab.split(lab.load("simulated"), "holdout", seed=1)
for trial in lab.trials(algorithm=["Tastes", "Bias"]):
    model = lab.train(tastes if trial.algorithm == "Tastes" else item_mean, split, seed=1)
    trial.record(lab.predict(model, split), metrics=["rmse", "mae"])
lab.finish()
print("Tastes evaluated.")
