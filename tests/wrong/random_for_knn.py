"""Falls back to random lists where ItemKNN is too slow.

---
caught: wrong-algorithm
design:
  factors: {algorithm: [ItemKNN, Popular]}
  metrics: [ndcg@10, recall@10]
"""

from autoreclab import lab


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["ItemKNN", "Popular"]):
    model = lab.train("Random" if trial.algorithm == "ItemKNN" else popular, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("ItemKNN evaluated.")
