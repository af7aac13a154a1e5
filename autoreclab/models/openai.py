"""A language model behind an OpenAI-compatible endpoint, which is never paid twice for the same answer."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from autoreclab.errors import ModelError
from autoreclab.models import Answer, Exchanges, Schema, Usage
from autoreclab.models.chat import Endpoint, Messages
from autoreclab.models.parsing import Unusable, dig, read, said, strict
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

    mends = True

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
    ) -> None:
        self.name = name
        self.exchanges = exchanges
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
            completion, was_kept = self._completion({**question, "messages": messages})
            usage, kept = usage + _usage(completion), kept and was_kept
            try:
                return Conversation(read(completion, schema), "", usage, kept)
            except Unusable as error:
                reason = str(error)
            messages = [*messages, *_repair(completion, reason)]
        return Conversation(None, reason, usage, kept)

    def _completion(self, question: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        """A completion's body, and whether it was kept. A paid one is kept before anything is made of it."""
        key = key_of(question)
        kept = self.exchanges.get(key)
        if kept is not None:
            return json.loads(kept)["completion"], True
        request, completion = self.endpoint.complete(question["messages"], question["schema"])
        labels = {label: question[label] for label in ("prompt", "step", "attempt")}
        self.exchanges.put(key, json.dumps({**labels, "request": request, "completion": completion}))
        return completion, False


def key_of(question: Mapping[str, Any]) -> str:
    """What an exchange is kept under: a hash of model, step, prompt, schema, attempt and messages."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


def _usage(completion: Mapping[str, Any]) -> Usage:
    """One call and its tokens, as far as the endpoint tells."""
    tokens = [dig(completion, "usage", name) for name in ("prompt_tokens", "completion_tokens")]
    return Usage(1, *(count if isinstance(count, int) else 0 for count in tokens))


def _repair(completion: Mapping[str, Any], reason: str) -> Messages:
    """What follows an unusable answer. Some endpoints refuse an empty message, so an empty answer gets words."""
    wish = f"This answer can't be used: {reason}. Answer the question again, in full, with one JSON object as asked."
    return [
        {"role": "assistant", "content": said(completion).strip() or "(no answer)"},
        {"role": "user", "content": wish},
    ]
