"""What different providers answer, in the shapes that their documentation and their users report."""

import json

import pytest

from autoreclab.errors import ModelError
from autoreclab.models import Usage
from autoreclab.models.mending import mended
from autoreclab.models.openai import tokens_of
from autoreclab.models.replay import Replay
from autoreclab.prompts import SIZES, Fitted
from tests.models.asking import GOOD, TEXT, VALUE, Kept, ask, model
from tests.scripted_server import Reply, completion, counted, delta, fault, stream

GEMINI = {
    "error": {"code": 400, "message": "The input token count (9) exceeds the maximum number of tokens allowed (8)."}
}
TOO_LONG = [
    pytest.param(fault(400, "too long", code="context_length_exceeded"), id="OpenAI"),
    pytest.param(
        fault(400, "This model's maximum context length is 8 tokens. However, your request has 9 input tokens."),
        id="vLLM, DeepSeek",
    ),
    pytest.param(fault(400, "the request exceeds the available context size, try increasing it"), id="llama.cpp"),
    pytest.param(
        Reply({"error": {"code": 500, "message": "no", "type": "exceed_context_size_error", "n_ctx": 8}}, 500),
        id="llama.cpp, older",
    ),
    pytest.param(fault(400, "prompt is too long: 9 tokens > 8 maximum"), id="Anthropic"),
    pytest.param(Reply([GEMINI], 400), id="Gemini"),
    pytest.param(
        Reply(
            {"error": "The number of tokens to keep from the initial prompt is greater than the context length"}, 400
        ),
        id="LM Studio",
    ),
    pytest.param(
        stream("event: error", {"error": {"message": "Context size has been exceeded."}}), id="LM Studio, streamed"
    ),
    pytest.param(
        Reply({"error": {"code": 400, "message": "This endpoint's maximum context length is 8 tokens."}}),
        id="OpenRouter, within a success",
    ),
    pytest.param(fault(413, "Request Entity Too Large"), id="a proxy"),
    pytest.param(
        fault(429, "Request too large for m on tokens per min (TPM): Limit 8, Requested 9"), id="a rate limit"
    ),
]


class Room:
    """An endpoint whose context window holds that much of a variable that may be long."""

    def __init__(self, holds, refusal, answer=GOOD):
        self.holds, self.refusal, self.answer = holds, refusal, answer

    def __call__(self, body):
        fits = body["messages"][0]["content"].count("long") <= self.holds
        return self.answer if fits else self.refusal


def ask_long(asked, step="0001"):
    return ask(asked, step=step, thing=Fitted(lambda share: "long " * int(1000 * share)))


def lengths(server):
    return [request["messages"][0]["content"].count("long") for request in server.requests]


@pytest.mark.parametrize("refusal", TOO_LONG)
def test_a_prompt_that_is_too_long_is_asked_again_smaller_and_later_ones_begin_so(refusal, serve):
    said = []
    server = serve(Room(300, refusal))
    asked = model(server, tell=said.append)
    assert ask_long(asked).value == ask_long(asked, step="0002").value == ask(asked, step="0003").value == VALUE
    assert lengths(server) == [1000, 500, 250, 250, 0]
    assert len(said) == 1 and "context window of some-model is small" in said[0]


def test_a_prompt_that_never_fits_is_an_error_that_says_how_long_it_is(serve):
    server = serve(Room(100, fault(400, "the maximum context length is 8 tokens")))
    with pytest.raises(ModelError, match=r"not even at its shortest, at least 1\d\d tokens: the maximum .*--ctx-size"):
        ask_long(model(server))
    assert lengths(server) == [int(1000 * size) for size in SIZES]


def test_a_prompt_with_nothing_to_cut_is_sent_once(serve):
    server = serve(fault(400, "prompt is too long: 9 tokens > 8 maximum"))
    with pytest.raises(ModelError, match="prompt is too long"):
        ask(model(server))
    assert len(server.requests) == 1


def read(tokens):
    """A good answer to a prompt of which so many tokens were read."""
    reply = completion(GOOD)
    reply.body["usage"]["prompt_tokens"] = tokens
    return reply


def ask_very_long(asked, step="0001"):
    return ask(asked, step=step, thing=Fitted(lambda share: "long " * int(16_000 * share)))


def test_a_prompt_that_ollama_cut_without_a_word_is_asked_again_smaller(serve):
    kept = Kept()
    server = serve(Room(2_000, read(4_096), read(2_200)))
    answer = ask_very_long(model(server, kept))
    assert lengths(server) == [16_000, 2_000], "4,000 would fill it"
    assert answer.usage == Usage(2, 4_096 + 2_200, 40), "what was cut is paid, too"
    resumed = model(serve(fault(401)), kept)
    assert ask_very_long(resumed) == answer and len(kept) == 2
    assert ask_very_long(Replay("run", kept, Kept())) == answer


