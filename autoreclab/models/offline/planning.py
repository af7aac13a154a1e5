"""From a study to a plan: the design, the requirements with their checks, and a summary of what was understood."""

from __future__ import annotations

import re

from autoreclab.models.offline.understanding import Study
from autoreclab.models.offline.vocabulary import BEYOND, recognised
from autoreclab.plan import Design, Plan, Requirement
from autoreclab.task import Task

NOT_UNDERSTOOD = "Not understood offline: “{}”"
ALWAYS = (
    Requirement(
        text="The method is sound: every value is recomputed from what the program saved.",
        check="recomputed",
    ),
    Requirement(text="The code is clear: documented, in short functions.", check="clear"),
)
DISPERSION = re.compile(
    r"\bstandard deviations?\b|\bsd\b|\bcoefficients? of variation\b|\bcv\b|\bconfidence intervals?\b|\bvariances?\b",
    re.I,
)
CHECKS: tuple[tuple[str, str], ...] = (
    (r"\bcommand[- ]line\b|--help\b", "reruns"),
    (r"\b(?:uses?|using|used|based on|done with|trained (?:with|by)) lenskit\b|\blenskit is used\b", "package lenskit"),
    (r"\b(?:figures?|plots?|charts?)\b", "figures"),
    (r"\b(?:popularity|most popular|baselines?)\b", "baseline"),
    (r"\brecomput\w+", "recomputed"),
    (r"\b(?:docstrings?|documented)\b", "clear"),
)


def plan(task: Task, study: Study) -> Plan:
    """The plan of a study."""
    own = tuple(requirement(item, study) for item in task.requirements)
    others = tuple(gap for gap in study.missing if gap not in {item.text for item in task.requirements})
    unclear = tuple(Requirement(text=NOT_UNDERSTOOD.format(gap)) for gap in others)
    return Plan(
        summary=summary(study),
        requirements=(*study.recipe.requirements, *ALWAYS, *own, *unclear),
        design=Design(
            datasets=study.datasets,
            factors=study.factors,
            metrics=study.metrics,
            filters=", ".join(fixed_filters(study)),
            split=fixed_split(study),
        ),
    )


def requirement(own: Requirement, study: Study) -> Requirement:
    """A task's own requirement, with the check that it names or that decides it, where there is one."""
    if own.check:
        return own
    text = own.text
    check = next((check for pattern, check in CHECKS if re.search(pattern, text, re.I)), None)
    if BEYOND.search(text) or not (check or recognised(text)):
        return Requirement(text=NOT_UNDERSTOOD.format(text))
    if DISPERSION.search(text):
        return Requirement(text=text)
    if check == "baseline" and study.recipe.predicts and re.search(r"\bpopular", text, re.I):
        return Requirement(text=NOT_UNDERSTOOD.format(text))
    return Requirement(text=text, check=check or "design")


def summary(study: Study) -> str:
    """One or two sentences: what was understood."""
    varied = [f"{len(factor.levels)} {plural(factor.name)}" for factor in study.factors[1:] if factor.name != "fold"]
    fixed = [f"{name.replace('_', ' ')} {value}" for name, value in study.fixed.items()]
    what = f"{study.recipe.title} of {listed(study.algorithms)} on {listed(study.datasets)}: {listed(study.metrics)}"
    how = [split(study), *filters(study), *varied, *fixed]
    return f"{what}. {listed(how)}; {study.recipe.baseline} is the baseline."


def split(study: Study) -> str:
    """How the test part is chosen, in words."""
    if study.owned:
        return f"The task's own evaluation ({study.method})"
    if study.method == "k-fold":
        return f"Cross-validation with {len(study.levels('fold'))} folds"
    return "Leave-one-out split" if study.method == "leave-one-out" else f"Holdout of {study.test:.0%}"


def fixed_filters(study: Study) -> list[str]:
    """The filters that are no factors, as lab words them."""
    above = [f"rating > {study.above:g}"] if study.above is not None else []
    at_least = [f"rating >= {study.at_least:g}"] if study.at_least is not None else []
    return [*above, *at_least, *([f"{study.core}-core"] if study.core else [])]


def fixed_split(study: Study) -> str:
    """The split without its seed, as lab words it."""
    arguments = {"k-fold": f"(folds={len(study.levels('fold'))})", "holdout": f"(test={study.test:g})"}
    return study.method + arguments.get(study.method, "")


def filters(study: Study) -> list[str]:
    """What is left out of the data, in words."""
    above = [f"ratings above {study.above:g}"] if study.above is not None else []
    at_least = [f"ratings of at least {study.at_least:g}"] if study.at_least is not None else []
    return [*above, *at_least, *([f"{study.core}-core"] if study.core else [])]


def plural(factor: str) -> str:
    """A factor's name for several levels.

    >>> plural("split_seed")
    'split seeds'
    """
    words = {"at_least": "rating thresholds", "above": "rating thresholds", "min_interactions": "core sizes"}
    return words.get(factor, factor.replace("_", " ") + "s")


def listed(items: tuple[str, ...] | list[str]) -> str:
    """Items as in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
