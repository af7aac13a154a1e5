"""What a program uses of what it imports: modules, their attributes, and calls, each with its line."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from autoreclab.preflight.guards import guarded, identifiers
from autoreclab.preflight.scopes import Path, Scopes

BY_NAME = {"hasattr", "getattr", "setattr", "delattr"}


@dataclass(frozen=True)
class Call:
    """How something is called."""

    shown: str
    """What is called, as the program writes it."""
    positional: int
    keywords: tuple[str, ...]
    complete: bool
    """Are these all arguments, without `*` and `**`?"""


@dataclass(frozen=True)
class Use:
    """Something that must exist, and take these arguments where it is called."""

    path: Path
    call: Call | None = None


def uses(tree: ast.Module, local: Iterable[str]) -> list[tuple[int, Use]]:
    """What a module uses that others define, with its lines; `local` are the program's own modules."""
    reader = _Reader(tree, set(local))
    reader.visit(tree)
    known = _given(tree)
    return [(line, use) for line, use in reader.found if known.isdisjoint(use.path)]


class _Reader(ast.NodeVisitor):
    """Collects uses, but for those in guarded statements and in annotations."""

    def __init__(self, tree: ast.Module, local: set[str]):
        self.scopes, self.found = Scopes(tree, local), list[tuple[int, Use]]()
        self._scope = self.scopes.module

    def visit(self, node: ast.AST) -> None:
        if guarded(node):
            return
        outer = self._scope
        self._scope = self.scopes.of.get(node, outer)
        super().visit(node)
        self._scope = outer

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(node, Use((alias.name,)))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module and not node.level and node.module != "__future__":
            for alias in node.names:
                self._add(node, Use((node.module,) if alias.name == "*" else (node.module, alias.name)))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self.scopes.path(node, self._scope)
        if path:
            self._add(node, Use(path))
        self._visit_below(node)

    def visit_Call(self, node: ast.Call) -> None:
        path = self.scopes.path(node.func, self._scope)
        if path:
            self._add(node, Use(path, _call(node)))
        self._visit_below(node.func)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(argument)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        """Its annotation may never be evaluated."""

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for child in (*node.decorator_list, node.args, *node.body):
            self.visit(child)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _visit_below(self, node: ast.expr) -> None:
        """Go on below a chain of attributes, which is one use."""
        while isinstance(node, ast.Attribute):
            node = node.value
        self.visit(node)

    def _add(self, node: ast.stmt | ast.expr, use: Use) -> None:
        if use.path[0].partition(".")[0] not in self.scopes.local:
            self.found.append((node.lineno, use))


def _call(node: ast.Call) -> Call:
    positional = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
    keywords = tuple(keyword.arg for keyword in node.keywords if keyword.arg)
    complete = len(positional) == len(node.args) and len(keywords) == len(node.keywords)
    return Call(ast.unparse(node.func), len(positional), keywords, complete)


def _given(tree: ast.Module) -> set[str]:
    """Attributes that the program sets or asks for itself, so that they may be there, or not be missed."""
    nodes = list(ast.walk(tree))
    changed = {node.attr for node in nodes if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and BY_NAME & identifiers(node.func)]
    named = [argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant)]
    return changed | {name for name in named if isinstance(name, str)}
