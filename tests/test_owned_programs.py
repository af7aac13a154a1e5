"""What a program can see and do where the task owns its evaluation: it finds nothing held out, and changes nothing."""

import csv
import io
import json

import pandas as pd
import pytest

from autoreclab import data, lab
from autoreclab.audits import audit
from autoreclab.errors import DataError
from autoreclab.evidence import Evidence
from autoreclab.lab.places import PLACES
from autoreclab.plan import Design
from autoreclab.running import Runner
from autoreclab.task import parse
from autoreclab.workspace import Workspace

RANKING = "metrics: [ndcg, hit]\n  cutoffs: [5]\n  filters: {implicit: true}"
PROGRAM = """
import dataclasses, json, os, pathlib, shutil
from autoreclab import lab

def fit(training, seed):
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()

def stars(training, seed):
    return lambda user, items: items * 0 + training["rating"].mean()

split = lab.evaluation()
(trial,) = lab.trials(algorithm=["Own"])
"""
RECORD = "lists = lab.recommend(lab.train(fit, split), split, n=5)\ngiven = trial.record(lists)\n"
SPY = """
looked = {pathlib.Path.cwd(), *(pathlib.Path(value) for value in os.environ.values() if os.path.isabs(value))}
looked |= {pathlib.Path(place) for name in ("AUTORECLAB_DATA", "AUTORECLAB_CACHE") if name in os.environ
           for place in os.environ[name].split(os.pathsep)}
found = [path for place in sorted(looked) if place.is_dir() for path in place.rglob("*") if path.is_file()]
for number, path in enumerate(found):
    pathlib.Path("seen").mkdir(exist_ok=True)
    shutil.copyfile(path, f"seen/{number}-{path.name}")
pathlib.Path("variables.json").write_text(json.dumps(dict(os.environ)))
"""


@pytest.fixture
def plays(tmp_path):
    """The raw data, in a folder of its own."""
    (tmp_path / "secret").mkdir()
    frame = lab.load("simulated", n_users=30, n_items=40, n_interactions=600, seed=1).interactions
    frame.to_csv(tmp_path / "secret" / "plays.csv", index=False)
    return tmp_path / "secret"


@pytest.fixture
def runner(tmp_path, plays, monkeypatch):
    """Runs programs on a task with these measures."""
    monkeypatch.setattr(PLACES, "data", ())

    def made(measures=RANKING):
        front = f"---\nevaluation:\n  dataset: plays\n  split: leave-one-out\n  {measures}\n---\n# T\nQ\n"
        found = data.find([str(plays)], parse(front, "task.md"))
        (tmp_path / "scratch").mkdir(exist_ok=True)
        return Runner(found, tmp_path / "scratch", 60.0, 10_000_000, Workspace.create(tmp_path / "workspace").bulk)

    return made


def run(runner, text, part="validation"):
    outputs, execution = runner.run("0001", {"solution.py": (PROGRAM + text).encode()}, part=part)
    assert execution.status == "ok", outputs["log.txt"].decode()
    return outputs, execution


def rows(outputs):
    return list(csv.DictReader(io.StringIO(outputs["results.csv"].decode())))


def names(execution):
    return {problem.name for problem in execution.problems}


def held_out(plays, implicit=True):
    """The pairs of the validation and of the test part."""
    whole = lab.load("plays.csv", plays)
    outer = lab.split(lab.implicit(whole) if implicit else whole, "leave-one-out", seed=0)
    return {"validation": lab.split(outer.training, "leave-one-out", seed=0).test, "test": outer.test}


def pairs(frame):
    return set(zip(frame["user"].tolist(), frame["item"].tolist(), strict=True))


