"""`doctor --model`: what is tried of a model, what is said of it, and when it can't be used."""

import json

import pytest

from autoreclab.errors import ModelError
from autoreclab.models.chat import Endpoint
from autoreclab.models.checkup import Checkup
from tests.commands import autoreclab
from tests.models.test_openai import understands
from tests.scripted_server import Reply, completion, counted, delta, fault, stream

PROGRAM = "\n".join(f"print(\"line {n}\", 'of 100\\n')" for n in range(1, 101))
WORDS = {"first": "harbour", "middle": "lantern", "last": "meadow"}


def good(body):
    """What a good model answers."""
    text = body["messages"][0]["content"]
    return {"sum": 42} if "17 + 25" in text else {"program": PROGRAM} if "Python program" in text else WORDS


def streamed(body):
    """The same as a stream, or a tool call."""
    answer = json.dumps(good(body))
    if "tools" in body:
        return stream(delta(tool_calls=[{"index": 0, "function": {"name": "answer", "arguments": answer}}]), counted())
    return stream(delta(content=answer), delta("stop"), counted())


def check(serve, script):
    server = serve(script)
    endpoint = Endpoint(
        "m", api_key="k", base_url=server.url, temperature=None, timeout=60.0, wait=lambda seconds: None
    )
    checkup = Checkup(endpoint)
    found = {each.name: each for each in checkup.observations()}
    return checkup, found, server


def test_a_good_model_is_told_so_in_seven_calls(serve):
    checkup, found, server = check(serve, streamed)
    assert checkup.usable and all(each.ok for each in found.values())
    assert checkup.spent == {"calls": 7, "input_tokens": 700, "output_tokens": 140} and len(server.requests) == 7
    assert found["used"].said.endswith("schema") and "100 of 100" in found["long answer"].said
    assert 70_000 < len(server.requests[-1]["messages"][0]["content"]) < 100_000


def instead(**others):
    """A good model but for a question that holds a text."""

    def script(body):
        text = body["messages"][0]["content"]
        key = "small" if "17 + 25" in text else "long_answer" if "Python program" in text else "long_prompt"
        return others.get(key, good(body))

    return script


@pytest.mark.parametrize(
    ("script", "name", "said", "usable"),
    [
        pytest.param(good, "streaming", "is ignored", True, id="no stream"),
        pytest.param(lambda body: {"sum": 41} if "17" in str(body) else good(body), "schema", "41", True, id="a fool"),
        pytest.param(
            instead(small=completion('{"sum": 42}', reasoning="hm")),
            "reasoning",
            "beside the answer",
            True,
            id="beside",
        ),
        pytest.param(instead(small='<think>hm</think>{"sum": 42}'), "reasoning", "cut off", True, id="in the text"),
        pytest.param(
            lambda body: fault(400, "no temperature") if "temperature" in body else good(body),
            "temperature",
            "is refused",
            True,
            id="no temperature",
        ),
        pytest.param(instead(long_answer={"program": PROGRAM[:-200]}), "long answer", "9", False, id="a lazy model"),
        pytest.param(
            instead(long_answer=completion('{"program": "pri', finish_reason="length")),
            "long answer",
            "cut off at the token limit",
            False,
            id="a low limit",
        ),
        pytest.param(
            instead(long_prompt=fault(400, "maximum context length is 8192")), "long prompt", "8192", True, id="refused"
        ),
        pytest.param(
            instead(long_prompt={**WORDS, "first": "?"}), "long prompt", "the first word is lost", True, id="forgotten"
        ),
        pytest.param(instead(small="forty-two"), "schema", "not usably", False, id="no JSON"),
    ],
)
def test_what_is_found_is_said(script, name, said, usable, serve):
    checkup, found, _ = check(serve, script)
    assert said in found[name].said
    assert checkup.usable is usable


def test_a_prompt_that_was_cut_without_a_word_is_found(serve):
    cut = completion(WORDS)
    cut.body["usage"]["prompt_tokens"] = 4096
    _, found, _ = check(serve, instead(long_prompt=cut))
    assert "it read 4,096 tokens" in found["long prompt"].said and "OLLAMA_CONTEXT_LENGTH" in found["long prompt"].said


def test_a_server_that_counts_nothing_is_told_so(serve):
    def script(body):
        reply = completion(good(body))
        return Reply({**reply.body, "usage": None})

    checkup, found, _ = check(serve, script)
    assert checkup.usable and not found["usage"].ok and checkup.spent["input_tokens"] == 0


def test_refused_ways_are_named_and_the_next_one_is_used(serve):
    refuses = understands("json")

    def script(body):
        answer = refuses(body)
        return answer if isinstance(answer, Reply) and answer.status != 200 else good(body)

    checkup, found, _ = check(serve, script)
    assert [found[way].ok for way in ("schema", "tool", "json", "text")] == [False, False, True, True]
    assert checkup.usable and found["used"].said.endswith("json")


def test_a_model_that_cannot_be_asked_at_all_is_an_error(serve):
    with pytest.raises(ModelError, match="Check OPENAI_API_KEY"):
        check(serve, lambda body: fault(401))


@pytest.mark.parametrize(("script", "status"), [(streamed, 0), (instead(long_answer="no"), 3)])
def test_the_command_tells_it_and_its_status_says_whether_a_run_can_use_it(script, status, serve, tmp_path):
    variables = {"OPENAI_BASE_URL": serve(script).url, "OPENAI_API_KEY": "k"}
    done = autoreclab("doctor", "--model", "m", cwd=tmp_path, variables=variables)
    assert done.returncode == status and "7 calls" in done.stdout
    told = autoreclab("doctor", "--model", "m", "--json", cwd=tmp_path, variables=variables)
    assert json.loads(told.stdout)["usable"] is (status == 0)
