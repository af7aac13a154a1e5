"""One chat completion from an OpenAI-compatible endpoint: JSON in whatever way it can, retried where that helps."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from autoreclab.errors import ModelError
from autoreclab.models.parsing import dig

Messages = list[dict[str, str]]

OPENAI = "https://api.openai.com/v1"
TRIES = 5
LONGEST_WAIT = 300.0
"""Seconds; an endpoint that asks for more is better resumed later."""
WAYS: tuple[str, ...] = ("schema", "tool", "json", "text")
"""How an answer of a given schema can be had, best first."""
CANNOT = (400, 422, 501)
"""Statuses by which endpoints say that they don't know a way or a parameter."""
LONGEST_REASON = 600
"""Characters; some endpoints answer with a whole web page."""
REASONS = {
    401: "the API key is not accepted. Check OPENAI_API_KEY",
    402: "the account has no credit left. Top it up, then resume the run",
    403: "access is refused. Choose another --model or another key",
    404: "there is no such model or address. Check --model, and OPENAI_BASE_URL, which usually ends in /v1",
    413: "the prompt is too long. Shorten the task, or choose a --model with a longer context",
}


class NotACompletion(Exception):
    """An endpoint answers 200 with something else: a web page, half a body, an error in disguise."""


class Endpoint:
    """An address and a model there, and what the two were found to understand."""

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
        self.options = {} if temperature is None else {"temperature": temperature}
        self.timeout = timeout
        self.wait = wait
        self.ways = WAYS
        self._client: Any = None

    def complete(self, messages: Messages, schema: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was sent and what came back, both as JSON has them. Raises `ModelError`."""
        from openai import APIError

        self._connect()
        ways = self.ways
        while True:
            request = self.request(ways[0], messages, schema)
            try:
                completion = self._patiently(request)
            except (APIError, NotACompletion) as error:
                unknown = self._unknown(error)
                if unknown:
                    self.options = {name: value for name, value in self.options.items() if name != unknown}
                elif _status(error) in CANNOT and len(ways) > 1:
                    ways = ways[1:]
                else:
                    raise self._model_error(error) from None
            else:
                self.ways = ways  # only a success proves that it was the way, and not the request, that was refused
                return request, completion

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
            except (APIError, NotACompletion) as error:
                delay = _delay(error, attempt)
                if attempt == TRIES or not _passing(error) or delay > LONGEST_WAIT:
                    raise
            self.wait(delay)
        raise AssertionError("the last try returns or raises")

    def _send(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One paid call. Its body is read here: the client would fail on, or make up, what isn't as documented."""
        response = self._client.chat.completions.with_raw_response.create(**request)
        try:
            completion = json.loads(response.http_response.content)
        except ValueError:
            completion = None
        if not isinstance(completion, dict) or not isinstance(completion.get("choices"), list):
            raise NotACompletion(response.http_response.text)
        return completion

    def _connect(self) -> None:
        """Make the client when it is first needed."""
        import openai

        if self._client is None:
            if not re.fullmatch(r"[!-~]+", self.api_key):
                raise ModelError("The API key has a character that no key has. Copy it again into OPENAI_API_KEY.")
            if not re.fullmatch(r"https?://([^\s/@]*@)?([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?(/\S*)?", self.address):
                raise ModelError("OPENAI_BASE_URL is not an address such as http://localhost:8000/v1. Correct it.")
            self._client = openai.OpenAI(
                api_key=self.api_key, base_url=self.address, timeout=self.timeout, max_retries=0
            )

    def _unknown(self, error: Exception) -> str | None:
        """The option of ours that a refusal names."""
        if _status(error) not in CANNOT:
            return None
        named = f"{getattr(error, 'param', '')} {error}"
        return next((option for option in self.options if option in named), None)

    def _model_error(self, error: Exception) -> ModelError:
        """The reason and the next step, without the key, also where the endpoint repeats it."""
        address = re.sub(r"//[^/@]*@", "//", self.address)
        reason = _reason(error).replace(self.api_key, "(the key)")
        return ModelError(f"The model {self.model} at {address} can't be used: {reason[:LONGEST_REASON]}")


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


def _status(error: Exception) -> int | None:
    """The HTTP status of an error; None where the connection failed."""
    return getattr(error, "status_code", None)


def _out_of_quota(error: Exception) -> bool:
    return "insufficient_quota" in (getattr(error, "code", None), getattr(error, "type", None))


def _passing(error: Exception) -> bool:
    """May the same request succeed a little later?"""
    if _out_of_quota(error):
        return False
    status = _status(error)
    return status is None or status in (408, 409, 429) or (status >= 500 and status not in CANNOT)


def _delay(error: Exception, attempt: int) -> float:
    """Seconds before the next try: what the endpoint asks for, or 1, 2, 4, 8 and up to half as much again."""
    response = getattr(error, "response", None)
    asked = _retry_after(response.headers.get("retry-after", "")) if response is not None else None
    return 2.0 ** (attempt - 1) * random.uniform(1, 1.5) if asked is None else asked


def _retry_after(value: str) -> float | None:
    """Seconds from a header that holds seconds or a date (RFC 9110, section 10.2.3); None where it holds neither."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _reason(error: Exception) -> str:
    """What failed and what to do about it, then the endpoint's own words."""
    status = 402 if _out_of_quota(error) else _status(error)
    said = str(dig(getattr(error, "body", None), "message") or error)
    if isinstance(error, NotACompletion):
        return f"its answer isn't a chat completion. Check OPENAI_BASE_URL, which usually ends in /v1. It says: {said}"
    if status is None:
        return f"it can't be reached. Check the network and OPENAI_BASE_URL, then resume. {error.__cause__ or error}"
    if status in REASONS:
        return f"{REASONS[status]}. It says: {said}"
    return f"it answers with status {status}{'. Resume the run later' if _passing(error) else ''}. It says: {said}"
