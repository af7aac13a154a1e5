"""A program's run, apart from any search."""

import pytest

from autoreclab.data import Data
from autoreclab.running import Runner
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
