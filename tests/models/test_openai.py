"""What a language model is asked, how its answers are read, and what is kept of them."""

import json
import subprocess
import sys

import pytest

from autoreclab.errors import ModelError
from autoreclab.models import Usage
from autoreclab.models.openai import OpenAI
from tests.models.asking import GOOD, KEY, TEXT, VALUE, Kept, ask, model
from tests.scripted_server import Reply, ScriptedServer, completion, cut, fault, no_choices, refusal, tool_call


def test_a_question_is_rendered_and_its_answer_typed(serve):
    server = serve(GOOD)
    assert ask(model(server)).value == VALUE
    assert server.requests[0]["messages"][0]["content"].startswith("Is it sound?\n")
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_the_schema_is_strict_and_stands_in_the_prompt_of_others_than_openai(serve):
    server = serve(GOOD)
    ask(model(server))
    form = server.requests[0]["response_format"]["json_schema"]
    assert form["strict"] is True
    assert json.dumps(form["schema"]) in server.requests[0]["messages"][0]["content"]


def test_openai_itself_gets_the_schema_once():
    endpoint = OpenAI("some-model", Kept(), api_key=KEY).endpoint
    messages = [{"role": "user", "content": "Is it sound?"}]
    assert endpoint.request("schema", messages, {})["messages"] == messages
    assert endpoint.request("json", messages, {})["messages"] != messages, "JSON mode wants to be told of JSON"


def test_no_temperature_is_sent_unless_given(serve):
    server = serve(GOOD, GOOD)
    ask(model(server))
    ask(model(server, temperature=0.0))
    assert [request.get("temperature") for request in server.requests] == [None, 0.0]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(f"```json\n{TEXT}\n```", id="fenced"),
        pytest.param(f"<think>A {{brace}}, {{}} and {TEXT[:20]}</think>\n{TEXT}", id="reasoning"),
        pytest.param(f"The {{brace}} of my reasoning</think>{TEXT}", id="reasoning whose opening tag is swallowed"),
        pytest.param(f"For example {{}}. Here it is:\n{TEXT}\nI hope this helps {{you}}!", id="talk around it"),
        pytest.param(TEXT.replace("line 3", "<think>line\n3</think>"), id="tags and line breaks inside a string"),
    ],
)
def test_the_json_object_is_found_in(said, serve):
    server = serve(said)
    assert ask(model(server)).value.opinions[0].met
    assert len(server.requests) == 1


def test_text_in_parts_is_joined(serve):
    body = completion(GOOD)
    body.body["choices"][0]["message"]["content"] = [{"type": "thinking"}, {"type": "text", "text": TEXT}]
    assert ask(model(serve(body))).value == VALUE


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param({"opinions": [{"requirement": 1}]}, "opinions.0.met: Field required", id="wrong object"),
        pytest.param("I'd rather not say", "no complete JSON object", id="no object"),
        pytest.param(TEXT[:30], "no complete JSON object", id="half an object"),
        pytest.param(completion(TEXT[:30], finish_reason="length"), "cut off at the token limit", id="cut off"),
        pytest.param(completion(None), "it is empty", id="null"),
        pytest.param("<think>for ever", "it holds reasoning only", id="reasoning only"),
        pytest.param(completion(None, reasoning="hm"), "it holds reasoning only", id="reasoning beside it only"),
        pytest.param(no_choices(), "it is empty", id="no choices"),
        pytest.param(refusal("I can't help with that"), "refusal: I can't help", id="refused"),
        pytest.param({**GOOD, "more": 1}, "more: Extra inputs", id="more than asked"),
        pytest.param(TEXT.replace("line", "\\ud800"), "half of a surrogate pair", id="half a character, escaped"),
        pytest.param("Half a character: \ud800", "no complete JSON object", id="half a character, raw"),
    ],
)
def test_an_unusable_answer_is_repaired_once(bad, reason, serve):
    server = serve(bad, GOOD)
    answer = ask(model(server))
    question, said, wish = server.requests[1]["messages"]
    assert answer.value == VALUE
    assert question == server.requests[0]["messages"][0]
    assert said["role"] == "assistant" and said["content"]
    assert reason in wish["content"]


def test_usage_sums_over_the_repair(serve):
    assert ask(model(serve("nonsense", GOOD))).usage == Usage(calls=2, input_tokens=200, output_tokens=40)


