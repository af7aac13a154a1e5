"""From a task to its plan: asked of the planner, or taken from the task where it states all of it."""

from __future__ import annotations

from autoreclab import context
from autoreclab.data import Data
from autoreclab.models import Answer, Model
from autoreclab.plan import Plan
from autoreclab.requirements import completed
from autoreclab.settings import Settings
from autoreclab.task import Task


def plan(model: Model, task: Task, settings: Settings, data: Data) -> Answer[Plan]:
    """The plan, with what every plan must hold and what the task fixes; nothing is asked where it fixes everything.

    Raises `ModelError`.
    """
    answer = _stated(task) or model.ask("plan", Plan, step="plan", **context.of_study(task, settings, data))
    found = completed(answer.value, task.requirements)
    design = (task.design or found.design).model_copy(update=dict(data.design))
    return Answer(found.model_copy(update={"design": design}), answer.usage)


def _stated(task: Task) -> Answer[Plan] | None:
    """The plan of a task that has both its requirements and its design."""
    if not (task.design and task.requirements):
        return None
    return Answer(Plan(summary=task.title, requirements=task.requirements, design=task.design))
