"""What a study of seeds takes with lab beside LensKit's `batch.recommend`: training, recommending and evaluating.

    python benchmarks/lab.py --data PATH [--seeds 30]

ImplicitMF (20 factors, 15 epochs) on MovieLens-100K, leave-one-out, NDCG@10 and Recall@10. LensKit's side builds its
dataset once, recommends in this process (left to itself it starts new ones for each call, which took longer still) and
is evaluated like lab's; the two alternate by seed, so that noise meets both alike. What is imported and compiled at
first is not measured.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autoreclab import lab
from autoreclab.lab import metrics
from autoreclab.lab.training import quiet

SETTINGS = {"embedding_size": 20, "epochs": 15}
NAMES = ["ndcg", "recall"]
PHASES = ("train", "recommend", "evaluate")
Times = list[float]
Side = Callable[[int], tuple[Times, float]]
"""Seconds of each phase with a seed, and the NDCG that came out."""


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the file u.data or a folder that holds it")
    parser.add_argument("--seeds", type=int, default=30)
    options = parser.parse_args()
    split = lab.split(lab.implicit(lab.load("ml-100k", options.data)), "leave-one-out", seed=42)
    sides = {"batch.recommend": with_lenskit(split), "lab": with_lab(split)}
    for measure in sides.values():
        measure(options.seeds)
    found: dict[str, list[tuple[Times, float]]] = {name: [] for name in sides}
    for seed in range(options.seeds):
        for name, measure in sides.items():
            found[name].append(measure(seed))
    print_table(found)


def with_lab(split: lab.Split) -> Side:
    """As a program of an experiment does it."""

    def measure(seed: int) -> tuple[Times, float]:
        watch = Watch()
        model = watch(lambda: lab.train("ImplicitMF", split, seed=seed, **SETTINGS))
        lists = watch(lambda: lab.recommend(model, split, n=10))
        return watch.seconds, watch(lambda: lab.evaluate(lists, NAMES, 10))["ndcg@10"]

    return measure


def with_lenskit(split: lab.Split) -> Side:
    """As LensKit's documentation does it, with our metrics."""
    with quiet():
        from lenskit import batch
        from lenskit.als import ImplicitMFScorer
        from lenskit.data import from_interactions_df
        from lenskit.pipeline import topn_pipeline
        from lenskit.training import TrainingOptions
    training = from_interactions_df(split.training.interactions, user_col="user", item_col="item")
    users = np.unique(split.test["user"]).tolist()

    def trained(seed: int) -> Any:
        pipeline = topn_pipeline(ImplicitMFScorer(**SETTINGS), n=10)
        pipeline.train(training, TrainingOptions(rng=seed))
        return pipeline

    def evaluated(lists: Any) -> dict[str, float]:
        frame = lists.to_df().rename(columns={"user_id": "user", "item_id": "item"})
        known = split.training.interactions
        return metrics.of_recommendations(frame, split.test, known, NAMES, [10]).overall

    def measure(seed: int) -> tuple[Times, float]:
        watch = Watch()
        with quiet():
            pipeline = watch(lambda: trained(seed))
            lists = watch(lambda: batch.recommend(pipeline, users, 10, n_jobs=1))
            return watch.seconds, watch(lambda: evaluated(lists))["ndcg@10"]

    return measure


class Watch:
    """Times what it is given to do."""

    def __init__(self) -> None:
        self.seconds: Times = []

    def __call__(self, act: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = act()
        self.seconds.append(time.perf_counter() - started)
        return result


def print_table(found: dict[str, list[tuple[Times, float]]]) -> None:
    """A line for each side: seconds of all seeds together, and the mean NDCG."""
    print(f"{'':16} {''.join(f'{phase:>11}' for phase in PHASES)} {'all':>10}   mean ndcg@10")
    totals = {}
    for name, measured in found.items():
        phases = np.sum([times for times, _ in measured], axis=0)
        totals[name] = phases.sum()
        cells = "".join(f"{seconds:9.2f} s" for seconds in phases)
        print(f"{name:16} {cells} {totals[name]:8.2f} s   {np.mean([value for _, value in measured]):.4f}")
    print(f"{'ratio':16} {totals['batch.recommend'] / totals['lab']:44.1f}   (at least 4)")


if __name__ == "__main__":
    main()
