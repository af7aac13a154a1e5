"""The offline researcher: answers every question by recipes and rules, without a language model or a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from pydantic import BaseModel

from autoreclab.models import Answer, Schema
from autoreclab.models.offline.choosing import choose
from autoreclab.models.offline.findings import interpret
from autoreclab.models.offline.judging import judge
from autoreclab.models.offline.planning import plan
from autoreclab.models.offline.proposing import debug, draft, improve
from autoreclab.models.offline.reading import read
from autoreclab.models.offline.understanding import Study, planned, understand
from autoreclab.prompts import shown
from autoreclab.task import Task


class Offline:
    """A `Model` that computes its answers: each is a pure function of the context and the step."""

    name = "offline"

    def ask(self, prompt: str, schema: type[Schema], *, step: str, **context: Any) -> Answer[Schema]:
        """Answer one of the prompts plan, draft, improve, debug, judge and report.

        Raises `TaskError` where no recipe fits the task.
        """
        study = understand(context["task"], context["settings"], tuple(context["datasets"]))
        if context.get("plan"):
            study = planned(study, context["plan"].design)
        random = Random(f"{context['settings'].seed}/{step}")
        value = ANSWERS[prompt](study, {**shown(context), "step": step, "random": random})
        return Answer(schema.model_validate(value.model_dump()))


def check(task: Task) -> None:
    """See whether a recipe fits the task. Raises `TaskError` where none does."""
    choose(task, read(f"{task.title}.\n{task.body}"))


ANSWERS: Mapping[str, Callable[[Study, Mapping[str, Any]], BaseModel]] = {
    "plan": lambda study, about: plan(about["task"], study),
    "draft": lambda study, about: draft(study, about["tried"], about["step"]),
    "improve": lambda study, about: improve(study, about["tried"], about["step"], about["files"], about["random"]),
    "debug": lambda study, about: debug(study, about["tried"], about["files"]),
    "judge": lambda study, about: judge(about["undecided"], about["results"]),
    "report": lambda study, about: interpret(study, about["results"]),
}
