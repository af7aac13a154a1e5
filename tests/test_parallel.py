"""Searches with several workers: real processes, killed and interrupted, behind a real HTTP server."""

import io
import json
import os
import re
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from rich.console import Console

from autoreclab import events, sandbox
from autoreclab.data import Data
from autoreclab.dispatch import Dispatch
from autoreclab.errors import WorkerLost
from autoreclab.nodes import Action
from autoreclab.progress import Display
from autoreclab.running import Runner
from autoreclab.settings import Settings
from autoreclab.workspace import Workspace
from tests.commands import autoreclab, begun
from tests.processes import with_argument
from tests.researcher import proposal
from tests.scripted_server import ScriptedServer, fault
from tests.torture.answers import PLAN
from tests.trees import node

TASK = "---\ndata: simulated\nworkers: 4\ndrafts: 4\niterations: 0\n---\n# Parallel\n\nDoes it overlap?\n"
PROGRAM = 'import os, time\nprint("{name}", os.environ["OMP_NUM_THREADS"], flush=True)\ntime.sleep({seconds})\n'


@pytest.fixture
def place(tmp_path):
    (tmp_path / "parallel.md").write_text(TASK)
    return tmp_path


class Researcher:
    """Answers with programs that sleep, each another; no judge is ever content. Counts the questions at a time."""

    def __init__(self, seconds=1.0, delay=0.0):
        self.seconds, self.delay, self.lock = seconds, delay, threading.Lock()
        self.programs = self.now = self.most = 0

    def __call__(self, body):
        text = body["messages"][0]["content"]
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.delay)
        with self.lock:
            self.now -= 1
            return self.answer(text)

    def answer(self, text):
        if text.startswith("You plan"):
            return PLAN
        if text.startswith("You interpret"):
            return {"answer": "It does.", "interpretation": "They sleep.", "limitations": "None."}
        if text.startswith("You review"):
            numbers = re.findall(r"^(\d+)\. ", text.split("## Requirements in question")[1], re.M)
            opinion = {"met": False, "quote": "", "evidence": "It sleeps."}
            return {"opinions": [{"requirement": int(number), **opinion} for number in numbers]}
        self.programs += 1
        return proposal(f"sleeper {self.programs}", PROGRAM.format(name=self.programs, seconds=self.seconds))


def variables(server):
    return {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}


def started(place, server, *options):
    return begun("start", "parallel.md", "--json", *options, cwd=place, variables=variables(server))


def lines(output):
    return [json.loads(line) for line in output.splitlines()]


def until(process, holds):
    """The events of a process up to the first one at which something holds of all of them so far."""
    seen = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if holds(seen):
            return seen
    raise AssertionError(f"it never came: {seen} {process.stderr.read()}")


def running(count):
    return lambda seen: sum(event["event"] == "running" for event in seen) == count


def outermost(folder):
    """The process of an experiment that stands nearest to autoreclab: the one with the least number."""
    found = []
    while not found:
        commands = ((int(p.name), (p / "cmdline")) for p in Path("/proc").glob("[0-9]*"))
        found = [pid for pid, command in commands if folder.encode() in _read(command)]
    return min(found)


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def nodes_of(place):
    workspace = Workspace.open(place / "workspace")
    return workspace.load(workspace.run("parallel")).nodes