def test_what_was_answered_smaller_is_never_paid_again(serve):
    kept = Kept()
    first = ask_long(model(serve(Room(300, fault(413))), kept))
    server = serve(fault(401))
    assert ask_long(model(server, kept)) == first and not server.requests


@pytest.mark.parametrize("tokens", [pytest.param(17_000, id="all of it"), pytest.param(30, id="but what was cached")])
def test_a_prompt_that_was_read_is_not_taken_for_a_cut_one(tokens, serve):
    server = serve(read(tokens))
    assert ask_very_long(model(server)).value == VALUE
    assert len(server.requests) == 1


def test_tokens_are_estimated_from_below():
    assert tokens_of("How far do seeds matter?") == 6
    assert tokens_of("x = lab.load('ml-100k')\n") <= 12


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(Reply([{"error": {"code": 403, "message": "a bad project"}}], 403), "bad project", id="Gemini"),
        pytest.param(Reply({"error": "it is not loaded"}, 404), "it is not loaded", id="LM Studio"),
        pytest.param(
            Reply({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}, 401),
            "invalid x-api-key",
            id="Anthropic",
        ),
        pytest.param(
            Reply({"object": "error", "message": "no such model", "type": "NotFoundError", "code": 404}, 404),
            "no such model",
            id="vLLM, older",
        ),
        pytest.param(Reply({"error": {"message": "m not found", "type": "api_error"}}, 404), "not found", id="Ollama"),
        pytest.param(Reply({"detail": "Unauthorized"}, 401), "Unauthorized", id="FastAPI"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_the_provider_s_own_words(error, said, serve):
    with pytest.raises(ModelError, match=rf"It says: .*{said}") as caught:
        ask(model(serve(error)))
    assert "{'error'" not in str(caught.value)


def test_anthropic_ignores_the_schema_and_finds_it_in_the_prompt(serve):
    server = serve(completion(f"Here is my judgement.\n\n```json\n{TEXT}\n```"))
    assert ask(model(server)).value == VALUE
    assert '"opinions"' in server.requests[0]["messages"][0]["content"]


def test_a_reasoner_that_reaches_its_limit_is_told_so(serve):
    cut = stream(delta(reasoning_content="Let me see"), delta("length"), counted())
    with pytest.raises(ModelError, match=r"cut off at the token limit \(it holds reasoning only\)"):
        ask(model(serve(cut, cut)))


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(TEXT[:-1] + ",}", id="a comma too many"),
        pytest.param(TEXT[:-2], id="no brackets at the end"),
        pytest.param(TEXT.replace('"', "'").replace("true", "True").replace("True", "true"), id="single quotes"),
        pytest.param(TEXT.replace("line 3", r"line \d in \'it\'"), id="escapes that JSON doesn't know"),
        pytest.param(f"```json\n{TEXT[:-1]},}}\n```", id="fenced"),
        pytest.param(f"<think>{{</think>{TEXT[:-1]},}}", id="reasoned"),
    ],
)
def test_wrong_punctuation_is_mended_without_another_call(broken, serve):
    server = serve(broken)
    assert ask(model(server)).value.opinions[0].met
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param('{"plan": "x", "code": "a = 1\\nb = ', id="half a program"),
        pytest.param('{"files": [{"path": "s.py", "content": "print("hi, you")\\nx = {"a": 1}\\n"}]}', id="quotes"),
        pytest.param('{"code": "d = {"": ""}"}', id="a rest of punctuation only"),
        pytest.param('{"code": "a = 1", // the rest is as before\n "plan": "x"}', id="a comment"),
        pytest.param('{"code": None, "plan": "x",}', id="a word of another language"),
        pytest.param('{"code": "a", "code": "b",}', id="a key twice"),
        pytest.param('{"code": "a",} and so on', id="talk behind it"),
        pytest.param("[1, 2", id="no object"),
    ],
)
def test_whatever_would_lose_or_add_a_word_is_not_mended(broken):
    assert mended(broken) is None


def test_a_program_is_mended_word_by_word():
    program = "import re\n\nprint(re.match(r'\\d+', \"1,{2}\"))  # ' \" ``` \\n\n"
    assert mended(json.dumps({"files": [{"content": program}]})[:-1]) == {"files": [{"content": program.rstrip()}]}


def test_what_was_cut_off_is_not_mended(serve):
    server = serve(completion(TEXT[:-2], finish_reason="length"), GOOD)
    ask(model(server))
    assert "cut off at the token limit" in server.requests[1]["messages"][-1]["content"]
