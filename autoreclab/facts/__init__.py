"""What prompts tell of code, so that no model has to remember it: lab, installed packages, what failures are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from autoreclab.facts import failures, library, wording
from autoreclab.facts.interpreter import Interpreter
from autoreclab.facts.library import Study
from autoreclab.plan import Plan
from autoreclab.prompts import Fitted
from autoreclab.task import Task

__all__ = ["Facts", "Interpreter"]


@dataclass(frozen=True)
class Facts:
    """Facts about what is installed where experiments run, found when a prompt is rendered: that takes seconds."""

    interpreter: Interpreter

    def of_study(self, task: Task, plan: Plan) -> Fitted:
        """What a study needs to know of LensKit and of the packages it names."""
        return Fitted(lambda share: library.of_study(self.interpreter, Study.of(task, plan), share))

    def of_failure(self, log: str, program: Mapping[str, str]) -> Fitted:
        """What the libraries in a traceback say of themselves; empty where there is no traceback."""
        found = cache(lambda: failures.found(self.interpreter, log, program))
        return Fitted(lambda share: "\n\n".join(wording.fitted(found(), int(failures.BUDGET * share))))
