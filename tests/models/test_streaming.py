"""Answers in pieces: what a stream's chunks make up, and how a stream that breaks off is told."""

import json

import pytest

from autoreclab.errors import ModelError
from autoreclab.models import Usage, chat
from tests.models.asking import GOOD, KEY, TEXT, VALUE, Kept, ask, model
from tests.scripted_server import Reply, completion, counted, delta, fault, stream

HALVES = TEXT[:30], TEXT[30:]
PIECES = [delta(content=piece) for piece in HALVES]
END = [delta("stop"), counted()]


def called(piece, **fields):
    """A piece of a tool call."""
    return delta(tool_calls=[{**fields, "function": {"name": "answer", "arguments": piece}}])


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([delta(role="assistant", content=""), *PIECES, *END], id="OpenAI"),
        pytest.param([delta(role="assistant", content=None), *PIECES, *END], id="vLLM, llama.cpp"),
        pytest.param([": OPENROUTER PROCESSING", *PIECES, *END], id="OpenRouter: comments"),
        pytest.param(
            [*[{**piece, "usage": counted(100, 9)["usage"]} for piece in PIECES], *END], id="Gemini: counts on"
        ),
        pytest.param([delta(reasoning="Hm {", content=""), *PIECES, *END], id="Ollama: reasoning beside"),
        pytest.param([delta(reasoning_content="Hm {"), *PIECES, *END], id="LM Studio: reasoning beside"),
        pytest.param(
            ["event: message\n" + f"data: {json.dumps(piece)}" for piece in [*PIECES, *END]], id="event names"
        ),
        pytest.param([delta(content=[{"type": "thinking"}]), *PIECES, *END], id="Mistral: parts"),
        pytest.param(
            [called(HALVES[0], index=0, id="1"), called(HALVES[1], index=0), *END], id="a tool call in pieces"
        ),
        pytest.param([called(TEXT, id="1"), *END], id="a tool call without an index"),
    ],
)
def test_the_pieces_of_an_answer_are_put_together(pieces, serve):
    server, kept = serve(stream(*pieces)), Kept()
    answer = ask(model(server, kept))
    assert answer.value == VALUE and answer.usage == Usage(1, 100, 20)
    assert server.requests[0]["stream"] is True and server.requests[0]["stream_options"] == {"include_usage": True}
    (exchange,) = map(json.loads, kept.values())
    assert exchange["completion"]["object"] == "chat.completion", "what is kept is as if nothing had been streamed"
    assert exchange["completion"]["choices"][0]["finish_reason"] == "stop"


def test_a_stream_without_its_last_line_is_whole_if_the_answer_has_its_end(serve):
    assert ask(model(serve(stream(*PIECES, delta("stop"), end="")))).value == VALUE


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(stream(*PIECES, cut=True), id="lost connection"),
        pytest.param(stream(PIECES[0], end=""), id="no end"),
        pytest.param(stream(PIECES[0], 'data: {"choices": [{"delta": {"con', end=""), id="half a chunk"),
        pytest.param(stream(PIECES[0], {"error": {"message": "overloaded", "type": "server_error"}}), id="OpenAI"),
        pytest.param(
            stream(PIECES[0], {**delta("error"), "error": {"code": 502, "message": "Provider disconnected"}}),
            id="OpenRouter",
        ),
        pytest.param(stream(end=""), id="nothing"),
    ],
)
def test_a_stream_that_breaks_off_is_tried_again(broken, serve):
    server = serve(broken, stream(*PIECES, *END))
    assert ask(model(server)).value == VALUE
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("refused", "without"),
    [
        (fault(400, "Unknown parameter: 'stream_options'."), {"stream_options"}),
        (fault(422, "[{'loc': ['body', 'stream_options'], 'msg': 'Extra inputs'}]"), {"stream_options"}),
        (fault(400, "Streaming is not supported for this model"), {"stream", "stream_options"}),
    ],
)
def test_a_server_that_refuses_to_stream_is_asked_without_from_then_on(refused, without, serve):
    server = serve(refused, GOOD, GOOD)
    asked = model(server)
    ask(asked)
    ask(asked, step="0002")
    for request in server.requests[1:]:
        assert {"stream", "stream_options"} - set(request) == without


def test_an_upstream_that_fails_is_no_refusal_to_stream(serve):
    server = serve(fault(400, "upstream doesn't know response_format"), completion(GOOD))
    ask(model(server))
    assert server.requests[1]["stream"] is True


def test_a_server_that_ignores_the_wish_is_read_all_the_same(serve):
    assert ask(model(serve(completion(GOOD)))).value == VALUE


def test_an_error_of_the_account_within_a_success_is_an_error_at_once(serve):
    server = serve(Reply({"error": {"code": 402, "message": f"Insufficient credits of {KEY}"}}))
    with pytest.raises(ModelError, match=r"no credit left.*of \(the key\)"):
        ask(model(server))
    assert len(server.requests) == 1


def test_only_silence_is_limited_while_an_answer_comes(serve):
    server = serve(stream(*PIECES, *END, pause=0.6))
    assert ask(model(server, timeout=3.0)).value == VALUE
    assert len(server.requests) == 1


def test_an_answer_without_end_is_an_error(serve, monkeypatch):
    monkeypatch.setattr(chat, "WHOLE", 0)
    with pytest.raises(ModelError, match="still answering"):
        ask(model(serve(stream(*PIECES, *END))))
