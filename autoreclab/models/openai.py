"""A language model behind an OpenAI-compatible endpoint, which is never paid twice for the same answer."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic

from autoreclab.errors import ModelError
from autoreclab.models import Answer, Exchanges, Schema, Usage
from autoreclab.models.chat import Endpoint, Messages
from autoreclab.models.faults import TooLong
from autoreclab.models.parsing import Unusable, dig, read, said, strict
from autoreclab.prompts import SIZES, render

ROUNDS = 2
"""The question, and one request to repair an unusable answer."""
PIECE = re.compile(r"[^\W\d_]+|\d{1,3}|[^\w\s]+(?![^\W\d_])")
LEAST_WINDOW = 1000
"""Tokens; no context window is smaller, so an endpoint that says it read fewer doesn't count them all."""
SURE = 0.9
"""The share of the tokens, at least, that an endpoint which read them all reports."""
ROOM = 0.8
"""The share of a known context window that a prompt's least tokens may take: it has more, and the answer needs some."""
WIDEN = (
    "Give the model a larger one (Ollama: OLLAMA_CONTEXT_LENGTH, llama.cpp: --ctx-size, vLLM: --max-model-len, "
    "LM Studio: the context length it is loaded with), or choose another --model."
)


@dataclass(frozen=True)
class Conversation(Generic[Schema]):
    """A question and the answers to it, up to the first usable one."""

    value: Schema | None
    reason: str
    """Why the last answer is unusable."""
    usage: Usage
    kept: bool
    """Did all its answers come from the exchanges?"""
    too_long: bool = False
    """Was it more than the model's context window holds?"""
    window: int | None = None
    """Tokens that this window was seen to hold."""


class OpenAI:
    """Renders prompts, asks a chat model, and reads its answers.

    A prompt that doesn't fit into the model's context window is asked again at a smaller of the prompts' sizes; further
    ones are asked at the largest that may fit.
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
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.name = name
        self.exchanges = exchanges
        self.endpoint = Endpoint(
            name, api_key=api_key, base_url=base_url, temperature=temperature, timeout=timeout, wait=wait
        )
        self.room = math.inf
        """Tokens, at least, of a prompt that is too long."""
        self.tell = tell

    def ask(self, prompt: str, schema: type[Schema], *, step: str, **context: Any) -> Answer[Schema]:
        """Answer a prompt in the schema. Raises `ModelError` when asked in vain, `PromptError` for a bad template.

        A kept conversation that came to nothing isn't the last word: a resumed run holds a new one.
        """
        question = {"model": self.name, "step": step, "prompt": prompt, "schema": strict(schema)}
        texts = {size: render(prompt, size, **context) for size in SIZES}
        usage, reason = Usage(), ""
        for text in self._to_try(question, texts):
            found = self._insist(question, text, schema)
            usage, reason = usage + found.usage, found.reason
            if found.value is not None:
                return Answer(found.value, usage)
            if not found.too_long:
                raise ModelError(
                    f"The model {self.name} answered {prompt} (step {step}) {ROUNDS} times, but not usably: "
                    f"{reason}. Resume the run to ask again, or choose another --model."
                )
            self._narrow(ROOM * found.window if found.window else tokens_of(text))
        raise TooLong(
            f"The prompt {prompt} (step {step}) doesn't fit into the context window of {self.name}, not even at its "
            f"shortest, at least {tokens_of(texts[SIZES[-1]]):,} tokens: {reason}. {WIDEN}"
        )

    def _to_try(self, question: Mapping[str, Any], texts: Mapping[float, str]) -> Iterator[str]:
        """The prompt at each size, from the largest to which an answer is kept, else from the largest that may fit."""
        kept = [text for text in texts.values() if self._kept(key_of(_first({**question, "attempt": 1}, text)))]
        wanted = list(dict.fromkeys(texts.values()))
        for text in wanted[wanted.index(kept[0]) if kept else 0 :]:
            if tokens_of(text) < self.room or text in (*kept[:1], wanted[-1]):
                yield text

    def _narrow(self, room: float) -> None:
        """Know the model's context window better; say so the first time."""
        if self.room == math.inf:
            self.tell(f"The context window of {self.name} is small: what is long in prompts is cut, by rule.")
        self.room = min(self.room, room)

    def _insist(self, question: Mapping[str, Any], text: str, schema: type[Schema]) -> Conversation[Schema]:
        """Hold a conversation; after one that is kept and came to nothing, a new one."""
        usage = Usage()
        for attempt in itertools.count(1):
            found = self._converse({**question, "attempt": attempt}, text, schema)
            usage += found.usage
            if found.value is not None or found.too_long or not found.kept:
                return replace(found, usage=usage)
        raise AssertionError("a conversation that isn't kept is the last")

    def _converse(self, question: Mapping[str, Any], text: str, schema: type[Schema]) -> Conversation[Schema]:
        """Ask, and ask for a repair where the answer can't be used."""
        asked = _first(question, text)
        usage, kept, reason = Usage(), True, ""
        for _ in range(ROUNDS):
            try:
                exchange, was_kept = self._exchange(asked)
                completion = exchange["completion"]
                usage, kept = usage + _usage(completion), kept and was_kept
                see_whole(completion, exchange["request"]["messages"])
                return Conversation(read(completion, schema), "", usage, kept)
            except TooLong as error:
                return Conversation(None, str(error), usage, kept, too_long=True, window=error.window)
            except Unusable as error:
                reason = str(error)
            asked = {**asked, "messages": [*asked["messages"], *_repair(completion, reason)]}
        return Conversation(None, reason, usage, kept)

    def _exchange(self, question: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        """Request and completion, and whether they were kept. A paid one is kept before anything is made of it."""
        key = key_of(question)
        kept = self._kept(key)
        if kept is not None:
            return json.loads(kept), True
        request, completion = self.endpoint.complete(question["messages"], question["schema"])
        labels = {label: question[label] for label in ("prompt", "step", "attempt")}
        exchange = {**labels, "request": request, "completion": completion}
        self.exchanges.put(key, json.dumps(exchange))
        return exchange, False

    def _kept(self, key: str) -> str | None:
        return self.exchanges.get(key)


def _first(question: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The question with its first message."""
    return {**question, "messages": [{"role": "user", "content": text}]}


def tokens_of(text: str) -> int:
    """How many tokens a text has at least: common tokenizers merge no words, and no words with what follows them."""
    return len(PIECE.findall(text))


def see_whole(completion: Mapping[str, Any], messages: Messages) -> None:
    """See that the whole prompt was read: Ollama cuts off the beginning without a word. Raises `TooLong`."""
    read_tokens = dig(completion, "usage", "prompt_tokens")
    wanted = sum(tokens_of(message["content"]) for message in messages)
    if isinstance(read_tokens, int) and LEAST_WINDOW <= read_tokens < SURE * wanted:
        raise TooLong(f"it read {read_tokens:,} tokens of a prompt of at least {wanted:,}", window=read_tokens)


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