def test_an_endpoint_that_counts_no_tokens_costs_calls_only(serve):
    reply = completion(GOOD)
    reply.body["usage"] = None
    assert ask(model(serve(reply))).usage == Usage(calls=1)


def test_nonsense_twice_is_an_error_that_names_the_question(serve):
    with pytest.raises(ModelError, match=r"some-model answered ask \(step 0001\) 2 times.*no complete JSON object"):
        ask(model(serve("nonsense", "nonsense")))


def by_schema(body):
    return "response_format" in body and body["response_format"]["type"] == "json_schema"


def understands(way):
    """An endpoint that refuses what is better than `way`."""

    def script(body):
        if by_schema(body):
            return fault(400, "response_format of type json_schema is unavailable")
        if "tools" in body:
            return tool_call(GOOD) if way == "tool" else fault(422, "tools are unknown")
        if "response_format" in body:
            return GOOD if way == "json" else fault(400, "what is response_format?")
        return f"```json\n{TEXT}\n```"

    return script


@pytest.mark.parametrize(("way", "refusals"), [("tool", 1), ("json", 2), ("text", 3)])
def test_a_refused_schema_falls_back_and_is_remembered(way, refusals, serve):
    server = serve(understands(way))
    asked = model(server)
    assert ask(asked).value == ask(asked, step="0002").value == VALUE
    assert len(server.requests) == refusals + 2
    assert '"additionalProperties": false' in server.requests[-1]["messages"][0]["content"]


def test_a_forced_tool_call_has_the_schema_as_parameters(serve):
    server = serve(understands("tool"))
    ask(model(server))
    request = server.requests[-1]
    assert request["tool_choice"]["function"]["name"] == request["tools"][0]["function"]["name"]
    assert request["tools"][0]["function"]["parameters"]["required"] == ["opinions", "lesson"]


def test_what_refuses_everything_is_an_error_and_nothing_is_remembered(serve):
    server = serve(*[fault(400, "the context is too long")] * 4, GOOD)
    asked = model(server)
    with pytest.raises(ModelError, match="the context is too long"):
        ask(asked)
    ask(asked)
    assert by_schema(server.requests[-1])


def test_a_parameter_that_a_refusal_names_is_dropped_and_stays_so(serve):
    server = serve(fault(400, "Unsupported value", param="temperature"), GOOD, GOOD)
    asked = model(server, temperature=0.2)
    ask(asked)
    ask(asked, step="0002")
    assert ["temperature" in request for request in server.requests] == [True, False, False]
    assert all(map(by_schema, server.requests))


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(fault(429), id="too many requests"),
        pytest.param(fault(500), id="server error"),
        pytest.param(fault(503, "overloaded"), id="overloaded"),
        pytest.param(cut(), id="cut connection"),
        pytest.param(Reply("<html>Bad gateway</html>"), id="a web page"),
        pytest.param(Reply({"error": {"code": 502, "message": "upstream"}}), id="error in disguise"),
    ],
)
def test_what_passes_is_tried_again(trouble, serve):
    waits = []
    server = serve(trouble, trouble, GOOD)
    assert ask(model(server, waits=waits)).value == VALUE
    assert len(server.requests) == 3
    assert 1 <= waits[0] <= 1.5 and 2 <= waits[1] <= 3


def test_a_slow_answer_is_tried_again(serve):
    slow = Reply(completion(GOOD).body, delay=1.0)
    server = serve(slow, GOOD)
    assert ask(model(server, timeout=0.3)).value == VALUE


def test_the_endpoint_says_how_long_to_wait(serve):
    waits = []
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    server = serve(fault(429, retry_after="7"), fault(503, retry_after=past), fault(429, retry_after="soon"), GOOD)
    ask(model(server, waits=waits))
    assert waits[:2] == [7, 0]
    assert 4 <= waits[2] <= 6


def test_a_wait_of_hours_is_an_error_at_once(serve):
    server = serve(fault(429, "daily limit reached", retry_after="7200"))
    with pytest.raises(ModelError, match=r"Resume the run later.*daily limit reached"):
        ask(model(server))
    assert len(server.requests) == 1


def test_after_five_tries_it_is_an_error(serve):
    server = serve(*[fault(500, "out of memory")] * 9)
    with pytest.raises(ModelError, match=r"out of memory"):
        ask(model(server))
    assert len(server.requests) == 5


