"""Broken JSON mended for nothing, before a repair is paid for: its punctuation may change, never a word of it.

The library guesses: an unescaped quote ends a string early, half a program is closed and passes for a whole one. So
what it makes of a text counts only where every value stands in the text, whole and in order, strings between quotes,
with nothing but JSON's own punctuation and white space between them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
BETWEEN = r"[\s{}\[\]:,]*"


def mended(text: str) -> dict[str, Any] | None:
    """The object that a text holds but for commas, quotes and brackets; None where more is wrong than those."""
    import json_repair

    start = text.find("{")
    if start < 0:
        return None
    broken = text[start:].rstrip().removesuffix("```")
    try:
        value = json_repair.loads(broken, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _untouched(broken, value) else None


def _untouched(text: str, value: Any) -> bool:
    """Do the values stand in the text, whole and in order, and nothing else?"""
    whole = BETWEEN.join(["", *_leaves(value), ""])
    return re.fullmatch(whole, ESCAPE.sub(_unescaped, text)) is not None


def _leaves(value: Any) -> Iterator[str]:
    """A pattern for each key and value, in their order."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (_quoted(key), *_leaves(item))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield _quoted(value) if isinstance(value, str) else re.escape(json.dumps(value))


def _quoted(text: str) -> str:
    """The text between quotes, both of a kind; the library drops white space at its end."""
    return rf"(?:\"{re.escape(text)}\s*\"|'{re.escape(text)}\s*')"


def _unescaped(escape: re.Match[str]) -> str:
    """What an escape stands for; one that JSON doesn't know, such as a regular expression's, for itself."""
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else ESCAPES.get(code, escape[0])
