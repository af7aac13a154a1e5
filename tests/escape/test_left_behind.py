"""What a program leaves in its folder for the harness, which reads it without walls around itself."""

import dataclasses
import os

import pytest

from autoreclab import view
from autoreclab.data import Data
from autoreclab.running import Runner
from autoreclab.sandbox import Bounds
from autoreclab.tree import Tree
from autoreclab.workspace import Workspace
from tests.trees import node

UNBOUNDED = Bounds()
SECRET = "a-secret-that-nobody-may-read"


@pytest.fixture
def outside(tmp_path):
    """A folder that the harness could read and write."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "results.csv").write_text(SECRET)
    return outside


@pytest.fixture
def attempt(tmp_path):
    """Run a program and hand its results to the harness; the outputs, and what happened."""
    store = Workspace.create(tmp_path / "workspace").bulk
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def attempt(program, bounds=UNBOUNDED):
        runner = Runner(Data((), (), {}, (), ""), scratch, 60.0, 1_000_000, store, bounds)
        return runner.run("0001", {"solution.py": program.encode()})

    return attempt


@pytest.mark.parametrize("name", ["results.csv", "trials", "figures", "summary.csv", "metadata.json", ".home/x"])
def test_links_out_of_the_folder_are_neither_followed_nor_kept(attempt, outside, name):
    to_a_file = name.endswith((".csv", ".json"))
    target = outside / "results.csv" if to_a_file else outside
    outputs, execution = attempt(f"import os\nos.symlink({str(target)!r}, {name!r})")
    assert execution.status == "ok", outputs["log.txt"]
    assert SECRET.encode() not in b"".join(outputs.values())
    assert os.listdir(outside) == ["results.csv"] and (outside / "results.csv").read_text() == SECRET


BOMB = """
import json, os, time
import pyarrow, pyarrow.parquet
from autoreclab import lab
split = lab.split(lab.load("simulated"), "holdout", seed=1)
result = dict(
    kind="recommendations", table="bomb.parquet", dataset="simulated", filters="", split=split.label, part="test",
    recipe=split.recipe, sha256=split.training.sha256, fingerprint=split.fingerprint, n_users=1, metrics=["ndcg"],
    k=[10], algorithm="Bomb", seed=1, settings={}, scoring="", seconds=1.0, values={},
)
os.mkdir("trials")
with open("trials/bomb.json", "w") as file:
    json.dump(dict(factors={"seed": 1}, recorded=time.time(), versions={}, results=[result]), file)
words = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 1_000_000, "int32"), ["x" * 20_000])
numbers = pyarrow.array(range(1_000_000))
table = pyarrow.table({"user": words, "item": numbers, "rank": numbers})
pyarrow.parquet.write_table(table, "trials/bomb.parquet", use_dictionary=["user"], store_schema=False)
print(os.path.getsize("trials/bomb.parquet"))
"""


def test_a_table_that_unfolds_to_gigabytes_is_named_and_the_next_one_runs(attempt):
    outputs, execution = attempt(BOMB, Bounds(memory=1_000_000_000))
    assert execution.status == "ok" and int(outputs["log.txt"]) < 10_000_000, outputs["log.txt"]
    (problem,) = execution.problems
    assert problem.name == "ledger" and "killed memory over 1.0 GB" in problem.sentence
    assert attempt("print('next')")[1].problems == ()


def test_a_pipe_in_the_place_of_a_trial_makes_nobody_wait(attempt):
    _, execution = attempt("import os\nos.mkdir('trials')\nos.mkfifo('trials/seed=1.json')\nos.mkfifo('results.csv')")
    assert execution.status == "ok" and execution.seconds < 30


def test_what_was_made_unreadable_is_read_all_the_same(attempt):
    hide = "os.chmod('a/b.txt', 0)\nos.chmod('a', 0)"
    outputs, _ = attempt(f"import os\nos.mkdir('a')\nopen('a/b.txt', 'w').write('b')\n{hide}")
    assert outputs["a/b.txt"] == b"b"


def test_a_terminal_shows_what_a_program_said_without_its_escapes(attempt):
    outputs, execution = attempt("raise SystemExit('\\x1b]0;owned\\x07\\x1b[2J all is well')")
    assert b"\x1b" in outputs["log.txt"] and "all is well" in execution.error
    ran = dataclasses.replace(node(1), execution=execution)
    shown = "\n".join(view.node_lines(Tree("seeds", "root", nodes=(ran,)), ran))
    assert "all is well" in shown and "\x1b" not in shown
