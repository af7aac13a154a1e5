"""The gate that every paid call passes: one that would pass the run's budget isn't made."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from autoreclab.budget import Budget, expected, verdicts
from autoreclab.errors import BudgetSpent, ModelError
from autoreclab.usage import Paid, Usage, role_of, total

Price = Callable[[Usage], float | None]
"""USD of a call that takes so much; None where its price isn't known."""


class Gate:
    """Lets calls through while what is paid and what is under way leave room for them; for any number of threads.

    Time is not its business: an answer that takes long isn't known to beforehand.
    """

    def __init__(self, budget: Budget, paid: Callable[[], Sequence[Paid]]) -> None:
        self.budget = replace(budget, hours=None)
        self.paid = paid
        self._under_way: list[Usage] = []
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def passing(self, prompt: str, characters: int, price: Price) -> Iterator[None]:
        """Hold room for a call, and for the verdicts on the program that it asks for. Raises `BudgetSpent`.

        Where calls under way may leave room for it, it waits for them. Within, the answer is kept, so that it is paid
        for when the room is given back.
        """
        with self._changed:
            while reason := self._hindrance(wanted := self._wanted(prompt, characters, price)):
                if not self._under_way:
                    raise BudgetSpent(reason)
                self._changed.wait()
            self._under_way.append(wanted)
        try:
            yield
        finally:
            with self._changed:
                self._under_way.remove(wanted)
                self._changed.notify_all()

    def see_counted(self, model: str, usage: Usage) -> None:
        """See that an answer says what it took, where a budget goes by that. Raises `ModelError`."""
        if not usage.tokens and (self.budget.tokens or self.budget.cost):
            raise ModelError(
                f"The model {model} doesn't tell how many tokens its answers take, so that no budget of tokens or USD "
                "can be kept to. Resume with another --model, or start a run with --max-hours alone."
            )

    def _hindrance(self, wanted: Usage) -> str | None:
        """Which limit a call would pass."""
        spent, under_way = total(each.usage for each in self.paid()), total(self._under_way)
        return self.budget.passed(spent, under_way + wanted)

    def _wanted(self, prompt: str, characters: int, price: Price) -> Usage:
        """The room for a call."""
        role, paid = role_of(prompt), self.paid()
        question = expected(characters, role, paid)
        question = replace(question, cost=price(question))
        return question + verdicts(question, paid) if role == "coder" else question


def open_gate() -> Gate:
    """A gate that lets everything through."""
    return Gate(Budget(), tuple)
