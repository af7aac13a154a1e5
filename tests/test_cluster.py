"""Experiments on a Dask cluster: a scheduler and two workers as processes of their own, here."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autoreclab import sandbox
from autoreclab.cluster import Cluster, conditions, connected
from autoreclab.data import Data
from autoreclab.errors import ClusterError, WorkerLost
from autoreclab.running import Runner
from autoreclab.workspace import Workspace
from tests import researcher
from tests.commands import autoreclab, begun, shape
from tests.scripted_server import ScriptedServer

dask = pytest.importorskip("dask", reason="Dask isn't installed: pip install 'autoreclab[dask]'")
distributed = pytest.importorskip("distributed")
WAITS = b"import time\nprint('began', flush=True)\ntime.sleep(60)\n"


def until(condition, what, seconds=120):
    """Wait for something, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} took too long"
        time.sleep(0.05)
    return found


def working(program):
    """The folders in which Python runs a program of that name."""
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            interpreter, _, rest = place.joinpath("cmdline").read_bytes().partition(b"\0")
            if b"python" in interpreter and rest == program.encode() + b"\0":
                yield Path(os.readlink(place / "cwd"))


class Local:
    """A scheduler, and workers that each run one experiment at a time in a folder of their own."""

    def __init__(self, place):
        self.place, self.file, self.workers = place, place / "scheduler.json", {}
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(self.file))
        self.address = json.loads(until(self._written, "the scheduler's start"))["address"]

    def _start(self, program, *options):
        command = [sys.executable, "-m", f"distributed.cli.dask_{program}", "--host", "127.0.0.1", "--no-dashboard"]
        return subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _written(self):
        return self.file.read_text() if self.file.exists() else ""

    def fill(self, *names):
        """Start those of the workers that don't run."""
        for name in names:
            if name not in self.workers:
                options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self.place / name))
                self.workers[name] = self._start("worker", self.address, *options)

    def busy(self):
        """The workers in whose folder a node's program runs."""
        places = list(working("solution.py"))
        return [name for name in ("a", "b") if any(place.is_relative_to(self.place / name) for place in places)]

    def end_worker(self, name, number=signal.SIGKILL):
        process = self.workers.pop(name)
        process.send_signal(number)
        process.wait()

    def end(self):
        for process in (*self.workers.values(), self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    local = Local(tmp_path_factory.mktemp("cluster"))
    yield local
    local.end()


@pytest.fixture
def local(shared):
    """A scheduler with two workers, a and b."""
    shared.fill("a", "b")
    return shared


@pytest.fixture
def runner(tmp_path, monkeypatch):
    plays = tmp_path / "plays.csv"
    plays.write_text("user,item\n")
    data = Data(("plays",), (str(plays),), {"plays.csv": plays}, (), "")
    monkeypatch.chdir(tmp_path)  # the workers' is another
    return Runner(data, tmp_path / "nowhere", 60.0, 1_000_000, Workspace.create(Path("workspace")).bulk)


@pytest.fixture
def demands(runner):
    return conditions(runner.data, Path("workspace"), memory=None, unsafe=False)


@pytest.fixture
def cluster(local, demands):
    with Cluster(local.address, demands) as cluster:
        until(lambda: cluster.threads == 2, "the workers' start")
        yield cluster


def test_two_experiments_run_at_a_time_and_end_when_they_are_cancelled(local, cluster, runner):
    futures = [cluster.submit(Runner.run, runner, name, {"solution.py": WAITS}) for name in ("0001", "0002")]
    until(lambda: len(local.busy()) == 2, "the beginning")
    assert futures[0].cancel()
    until(lambda: len(local.busy()) == 1, "the first one's end")
    cluster.shutdown()
    until(lambda: not local.busy(), "the second one's end")
    assert futures[1].cancelled()


@pytest.fixture
def none_allowed(local):
    """Dask itself gives a task up when its first worker dies, not its fourth."""
    with distributed.Client(local.address, set_as_default=False) as client:
        client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 0))
        yield
        client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 3))


def lose(local, cluster, runner, number):
    """What a job raises whose worker gets a signal in mid-run."""
    future = cluster.submit(Runner.run, runner, "0001", {"solution.py": WAITS})
    (first,) = until(local.busy, "the beginning")
    local.end_worker(first, number)
    error = future.exception()
    until(lambda: not local.busy(), "the program's end")
    return error


