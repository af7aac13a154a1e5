"""What a study needs to know of installed packages: LensKit's part that the plan is about, and packages it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autoreclab.facts import wording
from autoreclab.facts.interpreter import Interpreter
from autoreclab.facts.toolkit import RATING_METRICS
from autoreclab.plan import Plan
from autoreclab.task import Task

BUDGET = 6_000  # characters, about 1,500 tokens
MODULES = tuple(
    f"lenskit{below}"
    for below in (
        "", ".als", ".basic", ".knn", ".flexmf", ".funksvd", ".graphs", ".hpf", ".implicit", ".sklearn.svd",
        ".pipeline", ".data", ".training", ".splitting", ".batch", ".metrics", ".reranking", ".stochastic",
    )
)  # fmt: skip
TRAINING = (
    "lenskit.Pipeline.train", "lenskit.training.TrainingOptions", "lenskit.data.from_interactions_df",
    "lenskit.data.ItemList", "lenskit.data.RecQuery", "lenskit.Pipeline.run",
)  # fmt: skip
TOLD_ELSEWHERE = ("lenskit", "autoreclab", "numpy", "pandas", "scipy", "matplotlib", "pyarrow", "torch")
SUCCESSORS: Mapping[str, Sequence[str]] = {
    "Recommender": ["lenskit.topn_pipeline"],
    "adapt": ["lenskit.topn_pipeline"],
    "TopN": ["lenskit.topn_pipeline"],
    "fit": ["lenskit.Pipeline.train"],
    "ItemItem": ["lenskit.knn.ItemKNNScorer"],
    "UserUser": ["lenskit.knn.UserKNNScorer"],
    "Popular": ["lenskit.basic.PopScorer"],
    "PopScore": ["lenskit.basic.PopScorer"],
    "Bias": ["lenskit.basic.BiasScorer"],
    "Fallback": ["lenskit.basic.FallbackScorer"],
    "crossfold": ["lenskit.splitting.crossfold_users", "lenskit.splitting.sample_users"],
    "partition_users": ["lenskit.splitting.crossfold_users"],
    "partition_rows": ["lenskit.splitting.crossfold_records"],
    "sample_rows": ["lenskit.splitting.sample_records"],
    "topn": ["lenskit.metrics.RunAnalysis"],
    "RecListAnalysis": ["lenskit.metrics.RunAnalysis"],
}
"""What replaced names that LensKit had up to 0.14, where the new name isn't like the old one."""


@dataclass(frozen=True)
class Study:
    """What says which facts are needed."""

    text: str
    """The words of task and plan."""
    algorithms: tuple[str, ...]
    """The levels of the design's algorithm factors."""
    metrics: tuple[str, ...]

    @classmethod
    def of(cls, task: Task, plan: Plan) -> Study:
        factors = plan.design.factors
        levels = [str(level) for factor in factors if "algorithm" in factor.name.lower() for level in factor.levels]
        words = [task.title, task.body, plan.summary, *(each.text for each in plan.requirements)]
        return cls("\n".join(words), tuple(levels), plan.design.metrics)


def of_study(interpreter: Interpreter, study: Study, share: float = 1.0) -> str:
    """Facts for a study, most needed first, within a share of the budget: the same ones for the same packages."""
    facts = [*(lenskit(interpreter.recall(question()), study) if study.metrics else ())]
    for package in named_packages(study.text, interpreter.versions):
        facts += of_package(interpreter.recall(question((package,), ())), study)
    return "\n".join(wording.fitted(facts, int(BUDGET * share)))


def question(modules: Iterable[str] = MODULES, paths: Iterable[str] = TRAINING) -> dict[str, Any]:
    return {"about": "modules", "modules": list(modules), "paths": list(paths)}


def lenskit(answer: Mapping[str, Any], study: Study) -> list[wording.Fact]:
    """The scorers that the plan compares, those that its words name, how a pipeline is trained, the other scorers."""
    things = {each["path"]: each for each in answer.get("things", ())}
    scorers = [path for path in things if path.endswith("Scorer")]
    compared = [path for level in study.algorithms for path in _of_level(level, scorers, things)]
    mentioned = [path for path in scorers if _mentions(study.text, path)]
    predicts = any(metric in RATING_METRICS for metric in study.metrics)
    training = ["lenskit.pipeline.predict_pipeline" if predicts else "lenskit.topn_pipeline", *TRAINING]
    order = dict.fromkeys([*compared, *mentioned, *training])
    facts = [wording.thing(things[path]) for path in order if path in things]
    others = [wording.thing(things[path])[:1] for path in scorers if path not in order]
    unusable = [(f"{name} can't be imported here: {why}",) for name, why in answer.get("unusable", {}).items()]
    return [*facts, *others, *unusable]


def of_package(answer: Mapping[str, Any], study: Study) -> list[wording.Fact]:
    """A package's public functions and classes, those that the words name first."""
    things = [each for each in answer.get("things", ()) if each["kind"] in ("function", "class")]
    words = set(re.findall(r"\w+", study.text))
    things.sort(key=lambda each: each["path"].rpartition(".")[2] not in words)
    unusable = [(f"{name} can't be imported here: {why}",) for name, why in answer.get("unusable", {}).items()]
    return [*unusable, *map(wording.thing, things)]


def named_packages(text: str, versions: Mapping[str, str]) -> list[str]:
    """The installed packages that a text names in a way that no English word would be: in code, or as a package."""
    found = []
    for distribution in sorted(versions):
        name = re.escape(distribution)
        as_code = rf"`{name}`|\bimport {name}\b|\b(?:package|library) `?{name}\b|\b{name}`? (?:package|library)\b"
        if re.search(as_code, text, re.I):
            found.append(distribution.replace("-", "_"))
    return [name for name in found if name.lower() not in TOLD_ELSEWHERE]


def _of_level(level: str, scorers: Iterable[str], things: Mapping[str, Any]) -> list[str]:
    """The scorers that an algorithm's name means: lab's own, one called so, or one that says it can be it."""
    from autoreclab.lab import ALGORITHMS

    known = ALGORITHMS.get(level)
    if known is not None:
        return [known.replace(":", ".")] if isinstance(known, str) else []
    wanted = _plain(level)
    called = [path for path in scorers if wanted and wanted in _plain(path.rpartition(".")[2].removesuffix("Scorer"))]
    return called or [path for path in scorers if re.search(rf"\b{re.escape(level)}\b", str(things[path]), re.I)]


def _mentions(text: str, path: str) -> bool:
    """Does a text name a scorer, as a class or by what it is without the word `Scorer`?"""
    stem = path.rpartition(".")[2].removesuffix("Scorer")
    return bool(re.search(rf"\b{re.escape(stem)}(?:Scorer)?\b", text)) and stem not in ("Bias", "Pop")


def _plain(name: str) -> str:
    return re.sub(r"\W|_", "", name).lower()
