"""A model for each role: who plans need not be who writes programs, judges them or writes the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoreclab.models import Answer, Model, Schema
from autoreclab.usage import role_of


class Roles:
    """A `Model` that has each question answered by the model of its role. Its name is the writer's, for the report."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.models = models
        self.name = models["writer"].name
        self.mends = models["coder"].mends

    def ask(self, prompt: str, schema: type[Schema], *, step: str, **context: Any) -> Answer[Schema]:
        """The answer of the model whose role the prompt is. Raises what that model raises."""
        return self.models[role_of(prompt)].ask(prompt, schema, step=step, **context)
