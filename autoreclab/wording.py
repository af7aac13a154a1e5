"""Text of a model, a program or a person, made fit for a line, a commit's subject or its body."""

from __future__ import annotations


def clean(text: str) -> str:
    """One printable line: no escape reaches a terminal, and no line break makes a line where lines have meaning."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shortened(line: str, longest: int) -> str:
    """A line without its middle where it is too long; how it ends often tells most."""
    return line if len(line) <= longest else f"{line[: longest * 3 // 4]} … {line[-longest // 5 :]}"


def subject(text: str) -> str:
    """One printable line of at most 100 characters."""
    line = clean(text)
    return (line[:99] + "…" if len(line) > 100 else line) or "untitled"


def paragraphs(text: str) -> str:
    """A model's text as paragraphs; control characters are gone."""
    return "\n\n".join(filter(None, map(clean, text.split("\n\n")))) or "No plan given."
