"""What a model's answers cost, in calls, tokens, seconds and USD, and in which role they were given."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ROLES = ("planner", "coder", "judge", "writer")
BY_PROMPT = {"plan": "planner", "judge": "judge", "report": "writer"}


def role_of(prompt: str) -> str:
    """The role that answers a prompt: whatever asks for no plan, verdict or report asks for a program."""
    return BY_PROMPT.get(prompt, "coder")


@dataclass(frozen=True)
class Usage:
    """What answers cost."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    """Reasoning is among them."""
    cached_tokens: int = 0
    """Those of the input that the provider had cached and charges less for."""
    seconds: float = field(default=0.0, compare=False)
    """How long was waited for the answers, retries included."""
    cost: float | None = None
    """USD, of the calls that have a price; None where none has."""
    unpriced: int = 0
    """Calls whose price isn't known."""

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        priced = [each.cost for each in (self, other) if each.cost is not None]
        sums = {name: getattr(self, name) + getattr(other, name) for name in SUMMED}
        return Usage(**sums, cost=sum(priced) if priced else None)

    def __str__(self) -> str:
        """`12 calls, 81,920 tokens in (40,960 cached), 9,001 out, 214 s, 0.42 USD and 3 calls unpriced`."""
        cached = f" ({self.cached_tokens:,} cached)" if self.cached_tokens else ""
        calls = "1 call" if self.calls == 1 else f"{self.calls} calls"
        tokens = f"{self.input_tokens:,} tokens in{cached}, {self.output_tokens:,} out"
        return f"{calls}, {tokens}, {self.seconds:.0f} s, {self.price}"

    @property
    def price(self) -> str:
        """`0.42 USD`, `unpriced`, or `0.42 USD and 3 calls unpriced`."""
        if self.cost is None:
            return "unpriced"
        unpriced = "1 call" if self.unpriced == 1 else f"{self.unpriced} calls"
        return usd(self.cost) + (f" and {unpriced} unpriced" if self.unpriced else "")


SUMMED = tuple(item.name for item in dataclasses.fields(Usage) if item.name != "cost")


@dataclass(frozen=True)
class Paid:
    """One call of a model."""

    role: str
    usage: Usage


def by_role(paid: Iterable[Paid]) -> dict[str, Usage]:
    """What each role that was asked has cost, in the order of a run."""
    paid = tuple(paid)
    found = {role: total(each.usage for each in paid if each.role == role) for role in ROLES}
    return {role: usage for role, usage in found.items() if usage.calls}


def total(usages: Iterable[Usage]) -> Usage:
    """The sum."""
    return sum(usages, Usage())


def usage_in(values: Mapping[str, Any]) -> Usage:
    """The usage among values as records keep them; what is missing counts nothing."""
    return Usage(**{item.name: values[item.name] for item in dataclasses.fields(Usage) if item.name in values})


def usd(amount: float) -> str:
    """An amount of money: cents, and what is less than one to two digits."""
    return f"{amount:.2f} USD" if amount >= 0.01 or amount == 0 else f"{amount:.2g} USD"
