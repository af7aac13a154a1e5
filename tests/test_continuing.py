"""A program that needs several time limits: each goes on where the last one was killed, and no model is asked."""

import itertools
import json
import shutil
import time

import pytest

from autoreclab.bulk import LeftOut, written
from autoreclab.data import Data
from autoreclab.inheritance import finished_trials
from autoreclab.running import Runner
from autoreclab.workspace import Workspace
from tests import researcher
from tests.commands import autoreclab, begun, git, shape
from tests.scripted_server import ScriptedServer

LIMIT_S = 2
TASK = f"---\ndata: simulated\ntimeout: {LIMIT_S}s\nmodel: m\ndrafts: 1\niterations: 2\n---\n# Slow\n\nHow slow?\n"
PLAN = {
    "summary": "Five slow seeds.",
    "requirements": [{"text": "The docstring names the question.", "check": None}],
    "design": {"datasets": ["simulated"], "factors": [{"name": "seed", "levels": [0, 1, 2, 3, 4]}], "metrics": ["m"]},
}
PROGRAM = f'''\
"""How slow? Two seeds are done at once; then a pause that outlasts the time limit. Without lab it starts fast."""
import json, os, pathlib, time

pathlib.Path("trials").mkdir(exist_ok=True)
left = [seed for seed in range(5) if not pathlib.Path(f"trials/seed={{seed}}.json").exists()]
print("left", *left, flush=True)
for place, seed in enumerate(left):
    if place in (2, 4):
        time.sleep({LIMIT_S + 0.2})
    saved = {{"factors": {{"seed": seed}}, "recorded": time.time(), "versions": {{}}, "values": {{"m": seed / 10}}}}
    pathlib.Path("trials/.part").write_text(json.dumps(saved))
    os.replace("trials/.part", f"trials/seed={{seed}}.json")
'''


def answer(body):
    """A plan, that program whatever is asked for, and a reviewer's and a reader's words."""
    text = body["messages"][0]["content"]
    if text.startswith("You plan"):
        return PLAN
    found = researcher.answer(body)
    return researcher.proposal("five seeds", PROGRAM) if "files" in found else found


def variables(server):
    return {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}


