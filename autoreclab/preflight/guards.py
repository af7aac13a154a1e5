"""Statements of a program that see to it themselves that something in them may be missing."""

from __future__ import annotations

import ast

MAY_FAIL = {
    "ImportError", "ModuleNotFoundError", "AttributeError", "TypeError", "OSError", "IOError", "FileNotFoundError",
    "Exception", "BaseException",
}  # fmt: skip
ASKING = {"hasattr", "find_spec", "exists", "is_file", "isfile", "version", "__version__", "version_info"}
ASKING |= {"TYPE_CHECKING"}
SUPPRESSING = {"suppress", "raises"}


def guarded(node: ast.AST) -> bool:
    """Is it a `try` that catches it, an `if` that asks for it, or a `with` that suppresses it?"""
    if isinstance(node, ast.Try | ast.TryStar):
        caught = [handler.type for handler in node.handlers]
        return any(kind is None or MAY_FAIL & identifiers(kind) for kind in caught)
    if isinstance(node, ast.If | ast.IfExp):
        return bool(ASKING & identifiers(node.test))
    if isinstance(node, ast.With | ast.AsyncWith):
        return any(SUPPRESSING & identifiers(item.context_expr) for item in node.items)
    return False


def identifiers(node: ast.AST) -> set[str]:
    """Names and attributes in an expression."""
    inside = list(ast.walk(node))
    names = {part.id for part in inside if isinstance(part, ast.Name)}
    return names | {part.attr for part in inside if isinstance(part, ast.Attribute)}
