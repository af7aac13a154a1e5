"""Experiments as processes: what they see, how they end, what is kept."""

import os
import time

import pytest

from autoreclab import sandbox
from autoreclab.errors import SandboxError
from autoreclab.sandbox.output import HEAD_BYTES, TAIL_BYTES


@pytest.fixture
def run(tmp_path):
    def run(program, timeout=20.0, **variables):
        (tmp_path / "solution.py").write_text(program)
        command = [sandbox.python(), "solution.py"]
        outcome = sandbox.run(command, tmp_path, tmp_path / "log.txt", timeout=timeout, variables=variables)
        return outcome, (tmp_path / "log.txt").read_text()

    return run


def test_output_and_exit_status_are_kept(run):
    outcome, log = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (outcome.exit, log) == (3, "out\nerr\n")
    assert outcome.peak_mb > 1


def test_a_signal_is_a_negative_status(run):
    assert run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")[0].exit == -11


def test_the_time_limit_kills_the_whole_group_and_keeps_the_output(run):
    program = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    outcome, log = run(program, timeout=1.0)
    assert outcome.exit is None and outcome.seconds < 10
    assert gone(int(log))


def test_what_a_finished_program_leaves_behind_is_killed(run):
    _, log = run("import subprocess; print(subprocess.Popen(['sleep', '60']).pid)")
    assert gone(int(log))


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


def gone(pid):
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with open(f"/proc/{pid}/stat") as file:
            if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        time.sleep(0.1)
    return False
