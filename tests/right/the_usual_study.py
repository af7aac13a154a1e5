"""How much do split seeds change NDCG and precision of ALS, item-based kNN and popularity on three datasets?

---
data: [ml-100k, simulated-dense, simulated-sparse]
design:
  factors: {algorithm: [ImplicitMF, ItemKNN, Popular], split_seed: [0, 1, 2, 3, 4]}
  metrics: [ndcg@1, ndcg@5, ndcg@10, precision@1, precision@5, precision@10]
  filters: rating > 3, 5-core
  split: holdout(test=0.2)
"""

from autoreclab import lab

DATASETS = ["ml-100k", "simulated-dense", "simulated-sparse"]
ALGORITHMS = ["ImplicitMF", "ItemKNN", "Popular"]


def main():
    """Record each algorithm on the same five random holdouts of each dataset."""
    lab.arguments(__doc__)
    for trial in lab.trials(data=DATASETS, split_seed=range(5), algorithm=ALGORITHMS):
        data = lab.core(lab.implicit(lab.load(trial.data), above=3), 5)
        split = lab.split(data, "holdout", test=0.2, seed=trial.split_seed)
        model = lab.train(trial.algorithm, split, seed=1)
        trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "precision"], k=[1, 5, 10])
    lab.finish()


if __name__ == "__main__":
    main()
