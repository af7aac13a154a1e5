"""A whole experiment from the command line, the way a person runs it."""

import subprocess
import sys

import pandas as pd
import pytest

from .conftest import DATA

PROGRAM = '''"""Compare two algorithms."""
from autoreclab import lab

args = lab.arguments(__doc__)
data = lab.core(lab.implicit(lab.load("mine"), above=3), 5)
for trial in lab.trials(algorithm=["ImplicitMF", "Popular"]):
    split = lab.split(data, "leave-one-out", seed=42)
    model = lab.train(trial.algorithm, split, seed=1)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
lab.finish()
'''


def run(*options, program=PROGRAM):
    command = [sys.executable, "-c", program, *map(str, options)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.fixture
def mine(folder):
    from autoreclab import lab

    (folder / "data").mkdir()
    lab.load("simulated").interactions.to_csv(folder / "data" / "mine.tsv", sep="\t", index=False)
    return folder / "data"


def test_it_finds_its_data_and_writes_where_it_is_told(folder, mine):
    done = run("--data", mine, "--out", "results")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("algorithm=ImplicitMF: ndcg@10 0.")
    assert lines[-1] == f"4 rows in {folder / 'results' / 'results.csv'}, 4 of them recomputed"
    assert len(lines) == 3
    assert set(pd.read_csv(folder / "results" / "results.csv")["dataset"]) == {"mine"}
    assert sorted(path.name for path in folder.iterdir()) == ["data", "results"]


def test_help_says_what_it_does():
    done = run("--help")
    assert done.returncode == 0
    assert "Compare two algorithms." in done.stdout
    assert "--data PATH" in done.stdout


def test_a_place_that_does_not_exist_is_wrong_usage():
    done = run("--data", "nowhere")
    assert done.returncode == 2
    assert "nowhere does not exist" in done.stderr


@pytest.mark.skipif(not DATA, reason="AUTORECLAB_TEST_DATA names no folder with ml-100k")
def test_on_movielens(folder):
    done = run("--data", DATA, program=PROGRAM.replace("mine", "ml-100k"))
    assert (done.returncode, done.stderr) == (0, "")
    values = pd.read_csv("results.csv").set_index(["algorithm", "metric"])["value"]
    assert values["Popular", "recall@10"] == pytest.approx(0.126, abs=0.015)
