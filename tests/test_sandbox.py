"""Experiments as processes: what they see, how they end, what is kept."""

import subprocess
import sys
import time

import pytest

from autoreclab import sandbox
from autoreclab.errors import SandboxError
from autoreclab.sandbox import Bounds
from autoreclab.sandbox.levels import choose
from autoreclab.sandbox.output import HEAD_BYTES, TAIL_BYTES
from tests.processes import with_argument

DETACHED = "import os, time; os.fork() or os.setsid() or os.fork() or print('up') or time.sleep(99)"


@pytest.fixture(params=["bubblewrap", "landlock", "none"])
def level(request):
    if reason := sandbox.hindrances().get(request.param):
        pytest.skip(f"{request.param}: {reason}")
    return request.param


@pytest.fixture
def run(tmp_path, level):
    def run(program, timeout=20.0, **variables):
        (tmp_path / "solution.py").write_text(program)
        command, log = [sandbox.python(), "solution.py"], tmp_path / "log.txt"
        outcome = sandbox.run(command, tmp_path, log, timeout=timeout, variables=variables, level=level)
        return outcome, log.read_text()

    return run


def test_output_and_exit_status_are_kept(run):
    outcome, log = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (outcome.exit, log) == (3, "out\nerr\n")
    assert outcome.peak_mb > 1


def test_a_signal_is_a_negative_status(run):
    assert run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")[0].exit == -11


def test_the_time_limit_kills_the_whole_group_and_keeps_the_output(run, tmp_path):
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', sys.path[0]])\n"
        "print('said', flush=True)\n"
        "time.sleep(60)\n"
    )
    outcome, log = run(program, timeout=1.0)
    assert outcome.exit is None and outcome.excess.name == "time" and outcome.seconds < 10
    assert log == "said\n" and with_argument(str(tmp_path)) == []


def test_what_a_finished_program_leaves_behind_is_killed(run, tmp_path):
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', sys.path[0]])"
    assert run(f"import subprocess, sys\n{child}\nprint('said')")[1] == "said\n"
    assert with_argument(str(tmp_path)) == []


@pytest.mark.parametrize("end", ["time.sleep(1)", "time.sleep(99)"], ids=["finished", "killed"])
def test_what_detached_itself_is_ended_too(level, tmp_path, end):
    command, log = [sandbox.python(), "-uc", f"{DETACHED}; {end}", str(tmp_path)], tmp_path / "log.txt"
    outcome = sandbox.run(command, tmp_path, log, timeout=3, variables={}, level=level)
    assert log.read_text() == "up\n" and (outcome.exit == 0) == (end == "time.sleep(1)")
    assert with_argument(str(tmp_path)) == []


def test_nothing_survives_when_autoreclab_is_killed(level, tmp_path):
    start = (
        "import sys\nfrom pathlib import Path\nfrom autoreclab import sandbox\nplace = Path(sys.argv[1])\n"
        "command = [sandbox.python(), '-uc', sys.argv[2] + '; time.sleep(99)', sys.argv[1]]\n"
        "sandbox.run(command, place, place / 'log.txt', timeout=99, variables={}, level=sys.argv[3])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", start, str(tmp_path), DETACHED, level])
    assert soon(lambda: (tmp_path / "log.txt").is_file() and "up" in (tmp_path / "log.txt").read_text())
    process.kill()
    process.wait()
    assert soon(lambda: with_argument(str(tmp_path)) == [])


def test_a_bound_is_of_all_processes_together(level, tmp_path):
    program = (
        "import os, time\nfor _ in range(4): os.fork() or (b'x' * 40_000_000, time.sleep(9), os._exit(0))\n"
        "time.sleep(9)"
    )
    command, log = [sandbox.python(), "-c", program], tmp_path / "log"
    bounds = Bounds(memory=100_000_000)
    outcome = sandbox.run(command, tmp_path, log, timeout=20, variables={}, level=level, bounds=bounds)
    assert (outcome.exit, outcome.excess.sentence) == (None, "memory over 100.0 MB")


def test_memory_that_processes_share_counts_once(level, tmp_path):
    program = (
        "import os, time\nkept = b'x' * 60_000_000\nfor _ in range(5): os.fork() or (time.sleep(1), os._exit(0))\n"
        "time.sleep(1)"
    )
    command, bounds = [sandbox.python(), "-S", "-c", program], Bounds(memory=200_000_000)
    outcome = sandbox.run(command, tmp_path, tmp_path / "log", timeout=20, variables={}, level=level, bounds=bounds)
    assert (outcome.exit, outcome.excess) == (0, None)


def test_the_lab_can_be_imported(run):
    outcome, log = run("from autoreclab import lab\nprint(lab.load)")
    assert outcome.exit == 0, log


def test_no_key_and_little_else_reaches_an_experiment(run, monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    _, log = run("import os\nfor pair in os.environ.items(): print(*pair)", AUTORECLAB_DATA="here")
    assert "secret" not in log and "AUTORECLAB_DATA here" in log and f"HOME {tmp_path}/.home" in log


def test_long_output_keeps_its_beginning_and_its_end(run):
    _, log = run("print('first')\nfor i in range(200_000): print('x' * 20)\nprint('last')")
    assert log.startswith("first\n") and log.endswith("last\n") and "bytes left out" in log
    assert len(log) < HEAD_BYTES + TAIL_BYTES + 100


def test_a_missing_interpreter_is_an_error_of_ours(tmp_path):
    with pytest.raises(SandboxError, match="can't be started"):
        sandbox.run(["/no/such/python"], tmp_path, tmp_path / "log", timeout=1, variables={})


def test_the_strongest_level_that_nothing_hinders_is_chosen():
    assert choose({"bubblewrap": "", "landlock": ""}, unsafe=False) == "bubblewrap"
    assert choose({"bubblewrap": "no namespaces", "landlock": ""}, unsafe=True) == "landlock"
    assert choose({"bubblewrap": "no namespaces", "landlock": "an old kernel"}, unsafe=True) == "none"


def test_without_any_walls_it_is_refused():
    with pytest.raises(SandboxError, match=r"bubblewrap: no namespaces; landlock: an old kernel.*--unsafe"):
        choose({"bubblewrap": "no namespaces", "landlock": "an old kernel"}, unsafe=False)


@pytest.mark.parametrize("level", ["bubblewrap", "landlock"], indirect=True)
@pytest.mark.parametrize("network", [True, False])
def test_there_is_a_network_only_where_it_is_asked_for(level, network, tmp_path, server):
    root, address = server
    (root / "word.txt").write_text("hello")
    program = f"import urllib.request\nprint(urllib.request.urlopen('{address}/word.txt').read().decode())"
    command, log = [sandbox.python(), "-c", program], tmp_path / "log"
    outcome = sandbox.run(command, tmp_path, log, timeout=20, variables={}, level=level, network=network)
    assert (outcome.exit, log.read_text() == "hello\n") == (0 if network else 1, network)


def soon(holds):
    """Does something become true within some seconds?"""
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()
