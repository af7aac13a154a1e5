"""What an endpoint answers in place of a completion: does it pass, is the prompt too long, and what to do about it."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from autoreclab.errors import ModelError
from autoreclab.models.parsing import dig

CANNOT = (400, 422, 501)
"""Statuses by which endpoints say that they don't know a way or a parameter."""
REASONS = {
    401: "the API key is not accepted. Check OPENAI_API_KEY",
    402: "the account has no credit left. Top it up, then resume the run",
    403: "access is refused. Choose another --model or another key",
    404: "there is no such model or address. Check --model, and OPENAI_BASE_URL, which usually ends in /v1",
}
# In the words of OpenAI, vLLM, DeepSeek, llama.cpp and LM Studio; LM Studio; Anthropic; Gemini; and of a limit on the
# tokens of a minute that is below one prompt
TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|context the overflows|prompt is too long"
    r"|exceeds the maximum number of tokens|request too large",
    re.IGNORECASE,
)


class TooLong(ModelError):
    """The prompt doesn't fit into the model's context window, of so many tokens where that is known."""

    def __init__(self, reason: str, window: int | None = None) -> None:
        super().__init__(reason)
        self.window = window


class NotUnderstood(ModelError):
    """The endpoint refuses the request as it stands; it may know another way."""


class Fault(Exception):
    """A status of success with something else than a completion; None as status: another try may help."""

    status_code: int | None = None
    body: Any = None


class NotACompletion(Fault):
    """A body that is none: a web page, half a body, another service's answer."""


class Broken(Fault):
    """The connection was lost, or the stream ended, before the answer was whole."""


class Refused(Fault):
    """An error in the body of an answer with status 200, as OpenRouter and LM Studio send them."""

    def __init__(self, error: Any) -> None:
        super().__init__(dig(error, "message") or str(error))
        self.body = error
        code = dig(error, "code")
        self.status_code = code if isinstance(code, int) and 400 <= code < 600 else None


def status(error: Exception) -> int | None:
    """The HTTP status of an error; None where the connection failed."""
    return getattr(error, "status_code", None)


def too_long(error: Exception) -> bool:
    """Does it say that the prompt is longer than the model's context window?"""
    return status(error) == 413 or bool(TOO_LONG.search(_labelled(error)))


def passing(error: Exception) -> bool:
    """May the same request succeed a little later?"""
    if _out_of_quota(error) or too_long(error):
        return False
    code = status(error)
    return code is None or code in (408, 409, 429) or (code >= 500 and code not in CANNOT)


def delay(error: Exception, attempt: int) -> float:
    """Seconds before the next try: what the endpoint asks for, or 1, 2, 4, 8 and up to half as much again."""
    response = getattr(error, "response", None)
    asked = _retry_after(response.headers.get("retry-after", "")) if response is not None else None
    return 2.0 ** (attempt - 1) * random.uniform(1, 1.5) if asked is None else asked


def reason(error: Exception) -> str:
    """What failed and what to do about it, then the endpoint's own words."""
    code = 402 if _out_of_quota(error) else status(error)
    said = words(error)
    if isinstance(error, NotACompletion):
        return f"its answer isn't a chat completion. Check OPENAI_BASE_URL, which usually ends in /v1. It says: {said}"
    if code is None and isinstance(error, Fault):
        return f"its answer broke off. Resume the run later. It says: {said}"
    if code is None:
        return f"it can't be reached. Check the network and OPENAI_BASE_URL, then resume. {error.__cause__ or error}"
    if code in REASONS:
        return f"{REASONS[code]}. It says: {said}"
    return f"it answers with status {code}{'. Resume the run later' if passing(error) else ''}. It says: {said}"


def words(error: Exception) -> str:
    """The endpoint's own words: OpenAI's `message`, the first of Gemini's list, else all that came."""
    body = getattr(error, "body", None)
    return str(dig(body, "message") or dig(body, 0, "error", "message") or body or error)


def _labelled(error: Exception) -> str:
    """Its words, behind the short names that some have for it."""
    body = getattr(error, "body", None)
    return f"{dig(body, 'code')} {dig(body, 'type')} {words(error)}"


def _out_of_quota(error: Exception) -> bool:
    return "insufficient_quota" in (getattr(error, "code", None), getattr(error, "type", None))


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