@pytest.mark.parametrize(
    ("trouble", "advice"),
    [
        pytest.param(fault(401, f"Incorrect API key: {KEY}"), "Check OPENAI_API_KEY", id="bad key"),
        pytest.param(fault(403, f"{KEY} may not"), "another --model or another key", id="forbidden"),
        pytest.param(fault(404, "no model"), "Check --model", id="unknown model"),
        pytest.param(fault(429, "quota", code="insufficient_quota"), "Top it up", id="no credit"),
        pytest.param(fault(418, f"a teapot, {'x' * 520} {KEY}"), "a teapot", id="anything else"),
    ],
)
def test_what_stays_is_an_error_at_once_without_the_key(trouble, advice, serve):
    server = serve(trouble, GOOD)
    with pytest.raises(ModelError, match=advice) as caught:
        ask(model(server))
    assert len(server.requests) == 1
    assert KEY[:9] not in str(caught.value)
    assert caught.value.exit_status == 3


@pytest.mark.parametrize(
    "address", ["localhost:8000/v1", "http://", "http://[bad/v1", "http://a b/v1", "http://a:99999999/"]
)
def test_a_malformed_address_is_an_error_at_once(address):
    with pytest.raises(ModelError, match="OPENAI_BASE_URL is not an address"):
        ask(OpenAI("some-model", Kept(), api_key=KEY, base_url=address))


@pytest.mark.parametrize("key", ["sk-…-short", "sk-secret\nsk-other"])
def test_a_key_that_no_header_can_hold_is_an_error(key, serve):
    with pytest.raises(ModelError, match="OPENAI_API_KEY") as caught:
        ask(model(serve(GOOD), api_key=key))
    assert "sk-" not in str(caught.value)


def test_an_endpoint_without_a_key(serve):
    assert ask(model(serve(GOOD), api_key=None)).value == VALUE


def test_nobody_listens_at_the_address():
    with ScriptedServer() as server:
        pass
    with pytest.raises(ModelError, match=r"can't be reached.*Check the network"):
        ask(model(server))


def test_a_password_in_the_address_is_not_told(serve):
    server = serve(fault(404))
    with pytest.raises(ModelError, match="127") as caught:
        ask(model(server, base_url=server.url.replace("//", "//user:pass@")))
    assert "pass" not in str(caught.value)


def test_a_paid_answer_is_never_paid_again(serve):
    kept = Kept()
    server = serve("nonsense", GOOD)
    first = ask(model(server, kept))
    again = ask(model(server, kept))
    assert again == first, "same value, same costs"
    assert len(server.requests) == 2


def test_the_same_question_in_another_step_is_another_question(serve):
    kept = Kept()
    server = serve(GOOD, GOOD, GOOD)
    for question in ({"step": "0001"}, {"step": "0002"}, {"thing": "that"}):
        ask(model(server, kept), **question)
    assert len(server.requests) == len(kept) == 3


def test_an_answer_is_kept_before_anything_is_made_of_it(serve):
    kept = Kept()
    with pytest.raises(ModelError):
        ask(model(serve("nonsense", fault(401)), kept))
    (text,) = kept.values()
    exchange = json.loads(text)
    assert exchange["completion"]["choices"][0]["message"]["content"] == "nonsense"
    assert exchange["request"]["messages"][0]["content"].startswith("Is it sound?")
    assert exchange["completion"]["usage"]["prompt_tokens"] == 100
    assert KEY not in text and "Bearer" not in text


def test_a_resumed_run_goes_on_with_the_repair(serve):
    kept = Kept()
    with pytest.raises(ModelError):
        ask(model(serve("nonsense", fault(401)), kept))
    server = serve(GOOD)
    assert ask(model(server, kept)).usage.calls == 2
    assert len(server.requests[0]["messages"]) == 3


def test_a_resumed_run_asks_anew_where_a_kept_conversation_came_to_nothing(serve):
    kept = Kept()
    server = serve("nonsense", "nonsense", "other", "other", GOOD)
    for _ in range(2):
        with pytest.raises(ModelError):
            ask(model(server, kept))
    answer = ask(model(server, kept))
    assert answer.value == VALUE
    assert answer.usage.calls == len(server.requests) == 5
    assert ask(model(server, kept)) == answer


def test_importing_and_making_a_model_imports_no_client():
    made = "import sys; from autoreclab.models.openai import OpenAI; OpenAI('m', {}, api_key='k')"
    done = subprocess.run([sys.executable, "-c", f"{made}; sys.exit('openai' in sys.modules)"], check=False)
    assert done.returncode == 0
