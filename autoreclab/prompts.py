"""Prompts: Jinja templates of Markdown, each of which a file in `./prompts` may replace."""

from __future__ import annotations

import re
import traceback
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from autoreclab.errors import PromptError
from autoreclab.resources import find

SUFFIX = ".md.j2"


def render(name: str, /, **context: Any) -> str:
    """The text of `prompts/<name>.md.j2` for this context. Raises `PromptError` naming file, line and reason."""
    try:
        return environment().get_template(name + SUFFIX).render(context).strip() + "\n"
    except TemplateSyntaxError as error:
        raise PromptError(f"{error.filename}, line {error.lineno}: {error.message}") from None
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise PromptError(f"{_place(error, name)}: {error}. Correct the template, or delete it to use ours.") from None


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


def _load(name: str) -> tuple[str, str, None]:
    """A template's source and its file's name."""
    path = find("prompts", name)
    return path.read_text(encoding="utf-8"), str(path), None


def _place(error: Exception, name: str) -> str:
    """The template's file and line where an error arose."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(SUFFIX)]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else f"prompts/{name}{SUFFIX}"