def log(place, node):
    return autoreclab("show", node, "--log", cwd=place).stdout


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A run in which one program needs three time limits, what it printed, and what the model was asked."""
    place = tmp_path_factory.mktemp("slow")
    (place / "slow.md").write_text(TASK)
    with ScriptedServer(answer) as server:
        done = autoreclab("start", "slow.md", cwd=place, variables=variables(server))
        assert done.returncode in (0, 4), done.stdout + done.stderr
        asked = [request["messages"][0]["content"].split()[1] for request in server.requests]
        return place, done.stdout, asked


def test_what_one_limit_does_not_hold_is_finished_in_several_nodes_of_the_same_files(slow):
    place, printed, asked = slow
    nodes = shape(place, "slow")
    assert [(node["operator"], node["status"], node["execution"]["rows"]) for node in nodes] == [
        ("draft", "timeout", 2), ("continue", "timeout", 4), ("continue", "ok", 5)
    ]  # fmt: skip
    assert [node["parents"] for node in nodes] == [[], ["0001"], ["0002"]]
    assert [log(place, f"slow/{n}") for n in (1, 2, 3)] == ["left 0 1 2 3 4\n", "left 2 3 4\n", "left 4\n"]
    assert asked.count("write") == 1 and not {"repair", "improve"} & set(asked)
    assert "0002  continue: five seeds\n" in printed
    assert "3 nodes were tried, 2 continued after the time limit, 0 failed." in autoreclab("report", cwd=place).stdout


def test_a_continuation_is_an_empty_commit_that_says_what_it_does(slow):
    place, _, _ = slow
    workspace = place / "workspace"
    assert git(workspace, "diff", "--stat", "slow/0001", "slow/0003") == ""
    assert git(workspace, "show", "-s", "--format=%B", "slow/0002") == (
        "continue: five seeds\n\n"
        "Run the program of 0001 on: it reached its time limit with 2 rows in the ledger; the design has 5 values. "
        "The trials that it finished are inherited, the others are run, with the whole time limit anew.\n\n"
        "Operator: continue\nNumber: 2\nModel-Calls: 0\nInput-Tokens: 0\nOutput-Tokens: 0\n\n"
    )
    assert git(workspace, "fsck", "--strict") == ""


def test_a_rerun_of_it_runs_everything_in_all_the_time_that_it_had(slow, tmp_path):
    place = shutil.copytree(slow[0], tmp_path / "copy")
    done = autoreclab("rerun", "slow/3", "--json", cwd=place)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["counts"]["equal"] == 5 and found["now"]["seconds"] > 2 * LIMIT_S


def test_a_replay_continues_alike_without_a_model(slow, tmp_path):
    place = shutil.copytree(slow[0], tmp_path / "copy")
    with ScriptedServer() as network:
        done = autoreclab("start", "slow.md", "--model", "replay:slow", cwd=place, variables=variables(network))
        assert network.requests == []
    assert done.returncode in (0, 4), done.stdout + done.stderr
    assert shape(place, "slow-2") == shape(place, "slow")


def test_killed_around_a_continuation_it_resumes_into_the_same_search(slow, tmp_path):
    (tmp_path / "slow.md").write_text(TASK)
    with ScriptedServer(answer) as server:
        for command, event, nth, delay in ((["start", "slow.md"], "proposed", 2, 0.0), (["resume"], "running", 1, 1.0)):
            process = begun(*command, "--json", cwd=tmp_path, variables=variables(server))
            events = (json.loads(line)["event"] for line in process.stdout)
            assert len(list(itertools.islice((each for each in events if each == event), nth))) == nth
            time.sleep(delay)
            process.kill()
            process.communicate()
        resumed = autoreclab("resume", cwd=tmp_path, variables=variables(server))
    assert resumed.returncode in (0, 4), resumed.stdout + resumed.stderr
    assert shape(tmp_path, "slow") == shape(slow[0], "slow")


def test_a_program_that_gets_no_further_is_debugged(tmp_path):
    """Its third seed hangs: the first limit brings two rows, the second none."""
    (tmp_path / "slow.md").write_text(TASK)
    hangs, quick = (PROGRAM.replace("place in (2, 4)", test) for test in ("seed == 2", "False"))

    def stubborn(body):
        found = answer(body)
        repaired = researcher.REPAIR in body["messages"][0]["content"]
        return researcher.proposal("slow", quick if repaired else hangs) if "files" in found else found

    with ScriptedServer(stubborn) as server:
        autoreclab("start", "slow.md", cwd=tmp_path, variables=variables(server))
    nodes = shape(tmp_path, "slow")
    assert [(node["operator"], node["execution"]["rows"]) for node in nodes] == [
        ("draft", 2), ("continue", 2), ("debug", 5)
    ]  # fmt: skip
    assert log(tmp_path, "slow/3") == "left 0 1 2 3 4\n", "another program inherits nothing"


def test_recommendations_that_lie_in_the_bulk_store_are_inherited_and_recomputed(tmp_path):
    """Its first limit holds all seeds and no popularity; git keeps no byte of what it saved. The next is longer."""
    (tmp_path / "slow.md").write_text(TASK.replace(f"{LIMIT_S}s", "6s"))
    program = researcher.PROGRAM.format(noise=0.5, seeds=[0, 1])
    program = program.replace(
        "import numpy", 'import os\nimport time\n\nLATER = os.path.exists("trials")\nimport numpy'
    )
    popular = '    for trial in lab.trials(algorithm=["Popular"])'
    program = program.replace(popular, f"    time.sleep(0 if LATER else 60)\n{popular}")

    def noisy(body):
        found = answer(body)
        return researcher.proposal("noisy", program) if "files" in found else found

    with ScriptedServer(noisy) as server:
        options = {
            "start": ["slow.md", "--keep", "1B", "--iterations", "0"],
            "resume": ["--iterations", "1", "--timeout", "2m"],
        }
        for command, given in options.items():
            autoreclab(command, *given, cwd=tmp_path, variables=variables(server))
    first, second = (node["execution"] for node in shape(tmp_path, "slow"))
    assert (first["status"], first["rows"], first["recomputed"]) == ("timeout", 4, 4)
    assert (second["status"], second["rows"], second["recomputed"]) == ("ok", 6, 6), log(tmp_path, "slow/2")
    assert second["problems"] == []
    assert log(tmp_path, "slow/2").count("saved before") == 2


@pytest.fixture
def store(tmp_path):
    return Workspace.create(tmp_path / "workspace").bulk


def saved(*tables):
    """A trial's JSON file that names these tables."""
    result = {
        "kind": "recommendations", "dataset": "d", "filters": "", "split": "s", "part": "test", "recipe": None,
        "sha256": "", "fingerprint": "", "n_users": 1, "metrics": ["ndcg"], "k": [1], "algorithm": "a", "seed": 1,
        "settings": {}, "scoring": "", "seconds": 1.0, "values": {},
    }  # fmt: skip
    results = [result | {"table": table} for table in tables]
    return json.dumps({"factors": {"seed": 1}, "recorded": 1.0, "versions": {}, "results": results}).encode()


