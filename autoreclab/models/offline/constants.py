"""Constants of a program: read and replaced in its source, so that what else a person wrote there stays."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any


def constants(source: str) -> dict[str, Any]:
    """The literal values assigned to names at the top level; nothing where the source can't be parsed."""
    return {name: value for name, node in _assignments(source).items() if (value := _literal(node)) is not None}


def replaced(source: str, values: Mapping[str, str]) -> str:
    """The source with the named constants assigned to other source texts."""
    lines = source.splitlines(keepends=True)
    places = {name: node for name, node in _assignments(source).items() if name in values}
    for name, node in sorted(places.items(), key=lambda item: -item[1].lineno):
        lines[node.lineno - 1 : node.end_lineno] = [f"{name} = {values[name]}\n"]
    return "".join(lines)


def _assignments(source: str) -> dict[str, ast.Assign]:
    """The last top-level assignment to each single name."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    simple = [node for node in body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    return {node.targets[0].id: node for node in simple if isinstance(node.targets[0], ast.Name)}


def _literal(node: ast.Assign) -> Any:
    try:
        return ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
