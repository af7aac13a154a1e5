"""Varies the number of neighbours in the label alone.

---
caught: wrong-setting
design:
  factors: {algorithm: [ItemKNN], max_nbrs: [5, 50]}
  metrics: [ndcg@10, recall@10]
"""

from autoreclab import lab

split = lab.split(lab.load("simulated"), "leave-one-out", seed=1)
for trial in lab.trials(algorithm=["ItemKNN"], max_nbrs=[5, 50]):
    model = lab.train("ItemKNN", split, max_nbrs=20)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("The number of neighbours hardly matters.")
