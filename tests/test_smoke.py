"""Runs on a sample: what lab makes of a study then, which crash counts, and when it is tried at all."""

import dataclasses

import pytest

from autoreclab import data, smoke, task
from autoreclab.lab import evaluation, owned, trials
from autoreclab.lab.places import PLACES
from autoreclab.lab.smoke import USERS, VARIABLE
from autoreclab.nodes import Execution
from autoreclab.running import Runner
from autoreclab.tree import Tree
from autoreclab.workspace import Workspace
from tests.trees import node

PROGRAM = """
from autoreclab import lab

def popular(training, seed):
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()

lab.arguments()
data = lab.load("simulated", n_users=300, n_items=60, n_interactions=6000, seed=1)
split = lab.split(lab.core(data, 5), "holdout", seed=1)
print(data.n_users, "users")
for trial in lab.trials(algorithm=["A", "B"], seed=[0, 1]):
    if trial.algorithm == "B":
        {last}
    trial.record(lab.recommend(lab.train(popular, split, seed=trial.seed), split), metrics="ndcg", k=10)
lab.finish()
"""
EVALUATION = "evaluation: {dataset: simulated, split: holdout, metrics: [ndcg], cutoffs: [10]}"


@pytest.fixture
def runner(tmp_path):
    found = data.find(["simulated"], task.Task("t", "T", ""))
    (tmp_path / "scratch").mkdir()
    store = Workspace.create(tmp_path / "workspace").bulk
    return Runner(found, tmp_path / "scratch", 120.0, 1_000_000, store, smoke=True)


def run(runner, last):
    outputs, execution = runner.run("0001", {"solution.py": PROGRAM.replace("{last}", last).encode()})
    return outputs, outputs["log.txt"].decode(), execution


def test_a_crash_on_a_sample_is_the_nodes_and_spares_the_whole_run(runner):
    outputs, log, execution = run(runner, "lab.evalute(split)")
    assert (execution.status, execution.exit, execution.rows) == ("crashed", 1, 0) and list(outputs) == ["log.txt"]
    assert execution.error == (
        "AttributeError: module 'autoreclab.lab' has no attribute 'evalute'. Did you mean: 'evaluate'? "
        "(on a sample, before the whole run)"
    )
    assert f"{USERS} users" in log and log.startswith("This was a run on a sample") and "seed=1" not in log
    assert list(runner.scratch.glob("[!.]*/")) == []


def test_a_crash_that_the_sample_may_have_caused_does_not_count(runner):
    _, log, execution = run(runner, "assert data.n_users == 300")
    assert (execution.status, execution.rows, execution.recomputed) == ("ok", 4, 4), log
    assert "300 users" in log and f"{USERS} users" not in log


def test_a_program_without_trials_is_not_run_twice(runner):
    program = {"solution.py": b"import os\nprint('began', os.environ.get('AUTORECLAB_SMOKE'))\nundefined\n"}
    outputs, execution = runner.run("0001", program)
    assert execution.error == "NameError: name 'undefined' is not defined"
    assert outputs["log.txt"].startswith(b"began None\n")


@pytest.mark.parametrize(
    ("last", "counts"),
    [
        ("TypeError: split() got an unexpected keyword argument 'seeds'", True),
        ("ValueError: lab.train: unknown algorithm 'ALS'", True),
        ("AttributeError: 'NoneType' object has no attribute 'iloc'", False),
        ("autoreclab.errors.DataError: simulated: the filter '50-core' leaves no interaction.", False),
        ("KeyError: 405", False),
        ("ValueError: max() arg is an empty sequence", False),
    ],
)
def test_only_a_crash_that_no_sample_causes_counts(last, counts):
    assert smoke.sure(last) is counts


def test_it_pays_where_an_execution_may_take_long():
    ran = [dataclasses.replace(node(n), execution=Execution("ok", 0, n * 500.0, 1.0)) for n in (1, 2)]
    crashed = dataclasses.replace(node(3), execution=Execution("crashed", 1, 2.0, 1.0))
    trees = [Tree("run", "root", nodes=nodes) for nodes in ((), (crashed,), tuple(ran[:1]), (*ran, crashed))]
    assert [smoke.pays(tree, 3600.0) for tree in trees] == [True, True, False, True]
    assert not any(smoke.pays(tree, 120.0) for tree in trees)


def test_conditions_have_each_level_once_and_of_replicates_the_first(monkeypatch, tmp_path):
    monkeypatch.setattr(PLACES, "out", tmp_path)
    monkeypatch.setenv(VARIABLE, "1")
    found = [
        tuple(trial.factors.values()) for trial in trials(algorithm=["A", "B", "C"], k=[5, 10], split_seed=range(9))
    ]
    assert found == [("A", 5, 0), ("B", 10, 0), ("C", 5, 0)]
    assert list(trials(algorithm=[], k=[5])) == []
    assert len([*trials(seed=range(9))]) == 1 and len([*trials()]) == 1


def test_a_task_that_owns_its_evaluation_hands_out_a_sample(monkeypatch, tmp_path):
    found = data.find([], task.parse(f"---\n{EVALUATION}\n---\n# T\n\nHow?\n", "task.md"))
    found.place(tmp_path)
    monkeypatch.chdir(tmp_path)
    whole = evaluation()
    monkeypatch.setenv(VARIABLE, "1")
    owned._read.cache_clear()
    few = evaluation()
    owned._read.cache_clear()
    assert whole.training.n_users > few.training.n_users == USERS
    assert set(few.test["user"]) == set(few.training.interactions["user"]) & set(whole.test["user"])
    assert few.hidden and few.training.recipe == whole.training.recipe
