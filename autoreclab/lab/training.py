"""Training: algorithms by name, LensKit's own scorers and pipelines, and a program's own functions."""

from __future__ import annotations

import difflib
import importlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from autoreclab.lab.datasets import Dataset
from autoreclab.lab.splits import Split

Score = Callable[[Any, np.ndarray], np.ndarray]
"""Scores of these items for this user, higher is better."""
Fit = Callable[[pd.DataFrame, int], Score]
"""Learn from a training part and a seed."""


def random_scores(training: pd.DataFrame, seed: int) -> Score:
    """Fit nothing: every user gets numbers between 0 and 1 that depend on the seed and the user alone."""

    def score(user: Any, items: np.ndarray) -> np.ndarray:
        return np.random.default_rng([seed, crc32(str(user).encode())]).random(len(items))

    return score


ALGORITHMS: Mapping[str, str | Fit] = {
    "ImplicitMF": "lenskit.als:ImplicitMFScorer",
    "BiasedMF": "lenskit.als:BiasedMFScorer",
    "ItemKNN": "lenskit.knn:ItemKNNScorer",
    "UserKNN": "lenskit.knn:UserKNNScorer",
    "EASE": "lenskit.knn:EASEScorer",
    "Popular": "lenskit.basic:PopScorer",
    "Bias": "lenskit.basic:BiasScorer",
    "Random": random_scores,
}
"""Names that `train` takes, and where each scorer is imported from when it is needed."""
NEED_RATINGS = ("BiasedMF", "Bias")


@dataclass(frozen=True)
class Model:
    """What was trained, and on what."""

    algorithm: str
    seed: int
    settings: Mapping[str, Any]
    """Settings that were given, or that differ from the scorer's defaults because of the data."""
    fitted: Any
    """A LensKit pipeline, or a `Score`."""
    training: Dataset
    seconds: float
    scorer: Any = None
    """LensKit's scorer, where the pipeline around it is ours; None otherwise."""


def train(algorithm: Any, split: Split, *, seed: int = 0, **settings: Any) -> Model:
    """Train on the training part of a split; the same seed gives the same model.

    `algorithm` is a name of `ALGORITHMS`, a LensKit scorer (a class, or an object already configured), a LensKit
    pipeline, or a function `fit(training, seed)` of the program's own. Its `training` is a DataFrame with columns user,
    item and, where there are any, rating and timestamp. It returns a function `score(user, items)` that gives, for a
    user id and an array of item ids, an array of as many scores, or of ratings for `lab.predict`, whose items training
    may lack. Settings and their defaults: ImplicitMF embedding_size=50, epochs=10, regularization=0.1, weight=40;
    BiasedMF embedding_size=50, epochs=10, regularization=0.1, damping=5.0; ItemKNN and UserKNN max_nbrs=20, min_nbrs=1;
    EASE regularization=1; Bias damping=0.0. By their names, ItemKNN and UserKNN take feedback as implicit where the
    data have no ratings, else as explicit. Raises `ValueError` or `TypeError` for what it doesn't know.
    """
    name, resolved = _resolve(algorithm)
    if name in NEED_RATINGS and "rating" not in split.training.interactions:
        raise ValueError(f"{name} predicts ratings, and {split.training.name} has none here. Leave out lab.implicit.")
    settings = {**_implied(name, split), **settings}
    started = time.perf_counter()
    fitted, scorer = _fit(name, resolved, split.training.interactions, seed, settings)
    return Model(name, seed, settings, fitted, split.training, time.perf_counter() - started, scorer)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep LensKit's log and warnings out of an experiment's output; its errors still show."""
    import logging
    import warnings

    logger = logging.getLogger("lenskit")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _resolve(algorithm: Any) -> tuple[str, Any]:
    """An algorithm's name, and the class, object or function it stands for."""
    if not isinstance(algorithm, str):
        if not callable(algorithm) and not hasattr(algorithm, "train"):
            raise TypeError(f"lab.train: {algorithm!r} is no name, LensKit scorer or pipeline, nor a function.")
        kind = algorithm if isinstance(algorithm, type) or hasattr(algorithm, "__name__") else type(algorithm)
        return getattr(algorithm, "name", None) or kind.__name__, algorithm
    if algorithm not in ALGORITHMS:
        lowered = {known.lower(): known for known in ALGORITHMS}
        near = difflib.get_close_matches(algorithm.lower(), lowered, n=1, cutoff=0.4)
        hint = f" Did you mean {lowered[near[0]]!r}?" if near else ""
        raise ValueError(f"lab.train: unknown algorithm {algorithm!r}, known are {', '.join(ALGORITHMS)}.{hint}")
    known = ALGORITHMS[algorithm]
    if not isinstance(known, str):
        return algorithm, known
    module, _, scorer = known.partition(":")
    with quiet():
        return algorithm, getattr(importlib.import_module(module), scorer)


