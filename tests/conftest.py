"""What every test starts from: a folder of its own, and none of the user's keys, settings and caches."""

import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def known_facts(tmp_path_factory):
    """What is known of installed packages, which takes seconds to find: one folder for all tests."""
    return tmp_path_factory.mktemp("facts")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path, known_facts):
    """No key, no setting and no git variable of the machine; downloads would go to a folder of the test."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "AUTORECLAB_", "GIT_")) and name != "AUTORECLAB_TEST_DATA":
            monkeypatch.delenv(name)
    cache = tmp_path.with_name(f"{tmp_path.name}-cache")
    cache.mkdir()
    (cache / "facts").symlink_to(known_facts)
    monkeypatch.setenv("AUTORECLAB_CACHE", str(cache))


@pytest.fixture(scope="session")
def real_data():
    """The folder that holds the real MovieLens-100K as `ml-100k/u.data`."""
    place = os.environ.get("AUTORECLAB_TEST_DATA")
    if not place or not Path(place, "ml-100k", "u.data").is_file():
        pytest.skip("AUTORECLAB_TEST_DATA names no folder with ml-100k/u.data")
    return Path(place)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path_factory):
    """A folder, and the address at which a real server serves its files."""
    root = tmp_path_factory.mktemp("server")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield root, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
