"""A random baseline with seeds, worse than popularity as it should be.

---
design:
  factors: {algorithm: [Random], seed: [0, 1, 2]}
  metrics: [ndcg@10, recall@10]
"""

from autoreclab import lab


def popular(training, seed):
    """Score items by how many users have them."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["Random"], seed=range(3)):
    model = lab.train("Random", split, seed=trial.seed)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
for trial in lab.trials(algorithm=["Popular"]):
    trial.record(lab.recommend(lab.train(popular, split), split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