@pytest.mark.usefixtures("none_allowed")
def test_a_loss_is_told_where_dask_itself_allows_none(local, cluster, runner):
    assert isinstance(lose(local, cluster, runner, signal.SIGKILL), WorkerLost)


def test_a_worker_that_ends_in_good_order_is_lost_too(local, cluster, runner):
    assert isinstance(lose(local, cluster, runner, signal.SIGTERM), WorkerLost)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"versions": {"lenskit": "2024.1"}}, "has lenskit 20.*, and 2024.1 is here: results would differ"),
        ({"workspace": Path("/nowhere/workspace")}, "doesn't see the workspace /nowhere/workspace"),
        ({"data": {"/nowhere/plays.csv": "0" * 64}}, "has no /nowhere/plays.csv"),
    ],
)
def test_a_worker_that_would_give_other_results_says_why(cluster, runner, demands, changed, named):
    cluster.conditions = dataclasses.replace(demands, **changed)
    with pytest.raises(ClusterError, match=rf"^Worker tcp://127.0.0.1:\d+ .*{named}"):
        cluster.submit(Runner.run, runner, "0001", {"solution.py": WAITS}).result()


def test_data_that_changed_since_the_start_are_not_run_on(cluster, runner):
    Path(runner.data.places[0]).write_text("user,item\n1,2\n")
    with pytest.raises(ClusterError, match=r"has another .*plays.csv \(sha256 \w{12}…, here \w{12}…\)"):
        cluster.submit(Runner.run, runner, "0001", {"solution.py": WAITS}).result()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "192.0.2.7", "bad://192.0.2.7:8786"])
def test_an_address_without_a_scheduler_is_an_error_that_says_so(address):
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(ClusterError, match=f"^--scheduler {address}: no Dask scheduler can be reached there"),
    ):
        connected(address)


def test_without_dask_the_line_that_installs_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'autoreclab\[dask\]'"):
        connected("tcp://127.0.0.1:8786")


TASK = "---\ndata: simulated\nkeep: 1kB\ndrafts: 1\niterations: 0\n---\n# Noise\n\nHow much do seeds change?\n"


def waiting(seconds):
    """The researcher's answers, but its first program is right, and waits before it begins."""
    program = researcher.PROGRAM.format(noise=0.5, seeds=[0, 1, 2])
    program = program.replace("lab.arguments(__doc__)", f"lab.arguments(__doc__)\n    time.sleep({seconds})")
    program = program.replace("import numpy", "import time\n\nimport numpy")

    def answer(body):
        found = researcher.answer(body)
        return researcher.proposal("all seeds", program) if "files" in found else found

    return answer


def search(local, place, server):
    (place / "noise.md").write_text(TASK)
    variables = {"OPENAI_API_KEY": "sk-test-secret", "OPENAI_BASE_URL": server.url}
    return begun("start", "noise.md", "--scheduler", local.address, "--json", cwd=place, variables=variables)


def test_a_search_on_a_cluster_keeps_what_one_here_would_and_survives_a_lost_worker(local, tmp_path):
    with ScriptedServer(waiting(2)) as server:
        process = search(local, tmp_path, server)
        (first,) = until(local.busy, "the beginning")
        local.end_worker(first)
        output, errors = process.communicate()
    news = {(event := json.loads(line))["event"]: event for line in output.splitlines()}
    assert process.returncode == 0, errors
    (node,) = shape(tmp_path, "noise")
    assert (node["status"], node["score"]) == ("ok", 1.0)
    assert node["execution"]["sandbox"] == sandbox.strongest() and node["execution"]["recomputed"] == 8
    assert news["lost"]["reason"] == "the worker of the cluster that ran it vanished" and news["repeated"]["reproduced"]
    assert list(tmp_path.glob("workspace/.git/autoreclab/bulk/*")), "what git doesn't keep came here, too"


@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGKILL,)], ids=["ctrl-c twice", "killed"])
def test_what_runs_on_the_cluster_ends_with_the_search(local, tmp_path, signals):
    with ScriptedServer(waiting(60)) as server:
        process = search(local, tmp_path, server)
        until(local.busy, "the beginning")
        for number in signals:
            process.send_signal(number)
            time.sleep(0.3)
        process.communicate(timeout=120)
    until(lambda: not local.busy(), "the experiment's end")
    assert "1 waiting" in autoreclab("status", cwd=tmp_path).stdout
