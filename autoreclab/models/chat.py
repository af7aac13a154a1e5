"""One chat completion from an OpenAI-compatible endpoint: JSON in whatever way it can, retried where that helps."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from autoreclab.errors import ModelError
from autoreclab.models import faults
from autoreclab.models.faults import CANNOT, Broken, Fault, NotUnderstood, TooLong
from autoreclab.models.streaming import completion_of, is_stream

Messages = list[dict[str, str]]

OPENAI = "https://api.openai.com/v1"
TRIES = 5
LONGEST_WAIT = 300.0
"""Seconds; an endpoint that asks for more is better resumed later."""
WAYS: tuple[str, ...] = ("schema", "tool", "json", "text")
"""How an answer of a given schema can be had, best first."""
WHOLE = 6
"""A streamed answer may take so many times as long in all as the model may be silent."""
SHORTEST_KEY = 12
"""Characters; shorter ones, such as `ollama` or `none`, are words for servers that want no key, and no secrets."""
LONGEST_REASON = 600
"""Characters; some endpoints answer with a whole web page."""


class Endpoint:
    """An address and a model there, and what the two were found to understand.

    Answers are streamed, where that is understood: a long one would else be silence, which proxies and time limits end.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: str | None,
        base_url: str | None,
        temperature: float | None,
        timeout: float,
        wait: Callable[[float], None],
    ) -> None:
        self.model = model
        self.address = base_url or OPENAI
        self.api_key = (api_key or "").strip() or "unset"
        self.options: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
        self.options |= {"stream_options": {"include_usage": True}, "stream": True}
        self.timeout = timeout
        self.wait = wait
        self.ways = WAYS
        self.streamed = False
        """Was the last answer a stream?"""
        self._client: Any = None

    def complete(self, messages: Messages, schema: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was sent and what came back, both as JSON has them. Raises `ModelError`, `TooLong` for the prompt."""
        ways = self.ways  # other questions may be under way, and find out the same
        for place, way in enumerate(ways, 1):
            try:
                request, completion = self.in_way(way, messages, schema)
            except NotUnderstood:
                if place == len(ways):
                    raise
            else:
                self.ways = ways[place - 1 :]  # only a success proves that the way, not the request, was refused
                return request, completion
        raise AssertionError("the last way returns or raises")

    def in_way(self, way: str, messages: Messages, schema: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The same in one way alone, without options that are refused. Raises `NotUnderstood` where the way may be."""
        from openai import APIError

        self._connect()
        while True:
            request = self.request(way, messages, schema)
            try:
                return request, self._patiently(request)
            except (APIError, Fault) as error:
                unknown = self._unknown(error)
                if not unknown:
                    raise self._model_error(error) from None
                self._drop(unknown)

    def request(self, way: str, messages: Messages, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A request's body. Who may not know or not honour schemas finds it in the prompt too."""
        if way in ("json", "text") or urlsplit(self.address).hostname != urlsplit(OPENAI).hostname:
            messages = _with_schema(messages, schema)
        return {"model": self.model, "messages": messages, **_format(way, schema), **self.options}

    def _patiently(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send until it is answered, or another try wouldn't help."""
        from openai import APIError

        for attempt in range(1, TRIES + 1):
            try:
                return self._send(request)
            except (APIError, Fault) as error:
                delay = faults.delay(error, attempt)
                if attempt == TRIES or not faults.passing(error) or delay > LONGEST_WAIT:
                    raise
            self.wait(delay)
        raise AssertionError("the last try returns or raises")

    def _send(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One paid call. Its body is read here: the client would fail on, or make up, what isn't as documented."""
        end = time.monotonic() + WHOLE * self.timeout
        response = self._client.chat.completions.with_raw_response.create(**request)
        body = self._read(response.http_response, end)
        self.streamed = is_stream(body)
        return completion_of(body)

    def _read(self, response: Any, end: float) -> bytes:
        """The whole body. Each wait for a piece of it is limited by the client, all of them together by `end`."""
        pieces = []
        with closing(response):
            try:
                for piece in response.iter_bytes():
                    pieces.append(piece)
                    if time.monotonic() > end:
                        break
                else:
                    return b"".join(pieces)
            except Exception as error:  # of the HTTP library below the client, which has changed before
                raise Broken(f"{type(error).__name__}: {error}") from error
        raise ModelError(
            f"The model {self.model} was still answering after {WHOLE * self.timeout:.0f} seconds. "
            "Resume the run to ask again, with a longer --model-timeout or another --model."
        )

    @property
    def shown_address(self) -> str:
        """The address without a password."""
        return re.sub(r"//[^/@]*@", "//", self.address)

    def _connect(self) -> None:
        """Make the client when it is first needed."""
        import openai

        if self._client is None:
            if not re.fullmatch(r"[!-~]+", self.api_key):
                raise ModelError("The API key has a character that no key has. Copy it again into OPENAI_API_KEY.")
            if not re.fullmatch(r"https?://([^\s/@]*@)?([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?(/\S*)?", self.address):
                raise ModelError("OPENAI_BASE_URL is not an address such as http://localhost:8000/v1. Correct it.")
            # between two calls an experiment may run for an hour: a connection kept that long is lost without a word
            headers = {"Connection": "close"}
            self._client = openai.OpenAI(
                api_key=self.api_key,
                base_url=self.address,
                timeout=self.timeout,
                max_retries=0,
                default_headers=headers,
            )

    def _unknown(self, error: Exception) -> str | None:
        """The option of ours that a refusal names."""
        if faults.status(error) not in CANNOT or faults.too_long(error):
            return None
        named = f"{getattr(error, 'param', '')} {faults.words(error)}"
        return next((option for option in self.options if re.search(rf"\b{option}(ing)?\b", named, re.I)), None)

    def _drop(self, option: str) -> None:
        """Do without an option from now on; without a stream there is nothing to say of it either."""
        gone = (option, "stream_options") if option == "stream" else (option,)
        self.options = {name: value for name, value in self.options.items() if name not in gone}

    def _model_error(self, error: Exception) -> ModelError:
        """The reason and the next step, without the key, also where the endpoint repeats it."""
        if faults.too_long(error):
            return TooLong(self._without_key(faults.words(error)))
        kind = NotUnderstood if faults.status(error) in CANNOT else ModelError
        return kind(
            f"The model {self.model} at {self.shown_address} can't be used: {self._without_key(faults.reason(error))}"
        )

    def _without_key(self, text: str) -> str:
        secret = len(self.api_key) >= SHORTEST_KEY
        return (text.replace(self.api_key, "(the key)") if secret else text)[:LONGEST_REASON]


def _with_schema(messages: Messages, schema: Mapping[str, Any]) -> Messages:
    """The same conversation with the schema below its first message."""
    wanted = "Answer with one JSON object that fits this JSON schema, and nothing else:"
    first = f"{messages[0]['content']}\n{wanted}\n\n```json\n{json.dumps(schema)}\n```\n"
    return [{**messages[0], "content": first}, *messages[1:]]


def _format(way: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters by which a way asks for JSON."""
    if way == "schema":
        form = {"name": "answer", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": form}}
    if way == "tool":
        tool = {"name": "answer", "description": "Give the answer.", "parameters": schema}
        choice = {"type": "function", "function": {"name": "answer"}}
        return {"tools": [{"type": "function", "function": tool}], "tool_choice": choice}
    return {"response_format": {"type": "json_object"}} if way == "json" else {}
