"""From a pydantic model to a strict JSON schema, and from a language model's text back to a value."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from autoreclab.models import Schema

KEPT = ("type", "description", "enum", "const")
# Reasoning models put it before the answer; some chat templates swallow the opening tag, a token limit the closing one.
THINKING = re.compile(r"\A(?!\s*[{`]).*?</think>|\A\s*<think>.*", re.DOTALL)


class Unusable(ValueError):
    """An answer is empty, refused, not JSON or not of the schema: the reason, in words the model can act on."""


def strict(schema: type[BaseModel]) -> dict[str, Any]:
    """A schema as OpenAI's strict mode takes it: references inlined, every property required, no others allowed.

    Neither recursive models nor fields that are a dict can be told this way.
    """
    document = schema.model_json_schema()
    return _strict(document, document.get("$defs", {}))


def _strict(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in part:
        siblings = {key: value for key, value in part.items() if key != "$ref"}
        return _strict({**definitions[part["$ref"].rpartition("/")[2]], **siblings}, definitions)
    result: dict[str, Any] = {key: part[key] for key in KEPT if key in part}
    if "items" in part:
        result["items"] = _strict(part["items"], definitions)
    if "anyOf" in part:
        result["anyOf"] = [_strict(choice, definitions) for choice in part["anyOf"]]
    if part.get("type") == "object":
        properties = part.get("properties", {})
        result["properties"] = {name: _strict(value, definitions) for name, value in properties.items()}
        result |= {"required": list(properties), "additionalProperties": False}
    return result


def read(completion: Mapping[str, Any], schema: type[Schema]) -> Schema:
    """The value that a chat completion's body holds. Raises `Unusable`."""
    refusal = dig(completion, "choices", 0, "message", "refusal")
    if refusal:
        raise Unusable(f"it is a refusal: {refusal}")
    cut_off = dig(completion, "choices", 0, "finish_reason") == "length"
    try:
        return parse(said(completion), schema, mend=not cut_off)
    except Unusable as error:
        why = "it holds reasoning only" if _only_reasoned(completion) else str(error)
        raise Unusable(f"it was cut off at the token limit ({why})" if cut_off else why) from None


def said(completion: Mapping[str, Any]) -> str:
    """The text of a completion's answer: the arguments of its first tool call, or its content."""
    message = dig(completion, "choices", 0, "message")
    text = dig(message, "tool_calls", 0, "function", "arguments") or dig(message, "content")
    if isinstance(text, list):  # Mistral's reasoning models answer in parts
        text = "".join(str(dig(part, "text") or "") for part in text)
    return text.encode(errors="replace").decode() if isinstance(text, str) else ""


def dig(value: Any, *path: str | int) -> Any:
    """What lies under keys and positions of parsed JSON, or None where it isn't there."""
    for step in path:
        try:
            value = value[step]
        except (IndexError, KeyError, TypeError):
            return None
    return value


def parse(text: str, schema: type[Schema], mend: bool = False) -> Schema:
    """The first JSON object in a text that fits the schema, whatever stands around it. Raises `Unusable`.

    `mend`: may punctuation be put right where no object does? A text that was cut off has lost more than that.
    """
    reason = "it holds no complete JSON object" if text.strip() else "it is empty"
    text = THINKING.sub("", text)
    for value in itertools.chain(_objects(text), _mended(text) if mend else ()):
        try:
            json.dumps(value, ensure_ascii=False).encode()
            return schema.model_validate(value)
        except UnicodeEncodeError:
            reason = "a string in it holds half of a surrogate pair, which no file can"
        except ValidationError as error:
            reason = _reasons(error)
    raise Unusable(reason)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost JSON objects of a text; raw line breaks inside strings are forgiven."""
    decoder = json.JSONDecoder(strict=False)
    start = text.find("{")
    while start >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
            yield value
        except (ValueError, RecursionError):
            end = start + 1
        start = text.find("{", end)


def _mended(text: str) -> Iterator[dict[str, Any]]:
    from autoreclab.models.mending import mended

    if found := mended(text):
        yield found


def _only_reasoned(completion: Mapping[str, Any]) -> bool:
    """Is there no answer, but reasoning beside it or in it?"""
    message, text = dig(completion, "choices", 0, "message"), said(completion)
    beside = any(dig(message, name) for name in ("reasoning_content", "reasoning"))
    return not THINKING.sub("", text).strip() and bool(beside or text.strip())


def _reasons(error: ValidationError) -> str:
    """Where an object departs from the schema, e.g. `files.0.path: Field required`; ten places at most."""
    places = [f"{'.'.join(map(str, each['loc'])) or 'object'}: {each['msg']}" for each in error.errors()[:10]]
    return "; ".join(places)
