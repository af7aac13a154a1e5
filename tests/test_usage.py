"""What is spent adds up, and an unknown price is never nothing."""

import pytest

from autoreclab import prices
from autoreclab.usage import Paid, Usage, by_role, total

PRICED = Usage(1, 1000, 100, cached_tokens=400, seconds=2.0, cost=0.42)
FREE = Usage(1, 10, 10, cost=0.0)
UNPRICED = Usage(1, 500, 50, seconds=1.0, unpriced=1)
OPENAI = "https://api.openai.com/v1"


def test_a_sum_of_priced_and_unpriced_calls_says_both():
    spent = total([PRICED, UNPRICED, UNPRICED])
    assert spent == Usage(3, 2000, 200, cached_tokens=400, cost=0.42, unpriced=2) and spent.seconds == 4.0
    assert spent.price == "0.42 USD and 2 calls unpriced"
    assert str(spent) == "3 calls, 2,000 tokens in (400 cached), 200 out, 4 s, 0.42 USD and 2 calls unpriced"


@pytest.mark.parametrize(
    ("usage", "said"),
    [(UNPRICED, "unpriced"), (UNPRICED + UNPRICED, "unpriced"), (FREE, "0.00 USD"), (FREE + PRICED, "0.42 USD"),
     (FREE + UNPRICED, "0.00 USD and 1 call unpriced"), (Usage(1, 1, 1, cost=0.00012), "0.00012 USD")],
)  # fmt: skip
def test_a_price_in_words(usage, said):
    assert usage.price == said


def test_what_each_role_cost_in_the_order_of_a_run():
    paid = [Paid("writer", FREE), Paid("coder", PRICED), Paid("coder", UNPRICED)]
    assert list(by_role(paid).items()) == [("coder", PRICED + UNPRICED), ("writer", FREE)]


@pytest.mark.parametrize(
    ("address", "provider"),
    [(OPENAI, "openai"), ("https://user:key@api.openai.com/v1", "openai"),
     ("https://openrouter.ai/api/v1", "openrouter"),
     ("https://api.anthropic.com/v1/", "anthropic"), ("https://lab.openai.azure.com/openai/v1", "azure"),
     ("http://localhost:11434/v1", None), ("https://evil.org/?https://api.openai.com/", None)],
)  # fmt: skip
def test_the_provider_is_known_by_the_address(address, provider):
    assert prices.provider_of(address) == provider


def test_the_list_prices_a_providers_models_and_nobody_elses():
    million = Usage(1, 1_000_000, 0)
    full = prices.cost("gpt-4o-mini", "openai", million)
    assert full == pytest.approx(0.15), "dollars for a million tokens, published in July 2024"
    assert 0 < prices.cost("gpt-4o-mini", "openai", Usage(1, 1_000_000, 0, cached_tokens=500_000)) < full
    assert prices.cost("gpt-4o-mini", "openai", Usage(1, 10, 0, cached_tokens=999)) > 0, "more cached than sent"
    assert prices.cost("gpt-4o-mini", None, million) is None
    assert prices.cost("no-such-model", "openai", million) is None
    assert prices.cost("gpt-4o-mini", "openai", Usage(1)) is None, "no tokens were told"
