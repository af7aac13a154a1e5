"""From the body of an answer, streamed or not, to one chat completion as the protocol has it without streaming."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from autoreclab.models.faults import Broken, NotACompletion, Refused
from autoreclab.models.parsing import dig

TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
"""What comes in pieces; reasoning has the third name at llama.cpp and DeepSeek, the last at Ollama and OpenRouter."""


def completion_of(body: bytes) -> dict[str, Any]:
    """The completion in a body: one JSON object, whatever was asked for, or a stream's events. Raises `Fault`."""
    text = body.decode(errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        found = assembled(_chunks(text))
    if isinstance(found, dict):
        if error := found.get("error") or dig(found, "choices", 0, "error"):
            raise Refused(error)
        if isinstance(found.get("choices"), list):
            return found
    raise NotACompletion(text)


def is_stream(body: bytes) -> bool:
    """Did a server that was asked for a stream send one?"""
    return not body.lstrip().startswith(b"{")


def assembled(chunks: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The completion that a stream's chunks make up; None for no chunk. Raises `Fault` where it doesn't end well."""
    first: Mapping[str, Any] | None = None
    usage, finish = None, None
    message: dict[str, Any] = {"role": "assistant", "content": None}
    for chunk in chunks:
        if error := chunk.get("error"):
            raise Refused(error)
        first = first or chunk
        usage = chunk.get("usage") or usage  # Gemini and vLLM count on; the last counts everything
        choice = dig(chunk, "choices", 0) or {}
        finish = choice.get("finish_reason") or finish
        _add(message, choice.get("delta") or {})
    if first is None:
        return None
    choice = {"index": 0, "finish_reason": finish, "message": message}
    kept = {key: value for key, value in first.items() if key not in ("choices", "usage", "error")}
    return {**kept, "object": "chat.completion", "choices": [choice], "usage": usage}


def _chunks(text: str) -> Iterator[Mapping[str, Any]]:
    """The chunks of a stream of server-sent events, a line each. Raises `Broken` for one without an end."""
    finished = False
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    data = [line[5:].strip() for line in lines if line.startswith("data:")]
    for item in data:
        if item == "[DONE]":
            return
        try:
            chunk = json.loads(item)
        except ValueError:
            raise Broken(f"a stream holds half a chunk: {item[:100]}") from None
        if isinstance(chunk, dict):
            finished = finished or bool(dig(chunk, "choices", 0, "finish_reason"))
            yield chunk
    if data and not finished:
        raise Broken("the stream ended before the answer did")


def _add(message: dict[str, Any], delta: Mapping[str, Any]) -> None:
    """Put a chunk's piece at the end of the message."""
    for name in TEXTS:
        if piece := delta.get(name):
            message[name] = _joined(message.get(name), piece)
    for piece in delta.get("tool_calls") or ():
        calls = message.setdefault("tool_calls", [])
        place = piece.get("index")
        place = place if isinstance(place, int) else len(calls)  # Gemini once sent whole calls, without an index
        while len(calls) <= place:
            calls.append({"id": None, "type": "function", "function": {"name": "", "arguments": ""}})
        _add_call(calls[place], piece)


def _add_call(call: dict[str, Any], piece: Mapping[str, Any]) -> None:
    function = piece.get("function") or {}
    call["id"] = call["id"] or piece.get("id")
    call["function"]["name"] = call["function"]["name"] or function.get("name") or ""
    call["function"]["arguments"] += function.get("arguments") or ""


def _joined(before: Any, piece: Any) -> Any:
    """Text after text; where either is a list of parts, as Mistral's reasoning models send them, a list."""
    if isinstance(piece, list) or isinstance(before, list):
        return _parts(before) + _parts(piece)
    return (before or "") + str(piece)


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []
