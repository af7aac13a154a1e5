"""A language model behind an OpenAI-compatible endpoint, which is never paid twice for the same answer."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic

from autoreclab.errors import ModelError
from autoreclab.models import Answer, Exchanges, Schema, Usage
from autoreclab.models.chat import Endpoint, Messages
from autoreclab.models.exchange import usage_of
from autoreclab.models.gate import Gate, open_gate
from autoreclab.models.parsing import Unusable, read, said, strict
from autoreclab.prices import cost, provider_of
from autoreclab.prompts import render

ROUNDS = 2
"""The question, and one request to repair an unusable answer."""


@dataclass(frozen=True)
class Conversation(Generic[Schema]):
    """A question and the answers to it, up to the first usable one."""

    value: Schema | None
    reason: str
    """Why the last answer is unusable."""
    usage: Usage
    kept: bool
    """Did all its answers come from the exchanges?"""


class OpenAI:
    """Renders prompts, asks a chat model, and reads its answers.

    Usage counts every answer an ask needed, repairs and abandoned conversations included. An answer from the
    exchanges counts what it cost when it was paid, so that a resumed run reports the costs of an uninterrupted one.
    """

    def __init__(
        self,
        name: str,
        exchanges: Exchanges,
        *,
        api_key: str | None,
        base_url: str | None = None,
        temperature: float | None = None,
        timeout: float = 600.0,
        wait: Callable[[float], None] = time.sleep,
        gate: Gate | None = None,
    ) -> None:
        self.name = name
        self.exchanges = exchanges
        self.gate = gate or open_gate()
        self.endpoint = Endpoint(
            name, api_key=api_key, base_url=base_url, temperature=temperature, timeout=timeout, wait=wait
        )

    def ask(self, prompt: str, schema: type[Schema], *, step: str, **context: Any) -> Answer[Schema]:
        """Answer a prompt in the schema. Raises `ModelError` when asked in vain, `PromptError` for a bad template.

        A kept conversation that came to nothing isn't the last word: a resumed run holds a new one.
        """
        question = {"model": self.name, "step": step, "prompt": prompt, "schema": strict(schema)}
        text = render(prompt, **context)
        usage = Usage()
        for attempt in itertools.count(1):
            conversation = self._converse({**question, "attempt": attempt}, text, schema)
            usage += conversation.usage
            if conversation.value is not None:
                return Answer(conversation.value, usage)
            if not conversation.kept:
                break
        raise ModelError(
            f"The model {self.name} answered {prompt} (step {step}) {ROUNDS} times, but not usably: "
            f"{conversation.reason}. Resume the run to ask again, or choose another --model."
        )

    def _converse(self, question: Mapping[str, Any], text: str, schema: type[Schema]) -> Conversation[Schema]:
        """Ask, and ask for a repair where the answer can't be used."""
        messages: Messages = [{"role": "user", "content": text}]
        usage, kept, reason = Usage(), True, ""
        for _ in range(ROUNDS):
            exchange, was_kept = self._exchange({**question, "messages": messages})
            completion = exchange["completion"]
            usage, kept = usage + usage_of(exchange), kept and was_kept
            try:
                return Conversation(read(completion, schema), "", usage, kept)
            except Unusable as error:
                reason = str(error)
            messages = [*messages, *_repair(completion, reason)]
        return Conversation(None, reason, usage, kept)

    def _exchange(self, question: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        """A request with its completion, and whether it was kept. A paid one is kept before anything is made of it."""
        key = key_of(question)
        kept = self.exchanges.get(key)
        if kept is not None:
            return json.loads(kept), True
        with self.gate.passing(question["prompt"], length(question), self._price):
            exchange = self._paid(question)
            self.exchanges.put(key, json.dumps(exchange))
        return exchange, False

    def _paid(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the endpoint; what was sent and came back, how long that took, and what it costs at today's price."""
        began = time.monotonic()
        request, completion = self.endpoint.complete(question["messages"], question["schema"])
        seconds = round(time.monotonic() - began, 2)
        exchange = {label: question[label] for label in ("prompt", "step", "attempt")}
        exchange |= {"request": request, "completion": completion, "seconds": seconds, "provider": self.provider}
        return {**exchange, "cost": self._price(usage_of(exchange))}

    @cached_property
    def provider(self) -> str | None:
        """Who charges for the answers, as the price list calls them."""
        return provider_of(self.endpoint.address)

    def _price(self, usage: Usage) -> float | None:
        return cost(self.name, self.provider, usage)


def key_of(question: Mapping[str, Any]) -> str:
    """What an exchange is kept under: a hash of model, step, prompt, schema, attempt and messages."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


def length(question: Mapping[str, Any]) -> int:
    """Characters of what is sent, the schema counted twice, since some endpoints get it in the prompt, too."""
    return len(json.dumps(question["messages"], ensure_ascii=False)) + 2 * len(json.dumps(question["schema"]))


def _repair(completion: Mapping[str, Any], reason: str) -> Messages:
    """What follows an unusable answer. Some endpoints refuse an empty message, so an empty answer gets words."""
    wish = f"This answer can't be used: {reason}. Answer the question again, in full, with one JSON object as asked."
    return [
        {"role": "assistant", "content": said(completion).strip() or "(no answer)"},
        {"role": "user", "content": wish},
    ]
