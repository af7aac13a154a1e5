"""A program's run, apart from any search."""

import dataclasses

import pytest

from autoreclab import sandbox
from autoreclab.data import Data
from autoreclab.running import Runner, best_means
from autoreclab.sandbox import Bounds
from autoreclab.workspace import Workspace

PROGRAM = b"print(open('plays.csv').read(), open('helper/names.txt').read())\nopen('out.txt', 'w').write('done')\n"


@pytest.fixture
def runner(tmp_path):
    plays = tmp_path / "plays.csv"
    plays.write_text("user,item\n")
    data = Data(("plays",), (str(plays),), {"plays.csv": plays}, (), "")
    scratch = tmp_path / "scratch"
    return Runner(data, scratch, 60.0, 1_000_000, Workspace.create(tmp_path / "workspace").bulk)


def test_a_program_finds_its_files_and_the_data_and_leaves_its_results(runner):
    runner.scratch.mkdir()
    outputs, execution = runner.run("0001", {"solution.py": PROGRAM, "helper/names.txt": b"names"})
    assert (execution.status, execution.rows) == ("ok", 0), outputs["log.txt"]
    assert outputs["log.txt"] == b"user,item\n names\n" and outputs["out.txt"] == b"done"
    assert "plays.csv" not in outputs and "helper/names.txt" not in outputs
    assert not runner.folder("0001").exists()


def test_files_in_the_place_of_the_data_or_of_the_home_are_left_out(runner):
    runner.scratch.mkdir()
    hostile = {".home": b"x", "plays.csv/x": b"x", "helper/names.txt": b"names", "solution.py": PROGRAM}
    outputs, execution = runner.run("0001", hostile)
    assert execution.status == "ok", outputs["log.txt"]


ANSWERS = b"""
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--out")
parser.parse_args()
open("out.txt", "a").write("ran")
"""


SAYS = b"import sys; print('--data --out'); sys.exit(len(sys.argv) - 1)"


@pytest.mark.parametrize(
    ("program", "answers"),
    [(ANSWERS, True), (ANSWERS.replace(b"--out", b"--output"), False), (SAYS, False)],
    ids=["as lab does", "another option", "it fails"],
)
def test_a_command_line_is_tried_only_where_it_is_asked_for_and_changes_no_result(runner, program, answers):
    runner.scratch.mkdir()
    outputs, execution = runner.run("0001", {"solution.py": program}, command_line=True)
    assert execution.command_line is answers, outputs["log.txt"]
    assert outputs.get("out.txt", b"ran") == b"ran"
    assert runner.run("0001", {"solution.py": program})[1].command_line is None


def test_the_command_line_of_a_program_that_crashed_is_not_tried(runner):
    runner.scratch.mkdir()
    _, execution = runner.run("0001", {"solution.py": b"1 / 0\n"}, command_line=True)
    assert (execution.status, execution.command_line) == ("crashed", None)


def test_a_metric_over_several_datasets_is_the_mean_of_each_ones_best():
    rows = [("a", "EASE", 0.2), ("a", "ItemKNN", 0.4), ("b", "EASE", 0.6), ("b", "Popular", 0.9)]
    lines = [f"{dataset},{algorithm},test,ndcg@10,{mean},recomputed" for dataset, algorithm, mean in rows]
    summary = "\n".join(["dataset,algorithm,part,metric,mean,source", *lines])
    assert best_means(summary) == {"ndcg@10": 0.5}


def test_a_bound_is_named_in_what_happened_and_keeps_what_was_printed(runner):
    runner.scratch.mkdir()
    bounded = dataclasses.replace(runner, bounds=Bounds(memory=100_000_000))
    hungry = b"import time\nprint('began', flush=True)\nkept = b'x' * 200_000_000\ntime.sleep(20)\n"
    outputs, execution = bounded.run("0001", {"solution.py": hungry})
    assert (execution.status, execution.exit, execution.limit) == ("crashed", None, "memory")
    assert execution.error == "killed: memory over 100.0 MB" and outputs["log.txt"] == b"began\n"
    assert execution.sandbox == sandbox.strongest()
    assert runner.run("0002", {"solution.py": b"print('next')"})[1].status == "ok"
