"""Questions and typed answers: one seam, `ask`, with three implementations, `openai`, `offline` and `replay`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from autoreclab.usage import Paid, Usage

Schema = TypeVar("Schema", bound=BaseModel)


@dataclass(frozen=True)
class Answer(Generic[Schema]):
    """A typed answer and what it cost."""

    value: Schema
    usage: Usage = field(default_factory=Usage)


class Model(Protocol):
    """Whatever answers questions: a language model behind an API, or a researcher made of recipes."""

    name: str
    mends: bool
    """Does it write its programs itself, so that it can mend what would make them crash?"""

    def ask(self, prompt: str, schema: type[Schema], *, step: str, **context: Any) -> Answer[Schema]:
        """Answer the question that `prompts/<prompt>.md.j2` asks of the context.

        `step` (such as `0004` or `plan`) tells apart questions that read the same. Raises `ModelError`.
        """
        ...


class Exchanges(Protocol):
    """Where exchanges with a paid model are kept before anything is made of them."""

    @property
    def paid(self) -> Sequence[Paid]:
        """What each has cost."""
        ...

    def get(self, key: str) -> str | None:
        """The answer kept under this key, or None."""
        ...

    def put(self, key: str, text: str) -> None:
        """Keep an answer; it is safe once this returns."""
        ...
