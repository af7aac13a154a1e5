"""What a run may spend, and whether more still fits: arithmetic on a tree, and on what was paid so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autoreclab.settings import Settings
from autoreclab.tree import Tree
from autoreclab.usage import Paid, Usage, total, usd

CHARACTERS = 3
"""A token has at least as many: English has about 4.3 a token, Python 3.5, tables of numbers 2.5 to 3."""
LONGEST = 8_000
"""Tokens of a role's answer before there is one: a reasoning model's program had up to about as many."""
HOUR = 3600.0


@dataclass(frozen=True)
class Budget:
    """What a run may spend in all; None is without limit."""

    cost: float | None = None
    """USD."""
    tokens: int | None = None
    """In and out, cached ones included."""
    hours: float | None = None
    """Of executing programs and waiting for answers."""

    @classmethod
    def of(cls, settings: Settings) -> Budget:
        return cls(settings.max_cost, settings.max_tokens, settings.max_hours)

    def passed(self, spent: Usage, more: Usage) -> str | None:
        """Which limit spending more would pass, or is reached already, and the next step; None where it fits."""
        limits = (
            (self.cost, spent.cost or 0.0, more.cost or 0.0, usd(self.cost or 0), spent.price, "--max-cost"),
            (self.tokens, spent.tokens, more.tokens, f"{self.tokens or 0:,} tokens", f"{spent.tokens:,} tokens",
             "--max-tokens"),
            (self.hours, spent.seconds / HOUR, more.seconds / HOUR, f"{self.hours or 0:g} hours",
             f"{spent.seconds / HOUR:.2f} hours", "--max-hours"),
        )  # fmt: skip
        for limit, used, needed, of, so_far, option in limits:
            if limit is not None and (used + needed > limit or used >= limit):
                return f"the budget of {of} is spent ({so_far}); to go on, resume with a larger {option}"
        return None

    def over(self, tree: Tree) -> str | None:
        """Why no further step begins: the largest program and verdicts so far, once more, would pass the budget.

        Room is kept for the verdicts on what is under way.
        """
        judging = largest(tree.paid, "judge")
        under_way = (judging for node in tree.live if not node.judgement)
        return self.passed(used(tree), total([largest(tree.paid, "coder"), judging, *under_way]))

    def spent_time(self, tree: Tree) -> str:
        """That the hours are spent, in a sentence."""
        return self.passed(used(tree), Usage(seconds=(self.hours or 0) * HOUR)) or ""

    def seconds_left(self, tree: Tree) -> float | None:
        """What is left for each program that waits for its run, without the time that judging it takes."""
        if self.hours is None:
            return None
        waiting = max(1, sum(node.execution is None for node in tree.live))
        return (self.hours * HOUR - used(tree).seconds) / waiting - largest(tree.paid, "judge").seconds


def used(tree: Tree) -> Usage:
    """What a run has spent: its answers, and in the seconds also its executions."""
    return total(each.usage for each in tree.paid) + Usage(seconds=executed(tree))


def executed(tree: Tree) -> float:
    """Seconds of a run's executions; nodes of the same files share one."""
    return sum(seconds for _, seconds in {(n.tree, n.execution.seconds) for n in tree.nodes if n.execution})


def largest(paid: Iterable[Paid], role: str) -> Usage:
    """The most of everything that one call in a role has taken; nothing before the first."""
    usages = [each.usage for each in paid if each.role == role]
    costs = [usage.cost for usage in usages if usage.cost is not None]
    return Usage(
        calls=min(1, len(usages)),
        input_tokens=max((usage.input_tokens for usage in usages), default=0),
        output_tokens=max((usage.output_tokens for usage in usages), default=0),
        seconds=max((usage.seconds for usage in usages), default=0.0),
        cost=max(costs, default=None),
    )


def expected(characters: int, role: str, paid: Iterable[Paid]) -> Usage:
    """What a question of so many characters takes at most, as far as can be told: the longest answer of its role."""
    before = largest(paid, role)
    answer = before.output_tokens if before.calls else LONGEST
    return Usage(calls=1, input_tokens=characters // CHARACTERS, output_tokens=answer)


def verdicts(question: Usage, paid: Iterable[Paid]) -> Usage:
    """What judging the program that is asked for will take; before there is a verdict, as much as the question."""
    judging = largest(paid, "judge")
    return judging if judging.calls else question
