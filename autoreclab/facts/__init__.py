"""What prompts tell of code, so that no model has to remember it: lab, installed packages, what failures are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autoreclab.facts import failures, library
from autoreclab.facts.interpreter import Interpreter
from autoreclab.facts.library import Study
from autoreclab.facts.toolkit import lab_reference
from autoreclab.plan import Plan
from autoreclab.task import Task

__all__ = ["Facts", "Interpreter", "lab_reference"]


@dataclass(frozen=True)
class Facts:
    """Facts about what is installed where experiments run; prompts ask for them when they are rendered."""

    interpreter: Interpreter

    def of_study(self, task: Task, plan: Plan) -> str:
        """What a study needs to know of LensKit and of the packages it names."""
        return library.of_study(self.interpreter, Study.of(task, plan))

    def of_failure(self, log: str, program: Mapping[str, str]) -> str:
        """What the libraries in a traceback say of themselves; empty where there is no traceback."""
        return failures.about(self.interpreter, log, program)