@pytest.mark.parametrize(("part", "secret"), [("validation", ("validation", "test")), ("test", ("test",))])
def test_a_program_that_looks_everywhere_finds_no_held_out_pair(runner, plays, part, secret):
    outputs, _ = run(runner(), RECORD + SPY, part)
    hidden = set().union(*(pairs(held_out(plays)[name]) for name in secret))
    seen = {path: content for path, content in outputs.items() if path.startswith("seen/")}
    tables = [
        pd.read_parquet(io.BytesIO(content)) for path, content in seen.items() if path.endswith("training.parquet")
    ]
    assert tables and any(path.endswith("asked.parquet") for path in seen)
    for path, content in seen.items():
        assert str(plays).encode() not in content and b"plays.csv," not in content
        if path.endswith(".parquet") and "Own" not in path:
            frame = pd.read_parquet(io.BytesIO(content))
            assert "item" not in frame or not pairs(frame) & hidden, path
        elif not path.endswith(("parquet", ".py")):
            text = content.decode(errors="replace")
            assert not [pair for pair in hidden if f"{pair[0]},{pair[1]}," in text], path
    assert str(plays) not in outputs["variables.json"].decode()
    assert "AUTORECLAB_CACHE" not in json.loads(outputs["variables.json"])


def test_a_program_is_given_no_value_and_the_harness_computes_the_tasks(runner, plays):
    outputs, execution = run(runner(), RECORD + "assert given == {}\nlab.finish()\n")
    assert b"saved; the harness evaluates it" in outputs["log.txt"]
    assert [(row["metric"], row["part"], row["source"]) for row in rows(outputs)] == [
        ("ndcg@5", "validation", "recomputed"), ("hit@5", "validation", "recomputed"),
    ]  # fmt: skip
    assert not execution.problems and set(execution.metrics) == {"ndcg@5", "hit@5"}
    lists = pd.read_parquet(io.BytesIO(next(c for p, c in outputs.items() if p.endswith(".parquet") and "trials" in p)))
    hits = pairs(lists) & pairs(held_out(plays)["validation"])
    assert float(rows(outputs)[1]["value"]) == pytest.approx(len(hits) / lists["user"].nunique())


def test_ratings_are_predicted_for_pairs_whose_ratings_are_withheld(runner, plays):
    text = "assert list(split.test) == ['user', 'item']\n"
    text += "assert trial.record(lab.predict(lab.train(stars, split), split)) == {}\n"
    outputs, execution = run(runner("metrics: [mae]"), text)
    assert not execution.errors
    whole = lab.load("plays.csv", plays)
    mean = lab.split(lab.split(whole, "leave-one-out", seed=0).training, "leave-one-out", seed=0).training
    errors = (held_out(plays, implicit=False)["validation"]["rating"] - mean.interactions["rating"].mean()).abs()
    assert float(rows(outputs)[0]["value"]) == pytest.approx(errors.mean())


def test_settings_are_chosen_on_splits_of_the_training_part_whose_rows_stand_apart(runner):
    text = """
own = lab.split(split.training, "holdout", seed=3)
values = trial.record(lab.recommend(lab.train(fit, own), own, n=5), metrics=["ndcg"], k=[5])
assert 0 < values["ndcg@5"] <= 1
assert set(lab.finish()["part"]) == {"tuning"}
trial.record(lab.recommend(lab.train(fit, split), split, n=5))
"""
    outputs, execution = run(runner(), text)
    assert not execution.errors
    assert [row["part"] for row in rows(outputs)] == ["tuning", "validation", "validation"]
    assert execution.metrics["ndcg@5"] == float(rows(outputs)[1]["value"])


def test_what_is_recorded_for_tuning_alone_is_no_result(runner):
    text = 'own = lab.split(lab.load("plays"), "holdout", seed=3)\n'
    text += 'trial.record(lab.recommend(lab.train(fit, own), own, n=5), metrics=["ndcg"], k=[5])\n'
    outputs, execution = run(runner(), text)
    assert not execution.problems and not execution.metrics
    evidence = Evidence(Design(datasets=("plays",), factors=(), metrics=()), execution, {}, outputs)
    assert "unevaluated" in [finding.name for finding in audit(evidence)]