def _implied(name: str, split: Split) -> dict[str, Any]:
    """What the data decides: nearest neighbours read feedback as implicit where there are no ratings."""
    implicit = name in ("ItemKNN", "UserKNN") and "rating" not in split.training.interactions
    return {"feedback": "implicit"} if implicit else {}


def _fit(name: str, resolved: Any, training: pd.DataFrame, seed: int, settings: dict[str, Any]) -> tuple[Any, Any]:
    """The fitted pipeline or function, and LensKit's scorer within where the pipeline is ours."""
    # told by what they can do: a study of functions alone need not import LensKit, which takes seconds
    if isinstance(resolved, type) and hasattr(resolved, "config_class"):
        resolved = _configure(name, resolved, settings)
    elif settings:
        raise TypeError(f"lab.train: {name} takes no settings here. Give them where it is made.")
    if hasattr(resolved, "node"):
        return _trained(resolved, training, seed), None
    if hasattr(resolved, "config_class"):
        _need_ratings(name, resolved, training)
        return _trained(_pipeline(resolved, "rating" in training), training, seed), resolved
    score = resolved(training.copy(), seed)
    if not callable(score):
        raise TypeError(f"lab.train: {name}(training, seed) must return a function score(user, items), not {score!r}.")
    return score, None


def _configure(name: str, scorer: Any, settings: dict[str, Any]) -> Any:
    """A scorer with these settings. LensKit ignores unknown ones silently, so they are checked here."""
    fields = getattr(scorer.config_class(), "model_fields", {})
    aliases = {str(a) for f in fields.values() for a in getattr(f.validation_alias, "choices", ())}
    for setting in settings.keys() - fields.keys() - aliases:
        near = difflib.get_close_matches(setting, [*fields, *aliases], n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"lab.train: {name} has no setting {setting!r}, only {', '.join(fields) or 'none'}.{hint}")
    try:
        return scorer(**settings)
    except ValueError as error:
        raise ValueError(f"lab.train: {name} refuses {json.dumps(settings, default=repr)}: {error}") from None


def _need_ratings(name: str, scorer: Any, training: pd.DataFrame) -> None:
    """See that a scorer set to explicit feedback finds ratings. LensKit would name a field of a schema."""
    if getattr(getattr(scorer, "config", None), "feedback", "") == "explicit" and "rating" not in training:
        raise ValueError(
            f"lab.train: {name} with feedback='explicit' needs ratings, and there are none here. Give it "
            "feedback='implicit', or leave out lab.implicit."
        )


def _pipeline(scorer: Any, ratings: bool) -> Any:
    """A pipeline that ranks by the scorer and, where there are ratings, predicts them (else falls back to the bias)."""
    from lenskit.pipeline import topn_pipeline

    with quiet():
        return topn_pipeline(scorer, predicts_ratings=ratings)


def _trained(pipeline: Any, training: pd.DataFrame, seed: int) -> Any:
    from lenskit.data import from_interactions_df
    from lenskit.training import TrainingOptions

    with quiet():
        data = from_interactions_df(training, user_col="user", item_col="item")
        pipeline.train(data, TrainingOptions(rng=seed))
    return pipeline
