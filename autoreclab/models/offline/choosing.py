"""Which recipe a task asks for: the one its front matter names, or the one that its words propose."""

from __future__ import annotations

import re

from autoreclab.errors import TaskError
from autoreclab.models.offline.reading import Reading
from autoreclab.models.offline.recipes import Recipe, listing, recipes
from autoreclab.models.offline.vocabulary import BASELINES, BEYOND_ALGORITHM, FIELD, PREDICTION
from autoreclab.settings import nearest
from autoreclab.task import Task

FIXED = {"min_interactions": "core sizes", "at_least": "rating thresholds"}
"""Factors of recipes that a task which owns its evaluation leaves no choice in."""


def choose(task: Task, reading: Reading) -> Recipe:
    """The recipe for a task. Raises `TaskError` where none fits."""
    recipe = _proposed(task, reading)
    varied = [words for factor, words in FIXED.items() if factor in recipe.factors]
    if task.evaluation and varied:
        raise TaskError(
            f"The recipe '{recipe.name}' compares {varied[0]}, which the task's evaluation fixes. Leave out "
            "'evaluation', or name another recipe, such as 'recipe: comparison'."
        )
    return recipe


def _proposed(task: Task, reading: Reading) -> Recipe:
    """The recipe that the front matter names or else the one that most of the task's words propose."""
    known = recipes()
    if task.recipe is not None:
        if task.recipe not in known:
            raise TaskError(f"Unknown recipe '{task.recipe}'.{nearest(task.recipe, known)} There are:\n{listing()}")
        return known[task.recipe]
    body = re.split(r"^##[ \t]+requirements", task.body, maxsplit=1, flags=re.I | re.M)[0]
    scores = {name: _score(recipe, task.title, body) for name, recipe in known.items()}
    for name, points in _listed(reading).items():
        scores[name] += points
    # a comparison by RMSE is one of rating prediction
    scores["rating"] += scores["comparison"] * bool(set(PREDICTION) & set(reading.metrics))
    best = max(scores, key=lambda name: scores[name])
    if not scores[best] or not _in_field(task, reading):
        raise TaskError(
            f"The offline researcher has no recipe for '{task.title}'. Set OPENAI_API_KEY to use a language model, "
            f"or word the task like one of these (or name it in the front matter, as in 'recipe: seeds'):\n{listing()}"
        )
    return known[best]


def _listed(reading: Reading) -> dict[str, float]:
    """What several values of one thing say about the recipe."""
    return {
        "comparison": 0.5 * min(2, len(set(reading.algorithms) - set(BASELINES))),
        "implicit": 2 * (max(len(reading.above), len(reading.at_least)) > 1),
        "pruning": 2 * (len(reading.cores) > 1),
        "tuning": 2 * any(len(values) > 1 for values in reading.settings.values()),
    }


def _in_field(task: Task, reading: Reading) -> bool:
    """Is it about recommender systems, and about an algorithm among those at hand where it names any?"""
    text = f"{task.title}. {task.body}"
    named = set(reading.algorithms) - set(BASELINES)
    if BEYOND_ALGORITHM.search(text) and not named:
        return False
    return bool(named or reading.metrics or reading.datasets or FIELD.search(text))


def _score(recipe: Recipe, title: str, body: str) -> float:
    """How many of the recipe's patterns occur, those in the title counted twice more."""
    return sum(
        bool(re.search(pattern, body, re.I)) + 2 * bool(re.search(pattern, title, re.I)) for pattern in recipe.words
    )