@pytest.mark.skipif(bool(sandbox.hindrances()["bubblewrap"]), reason="no bubblewrap")
def test_an_experiment_that_is_killed_runs_again_and_so_does_what_ran_when_the_whole_search_was_killed(place):
    with ScriptedServer(researcher := Researcher(seconds=2.0, delay=0.2)) as server:
        process = started(place, server, "--drafts", "5")
        seen = until(process, running(3))
        victim = next(event for event in seen if event["event"] == "running")
        os.kill(outermost(victim["folder"]), signal.SIGKILL)
        (lost,) = until(process, lambda seen: seen[-1]["event"] == "lost")[-1:]
        assert lost["node"] == victim["node"] and "killed from outside" in lost["reason"]
        seen += until(process, lambda seen: seen[-1]["event"] == "ran" and seen[-1]["node"] == victim["node"])
        process.kill()
        process.communicate()
        ended = autoreclab("resume", "--json", cwd=place, variables=variables(server))
    assert ended.returncode == 4, ended.stderr
    nodes = nodes_of(place)
    assert [(one.operator, one.status, one.score) for one in nodes] == [("draft", "ok", 0.0)] * 5
    before, after = ({one["node"] for one in told if one["event"] == "ran"} for told in (seen, lines(ended.stdout)))
    assert not before & after, "what was recorded doesn't run again"
    proposals = [body for body in server.requests if body["messages"][0]["content"].startswith("You write")]
    assert len(proposals) <= 5 + 1, "one may have been under way at the kill"
    assert 2 <= researcher.most <= 4 and with_argument(victim["folder"]) == []
    log = Workspace.open(place / "workspace").outputs("parallel", nodes[0])["log.txt"].decode()
    assert log.split()[1] == str(max(1, sandbox.cores() // 4))


def test_ctrl_c_finishes_all_that_runs_and_twice_stops_all_of_it_at_once(place):
    with ScriptedServer(Researcher(seconds=1.5)) as server:
        process = started(place, server, "--drafts", "2")
        until(process, running(2))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=300)
        assert process.returncode == 130 and "Stopping" in errors
        assert [event["event"] for event in lines(output)] == ["ran", "ran"]
        server.script = Researcher(seconds=60.0)
        process = begun("resume", "--json", "--drafts", "4", cwd=place, variables=variables(server))
        folders = [event["folder"] for event in until(process, running(2)) if "folder" in event]
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert [folder for folder in folders if with_argument(folder)] == []
    assert [one.status for one in nodes_of(place)] == ["ok", "ok", "waiting", "waiting"]


def test_when_the_model_fails_what_runs_is_finished_and_recorded_first(place):
    together, researcher = threading.Barrier(2), Researcher(seconds=1.0)

    def second_is_refused(body):
        if body["messages"][0]["content"].startswith("You write") and together.wait() == 0:
            time.sleep(0.5)  # the other one's program is there by now
            return fault(401, "no credit")
        return researcher(body)

    with ScriptedServer(second_is_refused) as server:
        process = started(place, server, "--drafts", "2", "--memory", str(sandbox.machine_memory()))
        output, errors = process.communicate(timeout=300)
    assert process.returncode == 3 and "no credit" in errors
    assert "4 experiments of" in errors, "they may use more memory than there is"
    assert [one.status for one in nodes_of(place)] in (["ok"], ["waiting"])
    assert ("ran" in output) == ("running" in output)


# Parts


@pytest.fixture
def runner(tmp_path):
    store = Workspace.create(tmp_path / "workspace").bulk
    (tmp_path / "scratch").mkdir()
    plays = tmp_path / "plays.csv"
    plays.write_text("user,item\n")
    data = Data(("plays",), (str(plays),), {"plays.csv": plays}, (), "")
    return Runner(data, tmp_path / "scratch", 60.0, 10, store)


def test_a_run_is_a_job_for_another_process_whose_large_files_are_kept_here(runner):
    program = b"print(open('plays.csv').read())\nopen('large.txt', 'w').write('x' * 100)\n"
    runner.bulk.repository.head("refs/heads/main")  # what GitPython keeps of it doesn't travel
    lost = []
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        outputs, execution = Dispatch(runner, executor, lost.append).run("0001", {"solution.py": program})
    assert (execution.status, outputs["log.txt"], lost) == ("ok", b"user,item\n\n", [])
    assert b"x" * 100 in [path.read_bytes() for path in runner.bulk.folder.iterdir()]


class Vanishing(ThreadPoolExecutor):
    """Workers that are lost, the first so many times."""

    times = 2

    def submit(self, *job, **options):
        if self.times:
            self.times -= 1
            raise WorkerLost("the machine went away")
        return super().submit(*job, **options)


def test_a_worker_that_is_lost_twice_is_what_happened_to_the_program(runner):
    lost = []
    with Vanishing(1) as executor:
        outputs, execution = Dispatch(runner, executor, lost.append).run("0001", {"solution.py": b"pass"})
        assert Dispatch(runner, executor, lost.append).run("0001", {"solution.py": b"pass"})[1].status == "ok"
    assert lost == ["the machine went away"]
    assert (execution.status, execution.exit) == ("crashed", None)
    assert execution.error == "the worker that ran it was lost twice: the machine went away"
    assert execution.error in outputs["log.txt"].decode()


@pytest.fixture(params=["bubblewrap", "landlock", "none"])
def level(request):
    if reason := sandbox.hindrances().get(request.param):
        pytest.skip(f"{request.param}: {reason}")
    return request.param


def test_a_process_that_is_killed_from_outside_is_lost(level, tmp_path):
    command = [sandbox.python(), "-c", "import time; time.sleep(60)", str(tmp_path)]

    def kill():
        os.kill(outermost(str(tmp_path)), signal.SIGKILL)

    threading.Timer(0.5, kill).start()
    with pytest.raises(WorkerLost, match="killed from outside"):
        sandbox.run(command, tmp_path, tmp_path / "log", timeout=30, variables={}, level=level)
    assert with_argument(str(tmp_path)) == []


@pytest.mark.parametrize("level", ["bubblewrap", "landlock"], indirect=True)
def test_a_program_that_kills_itself_is_not(level, tmp_path):
    command = [sandbox.python(), "-c", "import os; os.kill(os.getpid(), 9)"]
    outcome = sandbox.run(command, tmp_path, tmp_path / "log", timeout=30, variables={}, level=level)
    assert (outcome.exit, outcome.excess) == (-9, None)


def test_cores_and_memory_are_shared_out(runner):
    def of(**settings):
        return Runner.of(Settings(**settings), runner.data, runner.scratch, runner.bulk, "none", sandbox.python())

    assert of(workers=4).bounds.memory == sandbox.machine_memory() // 4
    assert of(workers=4, memory=10**9).bounds.memory == 10**9
    assert of(workers=10_000).threads == 1 and of().threads == sandbox.cores()


def test_records_and_exchanges_of_many_threads_are_all_there(tmp_path):
    workspace = Workspace.create(tmp_path / "workspace")
    exchanges = workspace.exchanges("run")
    main = workspace.repository.head("refs/heads/main")
    commits = [
        workspace.repository.run("commit-tree", f"{main}^{{tree}}", "-m", f"{n}", input=b"").decode().strip()
        for n in range(24)
    ]

    def write(number):
        workspace.record("run", replace(node(number), commit=commits[number]), None)
        exchanges.put(f"{number}", f"answer {number}")

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(write, range(24)))
    noted = workspace.repository.run("notes", "--ref=autoreclab", "list").decode().splitlines()
    assert {line.split()[1] for line in noted} == set(commits)
    assert workspace.exchanges("run").all() == {f"{n}": f"answer {n}" for n in range(24)}


def test_every_step_under_way_has_its_line():
    display = Display(Console(force_terminal=True, file=io.StringIO()))
    one, two = node(1, ran=False), node(2, ran=False)
    told = (
        events.Running(one, Path("a"), 1.0), events.Proposing(3, Action("draft")), events.Running(two, Path("b"), 1.0),
        events.Lost(two, "gone"), events.Ran(node(1)), events.Proposing(4, Action("draft")),
    )  # fmt: skip
    for event in told:
        display(event)
    lines = [task.description for task in display.live.tasks]
    assert lines == ["0003  draft: asking for a program", "0002  running", "0004  draft: asking for a program"]
