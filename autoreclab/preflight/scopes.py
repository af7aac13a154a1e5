"""Which imported thing a name of a program means, as far as that is certain from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from autoreclab.preflight.guards import guarded

Path = tuple[str, ...]
"""A module, then steps from there: names of attributes, `()` what a call returns, `*` an item, `#0` the first item."""
OPENING = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp,
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """What a name is bound to: where an expression's path leads after some more steps."""

    expression: ast.expr
    steps: Path


Binding = Path | Source | None


@dataclass
class Scope:
    """Names of a module, class, function or comprehension, each with all that it is bound to."""

    parent: Scope | None = None
    is_class: bool = False
    bound: dict[str, list[Binding]] = field(default_factory=dict)

    def bind(self, name: str, binding: Binding) -> None:
        known = self.bound.setdefault(name, [])
        if binding is None or binding not in known:
            known.append(binding)

    def look_up(self, name: str) -> tuple[list[Binding], Scope]:
        """All that a name is bound to, and in which scope."""
        scope: Scope | None = self
        while scope:
            if name in scope.bound and not (scope.is_class and scope is not self):
                return scope.bound[name], scope
            scope = scope.parent
        return [], self


class Scopes(ast.NodeVisitor):
    """The scopes of a module; `of` has the one that each function, class and comprehension opens.

    A name leads somewhere if all that it is bound to leads there.
    """

    def __init__(self, tree: ast.Module, local: set[str]):
        """`local` are the program's own modules, which nothing is known of."""
        self.module, self.local = Scope(), local
        self.of: dict[ast.AST, Scope] = {tree: self.module}
        self._scope, self._guards = self.module, 0
        self._led: dict[tuple[int, str], Path | None] = {}
        self.visit(tree)

    def path(self, expression: ast.AST, scope: Scope) -> Path | None:
        """Where an expression leads, if it begins with an imported name."""
        if isinstance(expression, ast.Attribute):
            before = self.path(expression.value, scope)
            return (*before, expression.attr) if before else None
        if isinstance(expression, ast.Call):
            before = self.path(expression.func, scope)
            return (*before, "()") if before else None
        return self._of_name(expression.id, scope) if isinstance(expression, ast.Name) else None

    def _of_name(self, name: str, scope: Scope) -> Path | None:
        bindings, where = scope.look_up(name)
        key = (id(where), name)
        if key not in self._led:
            self._led[key] = None  # while it is looked for: a name may be bound by way of itself
            paths = {self._bound(binding, where) for binding in bindings}
            self._led[key] = paths.pop() if len(paths) == 1 else None
        return self._led[key]

    def _bound(self, binding: Binding, scope: Scope) -> Path | None:
        if not isinstance(binding, Source):
            return binding
        before = self.path(binding.expression, scope)
        return (*before, *binding.steps) if before else None

    def visit(self, node: ast.AST) -> None:
        for name in _names(node):
            self._scope.bind(name, None)
        self._guards += guarded(node)
        super().visit(node)
        self._guards -= guarded(node)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        """A name that is bound from several places."""
        scope: Scope | None = self._scope
        while scope:
            for name in node.names:
                scope.bind(name, None)
            scope = scope.parent

    visit_Nonlocal = visit_Global

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            self._scope.bind(alias.asname or module, self._known((module,)))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            known = self._known((node.module, alias.name)) if node.module and not node.level else None
            self._scope.bind(alias.asname or alias.name, known)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value, ())
        self.visit(node.value)

    def visit_For(self, node: ast.For) -> None:
        self._assign(node.target, node.iter, ("*",))
        self.visit(node.iter)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def generic_visit(self, node: ast.AST) -> None:
        outer = self._scope
        if isinstance(node, OPENING):
            self._scope = self.of[node] = Scope(outer, isinstance(node, ast.ClassDef))
        super().generic_visit(node)
        self._scope = outer

    def _assign(self, target: ast.expr, value: ast.expr, steps: Path) -> None:
        if isinstance(target, ast.Name):
            self._scope.bind(target.id, Source(value, steps))
        elif isinstance(target, ast.Tuple | ast.List) and not any(isinstance(e, ast.Starred) for e in target.elts):
            for number, element in enumerate(target.elts):
                self._assign(element, value, (*steps, f"#{number}"))
        else:
            self.visit(target)

    def _known(self, path: Path) -> Path | None:
        return None if self._guards or path[0].partition(".")[0] in self.local else path


def _names(node: ast.AST) -> Iterator[str]:
    """The names that a node itself binds to what isn't known."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
