"""The toolkit of experiments: data, splits, training, metrics, and results that others can recompute."""

from autoreclab.lab.comparisons import compare
from autoreclab.lab.datasets import Dataset, dataset
from autoreclab.lab.filters import core, implicit
from autoreclab.lab.owned import evaluation, load
from autoreclab.lab.program import arguments, finish
from autoreclab.lab.recommending import Predictions, Recommendations, evaluate, predict, recommend
from autoreclab.lab.splits import Split, split, train_validation_test
from autoreclab.lab.training import ALGORITHMS, Model, train
from autoreclab.lab.trial import Trial, trials, value

__all__ = [
    "ALGORITHMS",
    "Dataset",
    "Model",
    "Predictions",
    "Recommendations",
    "Split",
    "Trial",
    "arguments",
    "compare",
    "core",
    "dataset",
    "evaluate",
    "evaluation",
    "finish",
    "implicit",
    "load",
    "predict",
    "recommend",
    "split",
    "train",
    "train_validation_test",
    "trials",
    "value",
]
