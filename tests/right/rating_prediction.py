"""Rating prediction by LensKit: BiasedMF with two seeds, and the bias beside it.

---
data: plays
design:
  factors: {algorithm: [BiasedMF], seed: [1, 2]}
  metrics: [rmse, mae]
  split: holdout(test=0.2)
"""

from autoreclab import lab

split = lab.split(lab.load("plays.csv"), "holdout", seed=42)
for trial in lab.trials(algorithm=["BiasedMF"], seed=[1, 2]):
    model = lab.train("BiasedMF", split, seed=trial.seed, embedding_size=2, damping=5.0)
    trial.record(lab.predict(model, split), metrics=["rmse", "mae"])
for trial in lab.trials(algorithm=["Bias"]):
    trial.record(lab.predict(lab.train("Bias", split), split), metrics=["rmse", "mae"])
lab.finish()
