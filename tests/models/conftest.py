"""A prompt, and servers that answer by a script."""

import pytest

from tests.scripted_server import ScriptedServer


@pytest.fixture(autouse=True)
def prompt(tmp_path, monkeypatch):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "ask.md.j2").write_text("Is {{ thing }} sound?\n")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def serve():
    servers = []

    def start(*script):
        servers.append(ScriptedServer(script[0] if callable(script[0]) else script).__enter__())
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__()
