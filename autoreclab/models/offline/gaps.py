"""What the offline researcher did not understand of a task, each in the task's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autoreclab.models.offline.reading import Reading
from autoreclab.models.offline.recipes import Recipe
from autoreclab.models.offline.vocabulary import BASELINES, BEYOND, PREDICTION, recognised
from autoreclab.task import Task

ABBREVIATIONS = re.compile(r"\b(e\.g|i\.e|vs|etc|cf|approx|no)\.(?=\s)", re.I)
FACTOR_OF = {"min_interactions": "cores", "above": "above", "at_least": "at_least"}
REPLICATING = {"fold": "folds", "split_seed": "split_seeds"}


def gaps(
    task: Task, reading: Reading, recipe: Recipe, datasets: tuple[str, ...], factors: list[str]
) -> tuple[str, ...]:
    """Sentences and requirements without a known term, and named things that the recipe can't do."""
    unknown = [task.metric.name] if task.metric and not recognised(task.metric.name) else []
    unfit = (*_unfit(reading, recipe, datasets), *_left_over(reading, factors))
    found = [*_unrecognised(task), *_beyond(task), *unknown, *unfit]
    return tuple(dict.fromkeys(found))


def sentences(body: str) -> tuple[str, ...]:
    """The sentences of a request: without its requirements, code, headings and list marks.

    >>> sentences("Compare them, e.g. with NDCG. Is 0.1 much?")
    ('Compare them, e.g. with NDCG.', 'Is 0.1 much?')
    """
    request = re.sub(r"^##[ \t]+requirements[ \t]*$(.*?)(?=^#{1,2}[ \t]|\Z)", "", body, flags=re.I | re.M | re.S)
    request = re.sub(r"```.*?```|^#+[ \t][^\n]*$|<!--.*?-->", "\n\n", request, flags=re.S | re.M)
    items = re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)", request)
    pieces = [piece for item in items for piece in _pieces(re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", item))]
    return tuple(piece for piece in pieces if re.search(r"\w", piece))


def _pieces(paragraph: str) -> list[str]:
    flat = ABBREVIATIONS.sub(r"\1·", re.sub(r"\s+", " ", paragraph).strip())
    return [piece.replace("·", ".").strip() for piece in re.split(r"(?<=[.!?])\s+", flat)]


def _unrecognised(task: Task) -> Iterator[str]:
    """Sentences and requirements in which no known term occurs."""
    for sentence in (*sentences(task.body), *_judged(task)):
        if not recognised(sentence):
            yield sentence


def _judged(task: Task) -> list[str]:
    """The task's requirements for which it names no check: those that have to be understood."""
    return [item.text for item in task.requirements if not item.check]


def _beyond(task: Task) -> Iterator[str]:
    """Named algorithms, metrics and analyses that no recipe knows; a requirement that names one as a whole."""
    for sentence in (task.title, *sentences(task.body)):
        yield from (match[0] for match in BEYOND.finditer(sentence))
    for requirement in _judged(task):
        if BEYOND.search(requirement):
            yield requirement


def _unfit(reading: Reading, recipe: Recipe, datasets: tuple[str, ...]) -> Iterator[str]:
    """Known things that don't go together with the recipe or the data at hand."""
    yield from (name for name in reading.datasets if name not in datasets)
    yield from (name for name in reading.metrics if (name in PREDICTION) != bool(recipe.predicts))
    named = [name for name in reading.algorithms if name not in ("MF", recipe.baseline)]
    yield from (name for name in named if name not in recipe.runs and not (recipe.tunes and name in BASELINES))
    if recipe.tunes:
        yield from [name for name in named if name in recipe.runs][1:]


def _left_over(reading: Reading, factors: list[str]) -> Iterator[str]:
    """Several values of what this study doesn't vary, and replicates that it doesn't make."""
    for factor, name in FACTOR_OF.items():
        if factor not in factors and len(values := getattr(reading, name)) > 1:
            yield f"{factor} = {', '.join(map(str, values))}"
    for factor, values in reading.settings.items():
        if factor not in factors and len(values) > 1:
            yield f"{factor} = {', '.join(map(str, values))}"
    for factor, name in REPLICATING.items():
        if factor not in factors and getattr(reading, name):
            yield f"{getattr(reading, name)} {name.replace('_', ' ')}"
