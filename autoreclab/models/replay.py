"""The answers that another run was given, given again: no network, no cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

from autoreclab.errors import ModelError
from autoreclab.models import Answer, Exchanges, Schema
from autoreclab.models.openai import OpenAI, key_of

PREFIX = "replay:"
SHOWN = 100
"""Characters of a line that an error shows."""


def original(model: str | None) -> str | None:
    """The run that `replay:RUN` names; None for any other model."""
    return model.removeprefix(PREFIX) if model and model.startswith(PREFIX) else None


class Replay:
    """A `Model` that answers from a run's exchanges; each that it uses is copied to the new run's.

    Thus a replay can be replayed itself. Its usage is the original's: what the answers cost when they were paid.
    `name` is that of the models which gave the answers.
    """

    def __init__(self, run: str, recorded: Mapping[str, str], exchanges: Exchanges) -> None:
        self.run = run
        self.recorded = [json.loads(text) for text in recorded.values()]
        names = sorted({exchange["request"]["model"] for exchange in self.recorded})
        if not names:
            raise ModelError(
                f"Run '{run}' holds no exchange with a language model to replay. "
                "What the offline researcher did, it does again: --model offline."
            )
        self.name = ", ".join(names)
        self.models = [_Recorded(name, recorded, exchanges) for name in names]

    def ask(self, prompt: str, schema: type[Schema], *, step: str, **context: Any) -> Answer[Schema]:
        """The recorded answer. Raises `ModelError`, where the question is another, with the first line that differs."""
        missing: list[_Missing] = []
        for model in self.models:
            try:
                return model.ask(prompt, schema, step=step, **context)
            except _Missing as error:
                missing.append(error)
        raise ModelError(
            f"The replay of run '{self.run}' departs from it at step {step} ({prompt}): "
            f"{self._difference(prompt, step, missing[0].text)} "
            "Replay with the versions, data and settings of the original, or go on: autoreclab resume --model NAME."
        )

    def _difference(self, prompt: str, step: str, text: str) -> str:
        """What is new about a question, in a sentence."""
        same = [found for found in self.recorded if (found["prompt"], found["step"]) == (prompt, step)]
        asked = (found["request"]["messages"][0]["content"] for found in same)
        return next(_differences(text, asked), "the original holds no answer to this question.")


class _Missing(ModelError):
    """A question that was never answered."""

    def __init__(self, text: str) -> None:
        super().__init__("This question was never answered.")
        self.text = text


class _Recorded(OpenAI):
    """One model's recorded answers; it has no endpoint to call."""

    def __init__(self, name: str, recorded: Mapping[str, str], exchanges: Exchanges) -> None:
        super().__init__(name, exchanges, api_key=None)
        self.recorded = recorded

    def _exchange(self, question: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        text = self._kept(key_of(question))
        if text is None:
            raise _Missing(question["messages"][0]["content"])
        return json.loads(text), True

    def _kept(self, key: str) -> str | None:
        text = self.exchanges.get(key)
        if text is None and key in self.recorded:
            text = self.recorded[key]
            self.exchanges.put(key, text)
        return text


def _differences(text: str, others: Iterable[str]) -> Iterator[str]:
    """The first line of a prompt that is not another's, for each of those that differ."""
    for other in others:
        for number, (now, then) in enumerate(zip_longest(text.splitlines(), other.splitlines()), 1):
            if now is None:  # what follows is the schema, which some endpoints get in the prompt
                break
            if now != then:
                yield f"line {number} of the prompt is {_shown(now)}, and was {_shown(then or '')}."
                break


def _shown(line: str) -> str:
    return repr(line if len(line) <= SHOWN else line[:SHOWN] + "…")
