"""What can be started next beside what is under way: a pure decision.

With N workers, at most N programs run at once, the model is asked at most N questions at once, and at most N programs
that were asked for wait to be run. With one worker nothing overlaps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from autoreclab.nodes import Action, Node
from autoreclab.policy import Done, Policy
from autoreclab.tree import Tree


@dataclass(frozen=True)
class Propose:
    """A program is asked for."""

    number: int
    action: Action


@dataclass(frozen=True)
class Execute:
    """A node runs."""

    node: Node


@dataclass(frozen=True)
class Judge:
    """A node is judged."""

    node: Node


Step = Propose | Execute | Judge


def onto(tree: Tree, under_way: Sequence[Step]) -> Tree:
    """The tree with what is under way; a node that was just committed is still under way until that was announced."""
    numbers = {node.number for node in tree.nodes}
    proposals = {step.number: step.action for step in under_way if isinstance(step, Propose)}
    asked = {number: action for number, action in proposals.items() if number not in numbers}
    busy = {step.node.commit for step in under_way if not isinstance(step, Propose)}
    busy |= {node.commit for node in tree.nodes if node.number in proposals}
    return dataclasses.replace(tree, asked=asked, busy=frozenset(busy))


def next_step(
    tree: Tree, under_way: Sequence[Step], policy: Policy, done: Done, *, seed: int, workers: int
) -> Step | None:
    """What to start beside what is under way, which the tree has on it; None: nothing for now.

    Nodes that wait are run and judged first, so that the next choice knows of them; also when the search is done.
    """
    if tree.plan is None or (under_way and workers == 1):
        return None
    running = sum(isinstance(step, Execute) for step in under_way)
    if running < workers and (node := tree.waiting):
        return Execute(node)
    if len(under_way) - running >= workers:
        return None
    if node := tree.unjudged:
        return Judge(node)
    ahead = len(tree.queue) + sum(isinstance(step, Propose) for step in under_way)
    if ahead >= workers or done(tree):
        return None
    action = policy(tree, Random(f"{seed}/{tree.next_number}"))
    return Propose(tree.next_number, action) if action else None
