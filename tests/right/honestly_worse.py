"""An idea that doesn't work, and says so: the rarest items first.

---
warns: [worse-than-popularity]
design:
  factors: {algorithm: [Rare, Popular]}
  metrics: [ndcg@10, recall@10]
"""

from autoreclab import lab


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


def rare(training, seed):
    """Score items by how few users have them, the rarest of all left out."""
    counts = training["item"].value_counts()
    return lambda user, items: (1 / counts.where(counts > 9)).reindex(items).fillna(0).to_numpy()


split = lab.split(lab.load("simulated"), "holdout", seed=1)
for trial in lab.trials(algorithm=["Rare", "Popular"]):
    model = lab.train(rare if trial.algorithm == "Rare" else popular, split)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
