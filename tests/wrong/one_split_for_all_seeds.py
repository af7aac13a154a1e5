"""Makes the split before the loop over split seeds, and noise makes it look like variation.

---
caught: [splits-equal, wrong-split]
design:
  factors: {algorithm: [Noisy], split_seed: [0, 1, 2]}
  metrics: [ndcg@10, recall@10]
"""

import numpy as np
import pandas as pd

from autoreclab import lab


def noisy(training, seed):
    """Score items by popularity, with noise from the seed."""
    counts = training["item"].value_counts()
    noise = pd.Series(np.random.default_rng(seed).normal(size=len(counts)), counts.index)
    return lambda user, items: (counts + 5 * noise).reindex(items).fillna(0).to_numpy()


split = lab.split(lab.load("simulated"), "holdout", seed=0)
for trial in lab.trials(algorithm=["Noisy"], split_seed=range(3)):
    model = lab.train(noisy, split, seed=trial.split_seed)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
print("Three splits evaluated.")
