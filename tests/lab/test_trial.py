"""Trials: conditions in order, saved once, whole or not at all."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from autoreclab import lab


@pytest.fixture
def results(simulated):
    split = lab.split(simulated, "leave-one-out", seed=1)
    return lab.recommend(lab.train("Random", split), split)


def test_the_last_factor_varies_fastest():
    assert [trial.factors for trial in lab.trials(a=["x", "y"], seed=range(2))] == [
        {"a": "x", "seed": 0}, {"a": "x", "seed": 1}, {"a": "y", "seed": 0}, {"a": "y", "seed": 1},
    ]  # fmt: skip


def test_factors_are_attributes():
    trial = next(lab.trials(algorithm=["EASE"], rate=np.array([0.5])))
    assert (trial.algorithm, trial.rate, type(trial.rate)) == ("EASE", 0.5, float)
    with pytest.raises(AttributeError, match="no factor 'seed', only algorithm, rate"):
        _ = trial.seed


def test_a_recorded_trial_is_not_run_again(results, capsys):
    for trial in lab.trials(seed=[1, 2]):
        if trial.seed == 1:
            assert set(trial.record(results, metrics=["ndcg", "hit"], k=[5, 10])) == {
                "ndcg@5", "hit@5", "ndcg@10", "hit@10",
            }  # fmt: skip
    assert [trial.seed for trial in lab.trials(seed=[1, 2])] == [2]
    assert capsys.readouterr().out.count("\n") == 2


def test_levels_that_look_alike_are_different_trials(results):
    levels = [1, "1", True, 1.5, "1/5", "1 5", None, "x" * 300, "../up"]
    for trial in lab.trials(level=levels):
        trial.record(results, metrics="hit", k=1)
    assert len(os.listdir("trials")) == 2 * len(levels)
    assert not list(lab.trials(level=levels))
    assert lab.finish()["level"].map(repr).tolist() == [repr(level) for level in levels]


def test_what_is_saved_tells_everything(results):
    trial = next(lab.trials(seed=[3]))
    trial.record(results, metrics=["ndcg"], k=10)
    trial.value("epochs run", 7)
    (path,) = (name for name in os.listdir("trials") if name.endswith(".json"))
    with open(f"trials/{path}", encoding="utf-8") as file:
        saved = json.load(file)
    (result,) = saved["results"]
    assert saved["factors"] == {"seed": 3}
    assert saved["values"] == {"epochs run": 7}
    assert [step["step"] for step in result["recipe"]] == ["load", "implicit", "core", "split"]
    assert (result["scoring"], result["algorithm"]) == ("function", "Random")
    assert result["n_users"] == results.frame["user"].nunique()
    assert {"python", "lenskit", "numpy", "pandas"} <= saved["versions"].keys()
    assert pd.read_parquet(f"trials/{result['table']}").equals(results.frame)


def test_a_trial_that_fails_leaves_nothing_that_counts(results):
    with pytest.raises(ValueError, match="k are whole numbers"):
        next(lab.trials(seed=[1])).record(results, metrics=["ndcg"], k=[99])
    assert len(list(lab.trials(seed=[1]))) == 1


def test_a_killed_program_goes_on_where_it_was(folder):
    program = folder / "program.py"
    program.write_text(
        "import os\nfrom autoreclab import lab\n"
        "lab.arguments('Killed')\n"
        "split = lab.split(lab.implicit(lab.load('simulated'), above=3), 'leave-one-out', seed=1)\n"
        "for trial in lab.trials(seed=range(3)):\n"
        "    if trial.seed == 2 and not os.path.exists('second'):\n"
        "        open('second', 'w').close()\n"
        "        os.kill(os.getpid(), 9)\n"
        "    trial.record(lab.recommend(lab.train('Random', split, seed=trial.seed), split), 'hit', 10)\n"
        "lab.finish()\n"
    )
    command = [sys.executable, "-W", "error", str(program)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -9
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == ["seed=0: saved before", "seed=1: saved before"]
    assert pd.read_csv("results.csv")["seed"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["dataset", "metric", "record", "n", "_x"])
def test_a_factor_cannot_have_a_name_with_a_meaning(name):
    with pytest.raises(ValueError, match="can't be called"):
        next(lab.trials(**{name: [1]}))


@pytest.mark.parametrize("levels", ["EASE", 3, [float("nan")], [[1, 2]], [float("inf")]])
def test_levels_are_a_list_of_plain_values(levels):
    with pytest.raises(TypeError, match=r"lab\.trials"):
        next(lab.trials(a=levels))


def test_a_value_must_be_a_finite_number():
    with pytest.raises(ValueError, match="finite"):
        lab.value("share", float("nan"))
    with pytest.raises(TypeError, match=r"lab\.recommend or lab\.predict"):
        next(lab.trials(a=[1])).record({"ndcg": 1}, metrics=["ndcg"])
