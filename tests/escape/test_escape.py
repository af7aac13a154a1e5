"""Programs that try to get out of the sandbox: each is contained as its docstring says, and nothing is left of it."""

import ast
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import autoreclab
from autoreclab import sandbox
from autoreclab.sandbox import Bounds
from tests.processes import with_argument

PROGRAMS = sorted(Path(__file__).with_name("programs").glob("*.py"))
SECRET = "a-secret-that-nobody-may-read"
BOUNDS = Bounds(
    memory=300_000_000, processes=40, folder=30_000_000, file=10_000_000, files=500, output=5_000_000, cpu=3.0
)
LIMITS_S = {"time": 1.0}
ELSEWHERE = (
    Path("/etc/autoreclab-escaped"), Path("/sys/fs/cgroup/autoreclab-escaped"),
    Path(os.__file__).with_name("autoreclab_escaped.py"),
)  # fmt: skip


@pytest.fixture(params=["bubblewrap", "landlock"])
def level(request):
    if reason := sandbox.hindrances()[request.param]:
        pytest.skip(f"{request.param}: {reason}")
    return request.param


@pytest.fixture
def home(tmp_path):
    """A user's folder, with everything in it that an experiment must neither read nor change."""
    home = tmp_path / "home"
    files = (".ssh/id_ed25519", ".env", "workspace/.git/config", "task.md", "plays.csv", "scratch/0002/results.csv")
    for name in files:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(SECRET)
    return home


@pytest.fixture
def listeners(home, monkeypatch):
    """Sockets of each kind that wait for a word, and where they are."""
    tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    abstract, unix = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    for one in (tcp, udp):
        one.bind(("127.0.0.1", 0))
    name = f"autoreclab-{os.getpid()}"
    abstract.bind(f"\0{name}")

    monkeypatch.chdir(home)  # a socket has a path of 107 characters at most
    unix.bind("agent")
    for one in (tcp, abstract, unix):
        one.listen()
    addresses = {
        "tcp": tcp.getsockname(), "udp": udp.getsockname(), "abstract": name, "unix": str(home / "agent"),
    }  # fmt: skip
    yield (tcp, udp, abstract, unix), addresses
    for one in (tcp, udp, abstract, unix):
        one.close()


@pytest.fixture
def neighbour():
    """Another process of the user's, with a key in its environment and a password on its command line."""
    command = [sys.executable, "-S", "-c", "import time; print(flush=True); time.sleep(600)", SECRET]
    process = subprocess.Popen(command, env={"OPENAI_API_KEY": SECRET}, stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_it_is_contained(program, level, home, listeners, neighbour, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    sockets, addresses = listeners
    package = Path(autoreclab.__file__).parent
    before, own = files(home), files(package)
    target = {"home": str(home), "package": str(package), "process": neighbour.pid, **addresses}
    outcome, log = run([str(program), json.dumps(target)], level, tmp_path / "0001", end(program))

    assert SECRET not in log and "ESCAPED" not in log
    assert (outcome.excess.name if outcome.excess else "by itself") == end(program), log[-2000:]
    if not outcome.excess:
        assert outcome.exit == 0 and "contained" in log, log[-2000:]
    assert files(home) == before and files(package) == own
    assert not any(heard(one) for one in sockets) and neighbour.poll() is None
    assert not [path for path in ELSEWHERE if path.exists()]
    assert with_argument(str(home), but=os.getpid()) == [], "something of it still runs"
    assert run(["-c", "print('next')"], level, tmp_path / "0002", "")[1] == "next\n"


def run(arguments, level, folder, expected):
    """Run an attempt in a folder as an experiment; how it ended, and what it printed."""
    folder.mkdir()
    if arguments[0].endswith(".py"):
        (folder / "solution.py").write_text(Path(arguments[0]).read_text())
        arguments = ["solution.py", *arguments[1:]]
    log = folder.with_suffix(".log")
    command = [sandbox.python(), "-S", *arguments]
    limit = LIMITS_S.get(expected, 30.0)
    outcome = sandbox.run(command, folder, log, timeout=limit, variables={}, level=level, bounds=BOUNDS)
    return outcome, log.read_text(errors="replace")


def end(program):
    """How a program must end, by its docstring."""
    return ast.get_docstring(ast.parse(program.read_text())).rpartition("Ends: ")[2]


def files(folder):
    """All files of a folder, sockets aside, and what is in them."""
    found = {path: path.lstat() for path in folder.rglob("*") if "__pycache__" not in path.parts}
    return {path: (status.st_size, status.st_mtime_ns, status.st_mode) for path, status in found.items()}


def heard(listener):
    """Did anybody say a word to this socket?"""
    listener.setblocking(False)
    try:
        return listener.recv(100) if listener.type == socket.SOCK_DGRAM else listener.accept()
    except BlockingIOError:
        return None
