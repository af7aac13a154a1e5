"""Trains once, and says of each seed that it was trained with it.

---
caught: zero-variance
binds: False
design:
  factors: {algorithm: [Random], seed: [0, 1, 2]}
  metrics: [ndcg@10, recall@10]
"""

import dataclasses

from autoreclab import lab

split = lab.split(lab.load("simulated"), "leave-one-out", seed=7)
trained = lab.train("Random", split, seed=0)
for trial in lab.trials(algorithm=["Random"], seed=range(3)):
    model = dataclasses.replace(trained, seed=trial.seed)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Three seeds evaluated: no variance, very robust.")
