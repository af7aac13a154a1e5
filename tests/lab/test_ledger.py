"""The ledger: recomputed from what was saved, however a program may have lied, and never a crash."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autoreclab import lab
from autoreclab.lab import ledger


@pytest.fixture
def split(simulated):
    return lab.split(simulated, "leave-one-out", seed=1)


@pytest.fixture
def study(split, capsys):
    """Two algorithms with three seeds, and one without."""
    for trial in lab.trials(algorithm=["ImplicitMF", "Random"], seed=range(3)):
        settings = {"embedding_size": 4, "epochs": 2} if trial.algorithm == "ImplicitMF" else {}
        model = lab.train(trial.algorithm, split, seed=trial.seed, **settings)
        trial.record(lab.recommend(model, split), metrics=["ndcg", "hit"], k=[5, 10])
    for trial in lab.trials(algorithm=["Popular"]):
        trial.record(lab.recommend(lab.train(trial.algorithm, split), split), metrics=["ndcg", "hit"], k=[5, 10])
    return Path("trials")


@pytest.fixture
def one(split):
    """A single trial; returns the paths of its two files."""
    next(lab.trials(seed=[0])).record(lab.recommend(lab.train("Random", split), split, n=5), metrics=["hit"], k=[5])
    return next(Path("trials").glob("*.json")), next(Path("trials").glob("*.parquet"))


def names(summary):
    return [problem.name for problem in summary.problems]


def change(path, act):
    saved = json.loads(path.read_text())
    act(saved)
    path.write_text(json.dumps(saved))


def result(**changes):
    return lambda saved: saved["results"][0].update(changes)


def test_every_value_is_recomputed(study):
    table = lab.finish()
    written = pd.read_csv("results.csv")
    assert list(written.columns) == [
        "algorithm", "seed", "dataset", "filters", "split", "part", "metric", "value", "n_users", "seconds", "source",
    ]  # fmt: skip
    assert len(table) == len(written) == 7 * 4
    assert set(written["source"]) == {"recomputed"}
    assert written["seed"].isna().sum() == 4
    assert ",0," in Path("results.csv").read_text().splitlines()[1]
    assert set(written["filters"]) == {"rating > 3, 5-core"}
    claimed = {}
    for path in study.glob("*.json"):
        saved = json.loads(path.read_text())
        for metric, number in saved["results"][0]["values"].items():
            claimed[saved["factors"]["algorithm"], saved["factors"].get("seed"), metric] = number
    for row in table.itertuples():
        assert claimed[row.algorithm, row.seed, row.metric] == row.value


def test_the_summary_is_over_replicates(study):
    table = lab.finish()
    summary = pd.read_csv("summary.csv").set_index(["algorithm", "metric"])
    assert len(summary) == 3 * 4
    values = table.query("algorithm == 'Random' and metric == 'hit@10'")["value"].astype(float)
    line = summary.loc["Random", "hit@10"]
    assert (line["n"], line["mean"], line["sd"]) == (3, pytest.approx(values.mean()), pytest.approx(values.std()))
    assert line["ci_low"] < line["mean"] < line["ci_high"]
    assert summary.loc[("Popular", "hit@10"), ["n"]].item() == 1
    assert line["boot_low"] < line["mean"] < line["boot_high"]
    assert summary.loc[("Popular", "hit@10"), ["sd", "cv", "ci_low", "ci_high", "boot_low", "boot_high"]].isna().all()


def test_algorithms_are_compared_over_replicates_or_else_over_users(study):
    table = lab.finish()
    found = pd.read_csv("comparisons.csv")
    pairs = [("ImplicitMF", "Random", "replicates", 3)]
    pairs += [(name, "Popular", "users", table["n_users"].iloc[0]) for name in ("ImplicitMF", "Random")]
    columns = ["algorithm_a", "algorithm_b", "paired_over", "n"]
    assert list(found.groupby("metric")[columns].apply(lambda rows: [*rows.itertuples(index=False, name=None)])) == (
        [pairs] * 4
    )
    means = pd.read_csv("summary.csv").set_index(["algorithm", "metric"])["mean"]
    for row in found.itertuples():
        assert row.mean_a == pytest.approx(means[row.algorithm_a, row.metric])
        assert row.difference == pytest.approx(row.mean_a - means[row.algorithm_b, row.metric])
    assert set(found["source"]) == {"recomputed"}


def test_metrics_of_all_lists_are_recomputed_and_have_no_values_of_users(split):
    names = ["ndcg", "coverage", "gini", "novelty"]
    for trial in lab.trials(algorithm=["Random", "Popular"]):
        trial.record(lab.recommend(lab.train(trial.algorithm, split), split), names, [5, 10])
    table = lab.finish()
    assert table["metric"].tolist() == [f"{name}@{k}" for k in (5, 10) for name in names] * 2
    assert set(table["source"]) == {"recomputed"}
    assert set(table["n_users"]) == {split.test["user"].nunique()}
    assert set(pd.read_parquet("per_user.parquet")["metric"]) == {"ndcg@5", "novelty@5", "ndcg@10", "novelty@10"}
    value = dict(zip(table["metric"] + " of " + table["algorithm"], table["value"], strict=True))
    assert value["coverage@10 of Random"] > 3 * value["coverage@10 of Popular"]
    assert value["gini@10 of Popular"] > 2 * value["gini@10 of Random"]


def test_graded_ndcg_is_recomputed_where_there_are_ratings_and_refused_where_there_are_none(folder, one):
    split = lab.split(lab.load("simulated"), "holdout", seed=1)
    next(lab.trials(seed=[3])).record(lab.recommend(lab.train("Popular", split), split), ["graded-ndcg"], [10])
    assert ledger.write(folder).problems == ()
    change(one[0], result(metrics=["graded-ndcg"], values={"graded-ndcg@5": 0.5}))
    summary = ledger.write(folder)
    assert names(summary) == ["incomplete"]
    assert summary.ledger["source"].tolist() == ["program", "recomputed"]


def test_users_values_average_to_the_ledgers(study):
    table = lab.finish()
    users = pd.read_parquet("per_user.parquet")
    assert list(users.columns) == ["algorithm", "seed", "dataset", "part", "metric", "user", "value"]
    means = users.groupby(["algorithm", "seed", "metric"], dropna=False)["value"].mean()
    np.testing.assert_allclose(np.sort(means), np.sort(table["value"].astype(float)))


def test_metadata_names_versions_data_splits_and_settings(study, split):
    lab.finish()
    metadata = json.loads(Path("metadata.json").read_text())
    assert {"python", "lenskit", "numpy", "pandas", "scipy", "torch", "autoreclab"} <= metadata["versions"].keys()
    (data,), (described,) = metadata["datasets"], metadata["splits"]
    assert (data["name"], data["n_users"]) == ("simulated", split.training.n_users)
    assert (described["label"], described["fingerprint"]) == (split.label, split.fingerprint)
    assert described["statistics"] == split.statistics
    assert len(metadata["trials"]) == 7
    assert metadata["trials"][0]["settings"] == {"embedding_size": 4, "epochs": 2}
    assert metadata["problems"] == []


def test_there_is_a_figure_for_each_metric(study):
    lab.finish()
    assert sorted(os.listdir("figures")) == ["hit@10.png", "hit@5.png", "ndcg@10.png", "ndcg@5.png"]
    assert all(Path("figures", name).read_bytes().startswith(b"\x89PNG") for name in os.listdir("figures"))


def test_the_command_recomputes_elsewhere_without_lenskit(study, tmp_path_factory):
    code = "import sys, runpy; sys.argv[0] = 'ledger'; runpy.run_module('autoreclab.lab.ledger', run_name='__main__')"
    code += "\nassert not {'lenskit', 'torch'} & sys.modules.keys()"
    folder, elsewhere = Path.cwd(), tmp_path_factory.mktemp("elsewhere")
    options = ["-P", "-W", "error"]
    done = subprocess.run(
        [sys.executable, *options, "-c", code, folder], cwd=elsewhere, check=False, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == {"rows": 28, "recomputed": 28, "problems": []}
    command = [sys.executable, *options, "-m", "autoreclab.lab.ledger"]
    assert (
        json.loads(subprocess.run([*command, folder], cwd=elsewhere, check=False, capture_output=True).stdout)["rows"]
        == 28
    )
    wrong = subprocess.run([*command, "nowhere"], cwd=elsewhere, check=False, capture_output=True, text=True)
    assert (wrong.returncode, "nowhere is no folder" in wrong.stderr) == (2, True)


def test_writing_twice_writes_the_same(study):
    written = []
    for _ in range(2):
        lab.finish()
        names = ("results.csv", "summary.csv", "comparisons.csv", "metadata.json", "per_user.parquet")
        written.append([Path(name).read_bytes() for name in names])
    assert written[0] == written[1]


def test_nothing_recorded_is_an_empty_ledger_with_a_header(folder):
    summary = ledger.write(folder)
    assert (summary.rows, summary.recomputed, summary.problems) == (0, 0, ())
    header = "dataset,filters,split,part,metric,value,n_users,seconds,source\n"
    assert Path("results.csv").read_text() == header
    assert Path("summary.csv").read_text().startswith("dataset,filters,part,metric,n,mean")
    assert Path("comparisons.csv").read_text().startswith("dataset,filters,part,metric,algorithm_a,algorithm_b,paired")
    assert pd.read_parquet("per_user.parquet").empty
    assert not Path("figures").exists()


def test_the_programs_own_numbers_are_marked(split):
    lab.value("density", 0.25)
    trial = next(lab.trials(algorithm=["EASE"]))
    trial.value("coverage", 0.5)
    table = lab.finish()
    assert table[["algorithm", "metric", "value", "source"]].to_numpy().tolist() == [
        [None, "density", 0.25, "program"], ["EASE", "coverage", 0.5, "program"],
    ]  # fmt: skip


def test_odd_names_and_numbers_make_figures_too(folder):
    trial = next(lab.trials(data=["own"]))
    for name, number in (("$x_{", 1e99), ("評価", -1e-300), ("../../up", 0)):
        trial.value(name, number)
    assert len(lab.finish()) == len(os.listdir("figures")) == 3
    assert sorted(os.listdir(folder)) == [
        "comparisons.csv", "figures", "metadata.json", "per_user.parquet", "results.csv", "summary.csv", "trials",
    ]  # fmt: skip


def test_values_on_the_programs_own_data_are_marked(simulated):
    split = lab.split(lab.dataset(simulated.interactions, "own"), "holdout", seed=1)
    next(lab.trials(seed=[1])).record(lab.recommend(lab.train("Random", split), split), "hit", 10)
    (row,) = lab.finish().itertuples()
    assert (row.dataset, row.split, row.source) == ("own", "holdout(test=0.2, seed=1)", "program")


def test_predictions_are_recomputed_too():
    split = lab.split(lab.load("simulated"), "k-fold", seed=1, fold=2)
    next(lab.trials(fold=[2])).record(lab.predict(lab.train("Bias", split), split), metrics=["rmse", "mae"])
    table = lab.finish()
    assert table["metric"].tolist() == ["rmse", "mae"]
    assert set(table["source"]) == {"recomputed"}


def test_a_trial_may_record_validation_and_test(split):
    inner = lab.split(split.training, "holdout", seed=2)
    trial = next(lab.trials(seed=[1]))
    for part in (inner, split):
        trial.record(lab.recommend(lab.train("Random", part), part), "hit", 10)
    table = lab.finish()
    assert table["part"].tolist() == ["validation", "test"]
    assert set(table["source"]) == {"recomputed"}


def test_a_wrong_sum_is_a_disagreement_and_the_true_one_stands(folder, one):
    truth = ledger.write(folder).ledger["value"].item()
    change(one[0], result(values={"hit@5": 0.99}))
    summary = ledger.write(folder)
    assert names(summary) == ["disagreement"]
    assert "the program says 0.99" in summary.problems[0].sentence
    assert (summary.ledger["value"].item(), summary.ledger["source"].item()) == (truth, "recomputed")


def test_items_of_training_and_items_twice_are_noticed(folder, one, split):
    frame = pd.read_parquet(one[1])
    held = split.test.iloc[0]
    known = split.training.interactions.query("user == @held.user").iloc[0]
    rows = [{"user": held["user"], "item": item, "rank": 0, "score": 9} for item in (held["item"],) * 2]
    rows.append({"user": held["user"], "item": known["item"], "rank": 3, "score": 9})
    pd.concat([frame, pd.DataFrame(rows)]).to_parquet(one[1])
    summary = ledger.write(folder)
    assert {"duplicates", "training-items"} <= set(names(summary))
    assert summary.ledger["value"].item() <= 1


@pytest.mark.parametrize(("changes", "problem"), [
    ({"sha256": "0" * 64}, "checksum"),
    ({"fingerprint": "0" * 16}, "fingerprint"),
    ({"recipe": [{"step": "load"}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": 3, "sha256": ""}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "absent", "sha256": ""}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": "", "n_users": "x"}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": "", "n_users": 10**12}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": "", "seed": -1}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": ""}, {"step": "system"}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": ""}, {"step": "core", "k": "5"}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": ""}, {"step": "implicit", "above": "5"}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": ""}, {"step": "implicit", "above": [5]}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": ""},
                 {"step": "split", "method": [], "seed": 1}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": ""},
                 {"step": "split", "method": "holdout", "seed": 1, "test": "x"}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "simulated", "sha256": ""},
                 {"step": "split", "method": "k-fold", "seed": 1, "folds": 2.5}]}, "fingerprint checksum"),
    ({"recipe": [{"step": "load", "name": "~nobody", "sha256": ""}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "x" * 300, "sha256": ""}]}, "recipe"),
    ({"recipe": [{"step": "load", "name": "a\0b", "sha256": ""}]}, "recipe"),
    ({"table": "absent.parquet"}, "malformed"),
])  # fmt: skip
def test_what_cannot_be_recomputed_is_the_programs_and_a_problem(folder, one, changes, problem):
    change(one[0], result(**changes))
    summary = ledger.write(folder)
    (found,) = names(summary)
    assert found in problem
    assert summary.ledger["source"].tolist() == ["program"]


@pytest.mark.parametrize("changes", [
    {"table": "../../etc/passwd"}, {"table": "/etc/passwd"}, {"recipe": []}, {"recipe": [{}] * 1000}, {"k": [0]},
    {"k": []}, {"metrics": []}, {"metrics": ["rmse"]}, {"metrics": ["__class__"]}, {"part": "both"}, {"extra": 1},
    {"values": {"hit@5": None}}, {"n_users": "many"}, {"kind": "pickle"}, {"k": [10**9]}, {"dataset": ""},
])  # fmt: skip
def test_a_record_of_another_form_is_malformed(folder, one, changes):
    change(one[0], result(**changes))
    summary = ledger.write(folder)
    assert (names(summary), summary.rows) == (["malformed"], 0)


@pytest.mark.parametrize("text", [
    b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 100_000,
    b'{"factors": {"metric": 1}, "recorded": 1, "versions": {}}',
    b'{"factors": {"a": NaN}, "recorded": 1, "versions": {}}',
    b'{"factors": {"a": 1}, "recorded": 1e999, "versions": {}}',
    b'{"factors": {"a;b": 1}, "recorded": 1, "versions": {}}', b" " * 2_000_000,
])  # fmt: skip
def test_a_file_that_is_no_record_is_malformed(folder, one, text):
    Path("trials/x.json").write_bytes(text)
    summary = ledger.write(folder)
    assert (names(summary), summary.rows) == (["malformed"], 1)
    assert summary.problems[0].trial == "x"


def table(**columns):
    return lambda path: pd.DataFrame(columns).to_parquet(path)


@pytest.mark.parametrize("write", [
    pytest.param(lambda path: path.write_bytes(b"PAR1 no PAR1"), id="no Parquet"),
    pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-20]), id="cut off"),
    pytest.param(lambda path: path.unlink(), id="gone"),
    pytest.param(table(user=[1], item=[1]), id="no rank"),
    pytest.param(table(user=["x"], item=[1], rank=[1]), id="users of another type"),
    pytest.param(table(user=[[1]], item=[1], rank=[1]), id="lists as users"),
    pytest.param(table(user=[1.5], item=[1], rank=[1]), id="fractions as users"),
    pytest.param(table(user=[1], item=[1], rank=["first"]), id="texts as ranks"),
    pytest.param(table(user=[1], item=[None], rank=[1]), id="no item"),
    pytest.param(table(user=[2**63 + 1, 1], item=[1, 1], rank=[1, 1]), id="huge users"),
])  # fmt: skip
def test_a_table_of_another_form_is_malformed(folder, one, write):
    write(one[1])
    summary = ledger.write(folder)
    assert set(names(summary)) <= {"malformed", "disagreement", "unknown-users", "empty-lists"}
    assert names(summary)
    assert summary.rows == 1


def test_leaving_out_hard_predictions_is_incomplete(folder):
    split = lab.split(lab.load("simulated"), "holdout", seed=1)
    next(lab.trials(seed=[2])).record(lab.predict(lab.train("Bias", split), split), metrics=["rmse"])
    path = next(Path("trials").glob("*.parquet"))
    pd.read_parquet(path).head(50).to_parquet(path)
    summary = ledger.write(folder)
    assert names(summary) == ["incomplete"]
    assert summary.ledger["source"].tolist() == ["program"]


def test_a_condition_recorded_twice_counts_once(folder, one):
    Path("trials/again.json").write_text(one[0].read_text())
    summary = ledger.write(folder)
    assert (names(summary), summary.rows) == (["repeated"], 1)


def test_links_are_neither_read_nor_followed(folder, one, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "victim").write_text("precious")
    (outside / "x.json").write_text(one[0].read_text())
    Path("trials/x.json").symlink_to(outside / "x.json")
    os.mkfifo("trials/pipe.json")
    Path("figures").symlink_to(outside)
    Path("results.csv").symlink_to(outside / "victim")
    Path("summary.csv").mkdir()
    summary = ledger.write(folder)
    assert names(summary) == ["malformed", "malformed"]
    assert (outside / "victim").read_text() == "precious"
    assert sorted(os.listdir(outside)) == ["victim", "x.json"]
    assert Path("summary.csv").is_file()
    assert not Path("results.csv").is_symlink()


def test_data_that_changed_is_noticed(folder):
    path = folder / "mine.csv"
    lab.load("simulated").interactions.to_csv(path, index=False)
    split = lab.split(lab.load("mine"), "leave-one-out", seed=1)
    next(lab.trials(seed=[1])).record(lab.recommend(lab.train("Random", split), split), "hit", 10)
    assert lab.finish()["source"].tolist() == ["recomputed"]
    lab.load("mine").interactions.iloc[1:].to_csv(path, index=False)
    summary = ledger.write(folder)
    assert names(summary) == ["checksum"]
    assert summary.ledger["source"].tolist() == ["program"]
