"""No call is made that would pass the budget, however many threads ask at once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from autoreclab.budget import Budget
from autoreclab.errors import BudgetSpent, ModelError
from autoreclab.models.answers import Judgement
from autoreclab.models.exchange import paid_in
from autoreclab.models.gate import Gate
from autoreclab.models.openai import OpenAI
from autoreclab.models.replay import Replay
from autoreclab.models.roles import Roles
from autoreclab.usage import Paid, Usage, total
from tests.scripted_server import ScriptedServer, completion

GOOD = {"opinions": []}
WORDS = "Is it sound? " * 100


class Kept(dict):
    """Exchanges in memory, and what they cost."""

    def put(self, key, text):
        self[key] = text

    @property
    def paid(self):
        return [paid_in(text) for text in list(self.values())]


@pytest.fixture(autouse=True)
def prompts(tmp_path, monkeypatch):
    (tmp_path / "prompts").mkdir(exist_ok=True)
    for name in ("plan", "draft", "judge", "report"):
        (tmp_path / "prompts" / f"{name}.md.j2").write_text(f"You {name}. {WORDS}\n")
    monkeypatch.chdir(tmp_path)


def answered(cached=0):
    reply = completion(GOOD)
    reply.body["usage"] = {"prompt_tokens": 400, "completion_tokens": 100,
                           "prompt_tokens_details": {"cached_tokens": cached}}  # fmt: skip
    return reply


def spent(exchanges):
    return total(each.usage for each in exchanges.paid)


def test_threads_that_ask_at_once_never_pass_the_budget_and_use_what_fits():
    kept = Kept()
    with ScriptedServer(lambda body: answered()) as server:
        gate = Gate(Budget(tokens=12_000), lambda: kept.paid)
        model = OpenAI("m", kept, api_key="k", base_url=server.url, gate=gate)

        def ask(number):
            try:
                return model.ask("judge", Judgement, step=f"{number:04d}-judge")
            except BudgetSpent as error:
                return str(error)

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(ask, range(40)))
    refused = [answer for answer in answers if isinstance(answer, str)]
    assert 500 * len(server.requests) == spent(kept).tokens <= 12_000
    assert spent(kept).tokens + 1500 > 12_000, "what is refused would not have fitted"
    assert len(refused) == 40 - len(server.requests)
    assert all("the budget of 12,000 tokens is spent" in reason for reason in refused)


def test_a_call_waits_for_those_under_way_that_may_leave_room_for_it():
    paid = []
    gate = Gate(Budget(cost=1.0), lambda: paid)
    began, waited = threading.Event(), []

    def second():
        began.set()
        with gate.passing("judge", 30, lambda usage: 0.6):
            waited.append(len(paid))

    thread = threading.Thread(target=second)
    with gate.passing("judge", 30, lambda usage: 0.6):
        thread.start()
        began.wait()
        paid.append(Paid("judge", Usage(1, 10, 10, cost=0.1)))
    thread.join()
    assert waited == [1]
    paid.append(Paid("judge", Usage(1, 10, 10, cost=0.4)))
    with pytest.raises(BudgetSpent, match=r"the budget of 1.00 USD is spent \(0.50 USD\)"):
        gate.passing("judge", 30, lambda usage: 0.6).__enter__()


def test_a_program_is_asked_for_only_where_its_verdicts_can_be_paid_too():
    judged = [Paid("judge", Usage(1, 400, 100))]
    for tokens, prompt, passes in ((9600, "plan", True), (9600, "draft", False), (10_000, "draft", True)):
        gate = Gate(Budget(tokens=tokens), lambda: judged)
        if passes:
            with gate.passing(prompt, 3000, lambda usage: None):
                pass
        else:
            with pytest.raises(BudgetSpent):
                gate.passing(prompt, 3000, lambda usage: None).__enter__()


def test_a_kept_answer_passes_and_counts_what_it_cost_when_it_was_paid():
    kept = Kept()
    with ScriptedServer([answered(cached=256)]) as server:
        model = OpenAI("m", kept, api_key="k", base_url=server.url)
        first = model.ask("judge", Judgement, step="1")
        (key,) = kept
        kept[key] = json.dumps(json.loads(kept[key]) | {"cost": 0.5, "seconds": 3.0})
        shut = OpenAI("m", kept, api_key="k", base_url=server.url, gate=Gate(Budget(tokens=1), lambda: kept.paid))
        assert shut.ask("judge", Judgement, step="1").usage == Usage(1, 400, 100, cached_tokens=256, cost=0.5)
        assert shut.ask("judge", Judgement, step="1").usage.seconds == 3.0
    assert first.usage == Usage(1, 400, 100, cached_tokens=256, unpriced=1), "on localhost nothing has a price"


def test_a_replay_ends_where_the_budget_ended_the_original():
    """What wasn't paid isn't missing; with a larger budget it is."""
    original, kept = Kept(), Kept()
    with ScriptedServer([answered()]) as server:
        OpenAI("m", original, api_key="k", base_url=server.url).ask("judge", Judgement, step="1")
    for tokens, error in ((1000, BudgetSpent), (100_000, ModelError)):
        replay = Replay("first", original, kept, Gate(Budget(tokens=tokens), lambda: kept.paid))
        assert replay.ask("judge", Judgement, step="1").usage == spent(original) == spent(kept)
        with pytest.raises(error):
            replay.ask("judge", Judgement, step="2")


def test_who_does_not_count_tokens_cannot_be_held_to_a_budget_of_them():
    reply = completion(GOOD)
    reply.body["usage"] = None
    for budget, error in ((Budget(tokens=10**9), ModelError), (Budget(hours=1.0), None)):
        kept = Kept()
        with ScriptedServer([reply]) as server:
            model = OpenAI("m", kept, api_key="k", base_url=server.url, gate=Gate(budget, lambda kept=kept: kept.paid))
            if error:
                with pytest.raises(error, match="doesn't tell how many tokens its answers take"):
                    model.ask("judge", Judgement, step="1")
            else:
                model.ask("judge", Judgement, step="1")
        assert len(kept) == 1, "it is kept all the same"


def test_an_answer_of_a_known_provider_has_a_price():
    model = OpenAI("gpt-4o-mini", Kept(), api_key="k")
    assert model.provider == "openai" and model._price(Usage(1, 1_000_000, 0)) == pytest.approx(0.15)


def test_each_role_is_asked_where_its_model_is():
    with ScriptedServer(lambda body: answered()) as server:
        kept = Kept()
        models = {role: OpenAI(role, kept, api_key="k", base_url=server.url)
                  for role in ("planner", "coder", "judge", "writer")}  # fmt: skip
        roles = Roles(models)
        for prompt in ("plan", "draft", "judge", "report"):
            roles.ask(prompt, Judgement, step="1")
    assert [request["model"] for request in server.requests] == ["planner", "coder", "judge", "writer"]
    assert [each.role for each in kept.paid] == ["planner", "coder", "judge", "writer"]
    assert roles.name == "writer"
