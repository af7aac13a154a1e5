"""A real HTTP server on loopback that speaks POST /v1/chat/completions by a script."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; `cut` closes the connection half-way.

    `delay` (seconds) comes before anything is sent, `pause` between one line and the next.
    """

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    pause: float = 0.0
    cut: bool = False


def completion(content: Any = None, *, finish_reason: str = "stop", **message: Any) -> Reply:
    """A chat completion with this content (an object is written as JSON), costing 100 and 20 tokens."""
    text = content if content is None or isinstance(content, str) else json.dumps(content)
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text, **message}}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return Reply(
        {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
    )


def tool_call(arguments: Any) -> Reply:
    """A completion that calls the tool `answer`."""
    function = {"name": "answer", "arguments": json.dumps(arguments)}
    return completion(tool_calls=[{"id": "1", "type": "function", "function": function}], finish_reason="tool_calls")


def refusal(text: str) -> Reply:
    """A completion in which the model declines."""
    return completion(refusal=text)


def no_choices() -> Reply:
    """A completion without any choice."""
    return Reply({"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": []})


def fault(
    status: int, message: str = "no", *, param: str | None = None, code: str | None = None, **headers: str
) -> Reply:
    """An error as OpenAI words it; headers by name, e.g. retry_after="1"."""
    error = {"message": message, "type": code or "error", "param": param, "code": code}
    return Reply({"error": error}, status, {name.replace("_", "-"): value for name, value in headers.items()})


def cut() -> Reply:
    """Half an answer, then a closed connection."""
    return Reply({"choices": []}, cut=True)


def stream(*pieces: Any, end: str = "data: [DONE]\n\n", **reply: Any) -> Reply:
    """A stream of server-sent events: a chunk for each piece, a dict being a chunk as it stands, a string a line."""
    lines = [piece if isinstance(piece, str) else f"data: {json.dumps(piece)}" for piece in pieces]
    return Reply("".join(f"{line}\n\n" for line in lines) + end, headers={"Content-Type": "text/event-stream"}, **reply)


def delta(finish_reason: str | None = None, **pieces: Any) -> dict[str, Any]:
    """A chunk of a stream that adds these pieces to the message."""
    choice = {"index": 0, "delta": pieces, "finish_reason": finish_reason}
    return {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}


def counted(prompt: int = 100, answer: int = 20) -> dict[str, Any]:
    """The last chunk of a stream, which counts tokens."""
    usage = {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}
    return {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [], "usage": usage}


class ScriptedServer:
    """Serves a list of replies in turn, or what a function makes of each request's body.

    Plain objects and strings stand for completions with that content. A list that is used up answers with status 410,
    which nobody retries. `requests` holds every body received, `headers` what came with it, names in lower case.
    """

    def __init__(self, script: Iterable[Any] | Script = ()) -> None:
        self.script = script if callable(script) else _in_turn(script)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self) -> ScriptedServer:
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, body: dict[str, Any], headers: dict[str, str]) -> Reply:
        """Note a request and look up its reply."""
        self.requests.append(body)
        self.headers.append(headers)
        reply = self.script(body)
        return reply if isinstance(reply, Reply) else completion(reply)


def _in_turn(replies: Iterable[Any]) -> Script:
    """A script that ignores what it is asked."""
    waiting, lock = iter(list(replies)), threading.Lock()

    def script(body: dict[str, Any]) -> Any:
        with lock:
            return next(waiting, fault(410, "the script has no more answers"))

    return script


def _handler(scripted: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    """The handler class by which http.server serves a script."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/v1/chat/completions":
                return self._send(fault(404, f"no such path: {self.path}"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(scripted.answer(json.loads(data), headers))

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.delay)
            data = (reply.body if isinstance(reply.body, str) else json.dumps(reply.body)).encode()
            try:
                self._write(reply, data)
            except ConnectionError:  # a client that timed out has gone
                self.close_connection = True

        def _write(self, reply: Reply, data: bytes) -> None:
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", **reply.headers, "Content-Length": str(len(data))}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            data = data[: len(data) // 2] if reply.cut else data
            for piece in data.splitlines(keepends=True) if reply.pause else [data]:
                self.wfile.write(piece)
                time.sleep(reply.pause)
            self.close_connection = self.close_connection or reply.cut

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
