"""One algorithm under two settings that make no difference: the same lists, and no error.

---
design:
  factors: {algorithm: [ItemKNN-300, ItemKNN-400]}
  metrics: [ndcg@10, recall@10]
"""

from autoreclab import lab

split = lab.split(lab.implicit(lab.load("simulated", n_users=60, n_items=80, n_interactions=1_500)), "holdout", seed=1)
for trial in lab.trials(algorithm=["ItemKNN-300", "ItemKNN-400"]):
    model = lab.train("ItemKNN", split, seed=1, max_nbrs=int(trial.algorithm.partition("-")[2]))
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
