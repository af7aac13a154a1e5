"""What a node taught, in one line: the judge's, or what code reads from what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from autoreclab import causes
from autoreclab.nodes import Node
from autoreclab.tree import Tree
from autoreclab.wording import clean, shortened

LONGEST = 300  # characters
VALUES = 4  # metrics that a lesson names


def learned(tree: Tree, node: Node, said: str = "") -> Node:
    """The node with its lesson: what was said of it where it works, else what code reads from what happened.

    Why a node failed is a fact, and no judge's opinion.
    """
    line = clean(said) if node.working else ""
    return replace(node, lesson=shortened(line or computed(tree, node), LONGEST))


def computed(tree: Tree, node: Node) -> str:
    """Why it failed; else its score and values, beside those of the node that it was derived from."""
    if not node.execution:
        return ""
    if found := causes.cause(node):
        before = causes.repeated(tree, node)
        return clean(f"The same failure as {before.name}: {found.sentence}" if before else found.sentence)
    parent = tree.by_commit[node.parents[0]] if node.parents else None
    return clean("; ".join(_parts(parent, node)))


def _parts(parent: Node | None, node: Node) -> Iterator[str]:
    if parent and (had := causes.cause(parent)):
        yield f"without the failure of {parent.name} ({shortened(had.sentence, LONGEST // 3)})"
    values = ", ".join(_values(parent, node))
    yield from [f"{values}, from {parent.name}" if parent and "→" in values else values] if values else []
    unmet = [verdict.evidence for verdict in node.judgement.verdicts if not verdict.met] if node.judgement else []
    yield from [f"not met: {shortened(unmet[0], LONGEST // 2)}"] if unmet else []


def _values(parent: Node | None, node: Node) -> Iterator[str]:
    """Its score and metrics, each with an arrow from the parent's where that differs."""
    if node.score is not None:
        yield _changed("score", parent.score if parent else None, node.score, 2)
    before = parent.execution.metrics if parent and parent.execution else {}
    for name, value in list(node.execution.metrics.items())[:VALUES] if node.execution else ():
        yield _changed(name, before.get(name), value, 4)


def _changed(name: str, before: float | None, now: float, digits: int) -> str:
    then, text = f"{before or 0:.{digits}f}", f"{now:.{digits}f}"
    return f"{name} {text}" if before is None or then == text else f"{name} {then} → {text}"
