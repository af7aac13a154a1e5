"""What an exchange with a model took, read from the text that is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autoreclab.models.parsing import dig
from autoreclab.usage import Paid, Usage, role_of


def usage_of(exchange: Mapping[str, Any]) -> Usage:
    """One call, its tokens as far as the endpoint tells, and what it took and cost when it was paid."""
    price = exchange.get("cost")
    return Usage(
        calls=1,
        input_tokens=_tokens(exchange, "prompt_tokens"),
        output_tokens=_tokens(exchange, "completion_tokens"),
        cached_tokens=_tokens(exchange, "prompt_tokens_details", "cached_tokens"),
        seconds=exchange.get("seconds", 0.0),
        cost=price,
        unpriced=int(price is None),
    )


def paid_in(text: str) -> Paid | None:
    """What a kept exchange cost, and whom; None for a text that is none."""
    try:
        exchange = json.loads(text)
    except ValueError:
        return None
    return Paid(role_of(exchange["prompt"]), usage_of(exchange)) if dig(exchange, "completion") else None


def _tokens(exchange: Mapping[str, Any], *path: str) -> int:
    count = dig(exchange, "completion", "usage", *path)
    return max(0, count) if isinstance(count, int) else 0
