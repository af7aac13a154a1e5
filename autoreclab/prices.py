"""What a call of a model costs, by the price list that genai-prices brings along: nothing is looked up in the network.

genai-prices rather than tokencost or LiteLLM's list: it is released monthly, finds the provider by the address, knows
the prices of cached tokens, and needs nothing that the client of `models/` doesn't need too.
"""

from __future__ import annotations

import re

from autoreclab.usage import Usage


def provider_of(address: str) -> str | None:
    """Who answers at an address and charges for it, as the list calls them; None for a stranger, as on localhost."""
    from genai_prices.data_snapshot import get_snapshot

    try:
        return str(get_snapshot().find_provider(None, None, re.sub(r"//[^/@]*@", "//", address)).id)
    except LookupError:
        return None


def cost(model: str, provider: str | None, usage: Usage) -> float | None:
    """USD of a call; None where the list has no price for this provider's model, or no tokens were told."""
    import genai_prices

    if provider is None or not usage.tokens:
        return None
    cached = min(usage.cached_tokens, usage.input_tokens)
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens, cache_read_tokens=cached, output_tokens=usage.output_tokens
    )
    try:
        return float(genai_prices.calc_price(counted, model, provider_id=provider).total_price)
    except LookupError:
        return None
