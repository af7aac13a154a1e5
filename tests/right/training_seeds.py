"""Seeds of training alone: LensKit's ImplicitMF with three of them on one split, and popularity without any.

---
design:
  factors: {algorithm: [ImplicitMF], seed: [0, 1, 2]}
  metrics: [ndcg@10, recall@10]
  split: leave-one-out
"""

from autoreclab import lab

split = lab.split(lab.implicit(lab.load("simulated")), "leave-one-out", seed=42)
for trial in lab.trials(algorithm=["ImplicitMF"], seed=range(3)):
    model = lab.train("ImplicitMF", split, seed=trial.seed, embedding_size=8, epochs=5)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
for trial in lab.trials(algorithm=["Popular"]):
    trial.record(lab.recommend(lab.train("Popular", split), split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