def test_whole_trials_are_inherited_and_nothing_else(store):
    whole = {"trials/a-1.json": saved("a-1.parquet"), "trials/a-1.parquet": b"PAR1", "trials/b-2.json": saved()}
    others = {
        "trials/half-3.json": saved("half-3.parquet", "half-3-2.parquet"), "trials/half-3.parquet": b"PAR1",
        "trials/orphan.parquet": b"PAR1", "trials/torn.json": b"{", "trials/.hidden.json": saved(),
        "trials/notes.txt": b"x", "trials/deep/c.json": saved(), "model.bin": b"x", "c.json": saved(),
        "results.csv": b"seed,value\n", "solution.py": b"x", "log.txt": b"x",
    }  # fmt: skip
    assert finished_trials(whole | others, store) == whole


def test_what_lies_in_the_store_is_inherited_and_what_lies_in_anothers_is_run_again(store, tmp_path):
    (tmp_path / "table").write_bytes(b"PAR1")
    (tmp_path / "json").write_bytes(saved("a.parquet"))
    here = [store.put(tmp_path / "table", "trials/a.parquet"), store.put(tmp_path / "json", "trials/a.json")]
    elsewhere = LeftOut(4, "0" * 64, "trials/b.parquet")
    listed = written([*here, elsewhere, store.put(tmp_path / "table", "model.bin")])
    found = finished_trials({"trials/b.json": saved("b.parquet"), **listed}, store)
    assert {path: place.read_bytes() for path, place in found.items()} == {
        "trials/a.parquet": b"PAR1", "trials/a.json": saved("a.parquet")
    }  # fmt: skip


def runner(tmp_path, store):
    (tmp_path / "scratch").mkdir()
    return Runner(Data((), (), {}, (), ""), tmp_path / "scratch", 60.0, 1_000_000, store)


SHOW = b"import pathlib\nprint(*sorted(str(path) for path in pathlib.Path().rglob('*') if path.is_file()))\n"
BEFORE = {"trials/a.json": saved(), "trials/b.json": saved(), "model.bin": b"x", "results.csv": b"x"}


def test_a_program_finds_the_finished_trials_and_leaves_them_with_its_own(tmp_path, store):
    outputs, execution = runner(tmp_path, store).run("0002", {"solution.py": SHOW}, BEFORE)
    assert execution.status == "ok" and outputs["log.txt"] == b"solution.py trials/a.json trials/b.json\n"
    assert outputs["trials/a.json"] == saved() and "model.bin" not in outputs


@pytest.mark.parametrize("path", ["trials", "trials/a.json", "trials/a.json/b"])
def test_a_nodes_own_files_win_over_what_it_inherits(tmp_path, store, path):
    outputs, execution = runner(tmp_path, store).run("0002", {"solution.py": SHOW, path: b"mine"}, BEFORE)
    assert execution.status == "ok", outputs["log.txt"]
    assert path in outputs["log.txt"].decode().split()
    assert "trials/a.json" not in outputs
