"""What a prompt remembers of a run: what was tried and learned, why nodes failed, and what repairs changed.

Budgets are numbers of nodes and characters. What is over is told shorter, or counted, by its age, in blocks: an entry
reads the same from step to step, so that a provider's cache of the prompt's beginning holds.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from autoreclab import causes, excerpts, lessons
from autoreclab.evidence import PROGRAM
from autoreclab.nodes import Node
from autoreclab.prompts import Fitted
from autoreclab.tree import Tree
from autoreclab.wording import clean, shortened

WHOLE, BRIEF = 30, 100  # attempts, the latest, that are told with plan and lesson, and before them in a few words
BLOCK = 10  # attempts that become brief, or are left out, at once
PLAN, VALUES = 200, 200  # characters of the plan of an attempt in the list, and of its values
SIBLINGS, SIBLING_PLAN = 10, 800  # what was made of a node before, the latest; characters of the plan of each
CAUSES, NAMES = 12, 10  # causes of failures, those with most nodes; nodes that each names
CHAIN, CHANGE = 6, 3_000  # the node to be repaired and what it came from, the nearest; characters of what each changed


@dataclass(frozen=True)
class Attempt:
    """A node as prompts show it."""

    name: str
    operator: str
    title: str
    plan: str
    status: str
    score: float | None
    values: str
    """Its metrics, of the best setting: `ndcg@10 0.1201`."""
    lesson: str
    """Why it failed, or what it taught, in one line."""
    parents: tuple[str, ...] = ()
    """Names of the nodes it was derived from."""
    told: Literal["whole", "brief", "counted"] = "whole"
    """How much the list of what was tried says of it."""


@dataclass(frozen=True)
class Failed:
    """A cause of failures as prompts show it."""

    sentence: str
    nodes: str
    """Names of the nodes that failed of it."""
    fix: Attempt | None
    """What removed it."""


@dataclass(frozen=True)
class Step:
    """A node on the way to the one to be repaired."""

    attempt: Attempt
    change: str
    """How its program differs from its parent's; empty for a draft."""


def attempt(tree: Tree, node: Node) -> Attempt:
    """What a prompt may know of a node."""
    metrics = node.execution.metrics if node.execution else {}
    values = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())
    lesson = node.lesson or lessons.learned(tree, node).lesson
    parents = tuple(tree.by_commit[parent].name for parent in node.parents)
    return Attempt(
        node.name, node.operator, node.title, node.plan, node.status, node.score, values, lesson, parents
    )  # fmt: skip


def of_tree(tree: Tree) -> dict[str, Any]:
    """The plan, what was tried, and why what failed did."""
    tried = [attempt(tree, node) for node in tree.nodes if node.execution]
    told, more = failures(tree)
    listed = Fitted(lambda share: _by_age(tried, int(WHOLE * share), int(BRIEF * share)))
    return {"plan": tree.plan, "tried": listed, "failures": told, "more_failures": more}


def of_repair(tree: Tree, node: Node, files: Callable[[Node], Mapping[str, bytes]]) -> dict[str, Any]:
    """How the node to be repaired came about, the oldest first, and which repairs left its failure as it was."""
    above = _line(tree, node)
    steps = [Step(attempt(tree, one), _change(tree, one, files)) for one in above[-CHAIN:]]
    return {"chain": steps, "in_vain": [one.name for one in causes.in_vain(tree, node)]}


def children(tree: Tree, node: Node) -> list[Attempt]:
    """What was made of a node so far, the latest: those that ran, with their plans."""
    found = [attempt(tree, one) for one in tree.nodes if node.commit in one.parents and one.execution][-SIBLINGS:]
    return [dataclasses.replace(one, plan=shortened(clean(one.plan), SIBLING_PLAN)) for one in found]


def failures(tree: Tree) -> tuple[list[Failed], int]:
    """The causes with most nodes, in the order in which they came up, each with the repair that worked; and how many
    others there are."""
    found = causes.failures(tree)
    largest = sorted(found, key=lambda one: -len(one.nodes))[:CAUSES]
    return [_failed(tree, one) for one in found if one in largest], len(found) - len(largest)


def _failed(tree: Tree, failure: causes.Failure) -> Failed:
    names = [node.name for node in failure.nodes]
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    fix = attempt(tree, failure.fix) if failure.fix else None
    told = dataclasses.replace(fix, plan=shortened(clean(fix.plan), PLAN)) if fix else None
    return Failed(shortened(failure.sentence, lessons.LONGEST), ", ".join(names[:NAMES]) + more, told)


def _by_age(tried: Sequence[Attempt], most: int, short: int) -> list[Attempt]:
    """The latest `most` whole, `short` before them brief, the first of a long search counted: changing by blocks."""
    brief = _blocks(len(tried) - most)
    counted = _blocks(len(tried) - most - short)
    return [
        dataclasses.replace(
            one,
            plan=shortened(clean(one.plan), PLAN),
            values=shortened(one.values, VALUES),
            told="counted" if place < counted else "brief" if place < brief else "whole",
        )
        for place, one in enumerate(tried)
    ]


def _blocks(number: int) -> int:
    """The largest number of whole blocks in a number; 0 for one below 0."""
    return max(0, number) // BLOCK * BLOCK


def _line(tree: Tree, node: Node) -> list[Node]:
    """A node and its first parents, the oldest first."""
    line = [node]
    while line[-1].parents:
        line.append(tree.by_commit[line[-1].parents[0]])
    return line[::-1]


def _change(tree: Tree, node: Node, files: Callable[[Node], Mapping[str, bytes]]) -> str:
    """What differs between a node's program and its parent's, with a line around each difference."""
    if not node.parents:
        return ""
    then, now = (files(one).get(PROGRAM, b"").decode(errors="replace").splitlines()
                 for one in (tree.by_commit[node.parents[0]], node))  # fmt: skip
    lines = list(difflib.unified_diff(then, now, n=1, lineterm=""))[2:]
    return excerpts.of_text("\n".join(lines), CHANGE) or f"({PROGRAM} stayed as it was)"
