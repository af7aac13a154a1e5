"""Pure decisions: which node to try next, and when a search is done."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from autoreclab.budget import Budget
from autoreclab.causes import stuck
from autoreclab.nodes import Action, Node
from autoreclab.tree import Tree

Policy = Callable[[Tree, Random], Action | None]
"""What to try next; None: nothing, until something that is under way has come to its end."""
Done = Callable[[Tree], str | None]


def greedy(drafts: int, debug_prob: float, epsilon: float) -> Policy:
    """All drafts first; then continue, debug a failing leaf, improve a working node at random, or improve the best.

    Continued is what its time limit killed, as long as each limit brings new rows: the one with most of them, since it
    asks no model and is the nearest to its end. A failure that repair after repair left as it was isn't debugged any
    further: another leaf is, else a working node is improved, else a draft starts anew. What people pinned comes before
    the rest; what they pruned isn't there.
    """

    def policy(tree: Tree, random: Random) -> Action | None:
        if tree.drafts < drafts:
            return Action("draft")
        if tree.unfinished:
            return Action("continue", max(_pinned(tree.unfinished), key=lambda node: node.rows))
        failing = tuple(node for node in tree.failing if node.pinned or not stuck(tree, node))
        if failing and (not tree.working or random.random() < debug_prob):
            return Action("debug", random.choice(_pinned(failing)))
        if not tree.working:
            return None if tree.unsettled else Action("draft")
        if random.random() < epsilon:
            return Action("improve", random.choice(_pinned(tree.working)))
        return Action("improve", tree.best_of(_pinned(tree.working)))

    return policy


def finished(drafts: int, iterations: int) -> Done:
    """Satisfied after all drafts, or out of iterations; a metric goes on being improved until its target.

    A draft beyond the first ones is an iteration like any other step.
    """

    def done(tree: Tree) -> str | None:
        if tree.drafts < drafts:
            return None
        if tree.satisfied and not tree.metric:
            return "a node satisfies every requirement"
        if tree.metric and tree.best and tree.best.satisfactory and _reached(tree):
            return f"{tree.metric.name} reached its target"
        spent = tree.steps + tree.drafts - drafts
        return f"{iterations} iterations are spent" if spent >= iterations else None

    return done


def affordable(done: Done, budget: Budget) -> Done:
    """Done as well where a further step would pass the budget."""
    return lambda tree: done(tree) or budget.over(tree)


def _pinned(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The pinned ones among the nodes, or all of them where none is."""
    return tuple(node for node in nodes if node.pinned) or nodes


def _reached(tree: Tree) -> bool:
    value = tree.value(tree.best) if tree.best else None
    return value is not None and tree.metric is not None and tree.metric.reached(value)
