"""Prompts: Jinja templates of Markdown, each of which a file in `./prompts` may replace."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from autoreclab.errors import PromptError
from autoreclab.resources import find

SUFFIX = ".md.j2"
SIZES = (1.0, 0.5, 0.25, 0.125)
"""Shares of the room that prompts give to what may be long; the smaller are for models with small context windows."""


@dataclass(frozen=True)
class Fitted:
    """A variable of prompts that may be long: what they show of it, by the share of its room that there is (1 is all).

    >>> Fitted(lambda share: "abcdefgh"[: int(8 * share)]).shown(0.5)
    'abcd'
    """

    shown: Callable[[float], Any]


def render(name: str, /, size: float = 1.0, **context: Any) -> str:
    """The text of `prompts/<name>.md.j2` for this context. Raises `PromptError` naming file, line and reason.

    `size`, one of `SIZES`, is the share of its room that each `Fitted` variable gets; the others stay as they are.
    """
    variables = shown(context, size)
    try:
        return environment().get_template(name + SUFFIX).render(variables).strip() + "\n"
    except TemplateSyntaxError as error:
        raise PromptError(f"{error.filename}, line {error.lineno}: {error.message}") from None
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise PromptError(f"{_place(error, name)}: {error}. Correct the template, or delete it to use ours.") from None


def shown(context: Mapping[str, Any], size: float = 1.0) -> dict[str, Any]:
    """The variables of a prompt of this size."""
    return {key: value.shown(size) if isinstance(value, Fitted) else value for key, value in context.items()}


@cache
def environment() -> Environment:
    """How templates are read: an unknown variable is an error, lines with only a tag leave no trace."""
    jinja = Environment(
        loader=FunctionLoader(_load),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    jinja.filters["quote"] = quote
    jinja.filters["flat"] = flat
    return jinja


def quote(text: str, language: str = "") -> str:
    """Fence text so that nothing in it can end the fence.

    >>> print(quote("a ``` b"))
    ````
    a ``` b
    ````
    """
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def flat(text: str) -> str:
    """Text on one line, for lists whose lines have meaning."""
    return " ".join(text.split())


def _load(name: str) -> tuple[str, str, Callable[[], bool]]:
    """A template's source, its file's name, and whether both are what they were: compiling it takes the most time."""
    path = find("prompts", name)
    source = path.read_text(encoding="utf-8")
    return source, str(path), lambda: find("prompts", name) == path and path.read_text(encoding="utf-8") == source


def _place(error: Exception, name: str) -> str:
    """The template's file and line where an error arose."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(SUFFIX)]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else f"prompts/{name}{SUFFIX}"