CHEATS = {
    "another part": ("not-owned", RECORD + """
for path in pathlib.Path("trials").glob("*.json"):
    path.write_text(path.read_text().replace('"validation"', '"test"'))
"""),
    "another split": ("not-owned", RECORD + """
for path in pathlib.Path("trials").glob("*.json"):
    saved = json.loads(path.read_text())
    saved["results"][0]["recipe"][-1]["seed"] = 1
    path.write_text(json.dumps(saved))
"""),
    "data of its own": ("not-owned", """
mine = lab.split(lab.dataset(split.training.interactions, "plays"), "holdout", seed=1)
trial.record(lab.recommend(lab.train(fit, mine), mine, n=5), metrics=["ndcg"], k=[5])
"""),
    "other users": ("unknown-users", """
lists = lab.recommend(lab.train(fit, split), split, n=5)
more = lists.frame.assign(user=lists.frame["user"] + 10_000)
import pandas
trial.record(dataclasses.replace(lists, frame=pandas.concat([lists.frame, more])))
"""),
    "unknown items": ("unknown-items", """
lists = lab.recommend(lab.train(fit, split), split, n=5)
trial.record(dataclasses.replace(lists, frame=lists.frame.assign(item=lists.frame["item"] + 10_000)))
"""),
    "predictions": ("not-owned", RECORD + """
for path in pathlib.Path("trials").glob("*.json"):
    saved = json.loads(path.read_text())
    saved["results"][0] |= {"kind": "predictions", "metrics": ["mae"]}
    path.write_text(json.dumps(saved))
"""),
}  # fmt: skip


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_program_that_cheats_is_caught(runner, cheat):
    problem, text = CHEATS[cheat]
    outputs, execution = run(runner(), text)
    assert problem in names(execution)
    assert not [row for row in rows(outputs) if row["part"] == "test" and row["source"] == "recomputed"]


def test_terms_that_a_program_rewrites_change_nothing(runner):
    text = (
        """
path = pathlib.Path("evaluation/recipe.json")
path.chmod(0o644)
path.write_text(path.read_text().replace('"ndcg"', '"recall"'))
lab.owned._read.cache_clear()
split = lab.evaluation()
assert "recall" in split.metrics
"""
        + RECORD
    )
    outputs, execution = run(runner(), text)
    assert {row["metric"] for row in rows(outputs)} == {"ndcg@5", "hit@5"} and not execution.problems
    assert not any(path.startswith("evaluation/") for path in outputs)


REFUSED = {
    "lab.load('ml-100k')": "evaluation is on plays, so there is no 'ml-100k'",
    "lab.evaluate(lab.recommend(lab.train(fit, split), split, n=5), ['ndcg'], 5)": "what was held out is withheld",
    "trial.record(lab.recommend(lab.train(fit, split), split, n=3))": "Recommend n=5",
    "lab.predict(lab.train(fit, split), split)": "no ratings to predict",
}


def test_what_cannot_be_done_is_said(runner):
    tries = [f"try:\n    {line}\nexcept Exception as error:\n    print(error)\n" for line in REFUSED]
    outputs, _ = run(runner(), "".join(tries))
    said = outputs["log.txt"].decode().splitlines()
    assert len(said) == len(REFUSED)
    assert all(reason in line for reason, line in zip(REFUSED.values(), said, strict=True)), said


def test_files_in_the_place_of_the_evaluation_are_left_out(runner):
    files = {"solution.py": (PROGRAM + RECORD).encode(), "evaluation/recipe.json": b"{}", "evaluation": b"x"}
    assert runner().run("0001", files)[1].status == "ok"


@pytest.mark.parametrize(
    ("entries", "dataset", "reason"),
    [
        ([], "plays", "--data names no such table"),
        (["simulated"], "plays", "on plays alone. Leave out --data simulated"),
        ([], "simulatet", "Did you mean 'simulated'"),
    ],
)
def test_data_that_are_not_the_evaluations_are_refused(entries, dataset, reason):
    front = f"---\nevaluation: {{dataset: {dataset}, split: holdout, metrics: [mae]}}\n---\n# T\nQ\n"
    with pytest.raises(DataError, match=reason):
        data.find(entries, parse(front, "task.md"))
