"""A pipeline and a configured scorer of LensKit's, under names of the study's own.

---
design:
  factors: {algorithm: [ItemKNN-5, item-item pipeline, Popular]}
  metrics: [ndcg@10]
"""

from lenskit.basic import PopScorer
from lenskit.knn import ItemKNNScorer
from lenskit.pipeline import topn_pipeline

from autoreclab import lab

MODELS = {
    "ItemKNN-5": lambda: ItemKNNScorer(max_nbrs=5, feedback="implicit"),
    "item-item pipeline": lambda: topn_pipeline(ItemKNNScorer(max_nbrs=30, feedback="implicit")),
    "Popular": PopScorer,
}
split = lab.split(lab.implicit(lab.load("simulated")), "holdout", seed=1)
for trial in lab.trials(algorithm=list(MODELS)):
    model = lab.train(MODELS[trial.algorithm](), split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg"], k=[10])
lab.finish()
