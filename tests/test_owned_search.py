"""Whole searches on a task that owns its evaluation: what programs can see, what counts, and the test part, once."""

import csv
import io
import json
import shutil
import subprocess
import sys

import pytest

from autoreclab import lab
from tests import researcher
from tests.commands import autoreclab, begun, git
from tests.scripted_server import ScriptedServer

TASK = """---
evaluation:
  dataset: plays
  filters: {above: 2}
  split: holdout
  test: 0.3
  seed: 4
  metrics: [ndcg, recall]
  cutoffs: [5, 10]
metric: ndcg@10
timeout: 2m
---
# Noise

How much noise does popularity bear?
"""
PLAN = {
    "summary": "How much noise does popularity bear?",
    "requirements": [
        {"text": "Every seed is recorded.", "check": "design"},
        {"text": "Every value is recomputed.", "check": "recomputed"},
    ],
    "design": {
        "datasets": ["ml-100k"],
        "factors": [{"name": "algorithm", "levels": ["Noisy"]}, {"name": "seed", "levels": [0, 1]}],
        "metrics": ["hit@3"],
    },
}
PROGRAM = '''\
"""How much noise does popularity bear?"""

import numpy as np

from autoreclab import lab


def noisy(training, seed):
    """Popularity with noise from the seed."""
    counts = training["item"].value_counts()
    noise = np.random.default_rng(seed).normal(size=counts.index.max() + 1)
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy() + NOISE * noise[items]


def main():
    """Record every seed."""
    lab.arguments(__doc__)
    split = lab.evaluation()
    for trial in lab.trials(algorithm=["Noisy"], seed=[0, 1]):
        trial.record(lab.recommend(lab.train(noisy, split, seed=trial.seed), split, n=10))
    lab.finish()


if __name__ == "__main__":
    main()
'''


def program(noise):
    return PROGRAM.replace("NOISE", str(noise))


def answers(*programs):
    """The answers of a researcher who tries these programs, one after the other."""
    waiting = list(programs)

    def answer(body):
        text = body["messages"][0]["content"]
        if text.startswith(("You plan", "You review", "You interpret")):
            return researcher.answered(body, PLAN, "", [])
        return researcher.proposal(f"program {len(programs) - len(waiting) + 1}", waiting.pop(0))

    return answer


@pytest.fixture(scope="session")
def plays(tmp_path_factory):
    """The raw data, in a folder of its own."""
    folder = tmp_path_factory.mktemp("raw-data")
    lab.load("simulated", n_users=40, n_items=50, n_interactions=900, seed=1).interactions.to_csv(
        folder / "plays.csv", index=False
    )
    return folder


def search(place, plays, *programs, command="start", drafts=1, **options):
    """Start or resume a search with these programs."""
    (place / "owned.md").write_text(TASK)
    with ScriptedServer(answers(*programs)) as server:
        variables = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}
        given = [f"--{name}={value}" for name, value in {"drafts": drafts, "iterations": 0, **options}.items()]
        named = ["owned.md", f"--data={plays}", "--model=m"] if command == "start" else ["owned"]
        done = autoreclab(command, *named, *given, "--json", cwd=place, variables=variables)
    assert done.returncode in (0, 4), done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], server


def named(events, name):
    return [event for event in events if event["event"] == name]


def shown(place, ref, path):
    return git(place / "workspace", "show", f"{ref}:{path}")


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def computed(place):
    """The refs of what was computed on the test part."""
    refs = git(place / "workspace", "for-each-ref", "--format=%(objectname) %(refname)", "refs/autoreclab/owned/tests")
    return refs.splitlines()


@pytest.fixture(scope="module")
def searched(tmp_path_factory, plays):
    """A search in which the second program is better on the validation part, and what it said."""
    place = tmp_path_factory.mktemp("owned")
    return place, *search(place, plays, program(9.0), program(0.1), iterations=1)


def by_hand(plays, noise):
    """NDCG@10 and Recall@5 of the noisy program on the two parts, from the raw data and public functions."""
    scope = {}
    exec(program(noise), scope)
    outer = lab.split(lab.implicit(lab.load(str(plays / "plays.csv")), above=2), "holdout", test=0.3, seed=4)
    splits = {"validation": lab.split(outer.training, "holdout", test=0.3, seed=4), "test": outer}
    return {
        (part, str(seed)): lab.evaluate(
            lab.recommend(lab.train(scope["noisy"], split, seed=seed), split, n=10), ["ndcg", "recall"], [5, 10]
        )
        for part, split in splits.items()
        for seed in (0, 1)
    }


def test_values_of_both_parts_are_those_computed_by_hand_from_the_raw_data(searched, plays):
    place, _, _ = searched
    expected = by_hand(plays, 0.1)
    for part, path in (("validation", "owned/results.csv"), ("test", "owned/test-results.csv")):
        rows = table(shown(place, "owned/best", path))
        assert len(rows) == 8 and {(row["part"], row["source"]) for row in rows} == {(part, "recomputed")}
        for row in rows:
            assert float(row["value"]) == pytest.approx(expected[part, row["seed"]][row["metric"]], abs=1e-12)


def test_the_best_is_chosen_on_the_validation_part_and_tested_once(searched):
    place, events, _ = searched
    ran = {event["node"]: event["execution"]["metrics"]["ndcg@10"] for event in named(events, "ran")}
    assert ran["0002"] > ran["0001"]
    assert [event["node"] for event in named(events, "testing")] == ["0002"]
    (kept,) = computed(place)
    assert named(events, "tested")[0]["node"] == "0002" and named(events, "judged")[-1]["commit"] in kept
    assert [event["event"] for event in events[-5:]] == ["testing", "tested", "reporting", "reported", "finished"]


def test_the_report_shows_both_parts_and_how_often_the_test_part_was_used(searched):
    place, _, _ = searched
    report = autoreclab("report", "owned", cwd=place).stdout
    results = report.partition("## Results")[2].partition("##")[0].splitlines()
    lines = [line for line in results if "| Noisy |" in line and "ndcg@10" in line]
    assert [line.split(" | ")[0] for line in lines] == ["| test", "| validation"]
    assert "In this run the test part was computed once." in report
    assert ", validation part: " in report and ", test part: " in report


def test_the_design_is_the_tasks_whatever_the_model_says(searched):
    place, _, _ = searched
    design = json.loads(autoreclab("tree", "owned", "--json", cwd=place).stdout)["plan"]["design"]
    assert (design["datasets"], design["filters"], design["split"]) == (["plays"], "rating > 2", "holdout(test=0.3)")
    assert design["metrics"] == ["ndcg@10", "ndcg@5", "recall@5", "recall@10"]
    assert [factor["name"] for factor in design["factors"]] == ["algorithm", "seed"]


def test_prompts_say_how_such_a_program_looks_and_know_the_training_part_alone(searched, plays):
    _, _, server = searched
    prompts = [request["messages"][0]["content"] for request in server.requests]
    draft = next(text for text in prompts if text.startswith("You write"))
    assert "split = lab.evaluation()" in draft and "lab.load" not in draft
    training = lab.split(
        lab.split(lab.implicit(lab.load(str(plays / "plays.csv")), above=2), "holdout", test=0.3, seed=4).training,
        "holdout", test=0.3, seed=4,
    ).training  # fmt: skip
    assert f"`split.training.interactions`: {len(training.interactions):,} interactions" in draft
    assert not any(str(plays) in text for text in prompts)


def test_another_run_of_the_task_has_the_same_splits_whatever_its_seed(searched, plays, tmp_path):
    place, _, _ = searched
    search(tmp_path, plays, program(0.1), seed=99)
    for path in ("owned/results.csv", "owned/test-results.csv"):
        values = [[row["value"] for row in table(shown(at, "owned/best", path))] for at in (place, tmp_path)]
        assert values[0] == values[1]


def test_a_resumed_search_does_not_compute_the_test_part_again(searched, plays, tmp_path):
    place = shutil.copytree(searched[0], tmp_path / "copy")
    before = computed(place)
    events, _ = search(place, plays, command="resume")
    assert not named(events, "testing") and named(events, "reported") and computed(place) == before
    assert "computed once" in autoreclab("report", "owned", cwd=place).stdout


def test_a_node_crowned_later_is_tested_too_and_the_report_counts_both(searched, plays, tmp_path):
    place = shutil.copytree(searched[0], tmp_path / "copy")
    events, _ = search(place, plays, program(0.0), command="resume", iterations=2)
    assert [event["node"] for event in named(events, "testing")] == ["0003"] and len(computed(place)) == 2
    assert "computed 2 times" in autoreclab("report", "owned", cwd=place).stdout


def test_killed_between_the_test_and_the_report_it_is_not_computed_again(plays, tmp_path):
    (tmp_path / "owned.md").write_text(TASK)
    with ScriptedServer(answers(program(0.1))) as server:
        variables = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}
        options = [f"--data={plays}", "--model=m", "--drafts=1", "--iterations=0", "--json"]
        process = begun("start", "owned.md", *options, cwd=tmp_path, variables=variables)
        for line in process.stdout:
            if json.loads(line)["event"] == "tested":
                break
        process.kill()
        process.communicate()
    before = computed(tmp_path)
    events, _ = search(tmp_path, plays, command="resume")
    assert not named(events, "testing") and computed(tmp_path) == before and len(before) == 1
    assert shown(tmp_path, "owned/best", "owned/test-results.csv")


def test_a_program_that_fails_on_the_test_part_leaves_no_value_and_the_report_says_so(plays, tmp_path):
    fails = program(0.1).replace("lab.finish()", "lab.finish()\n    assert split.part == 'validation', 'too large'")
    events, _ = search(tmp_path, plays, fails)
    report = autoreclab("report", "owned", cwd=tmp_path).stdout
    assert "crashed: AssertionError: too large" in named(events, "tested")[0]["line"]
    assert "failed on it**, so there is no value" in report and "update-ref -d refs/autoreclab/owned/tests/" in report
    assert not [line for line in report.splitlines() if line.startswith("| Noisy") and "| test |" in line]
    assert "test-results" not in git(tmp_path / "workspace", "ls-tree", "-r", "--name-only", "owned/best")


def test_the_test_travels_with_push_and_pull(searched, plays, tmp_path):
    remote = tmp_path / "runs.git"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    assert autoreclab("push", str(remote), "owned", cwd=searched[0]).returncode == 0
    assert autoreclab("pull", str(remote), "owned", cwd=tmp_path).returncode == 0
    assert computed(tmp_path) == computed(searched[0])
    assert not named(search(tmp_path, plays, command="resume")[0], "testing")


def test_what_was_computed_in_two_clones_is_kept_from_both_and_counted(searched, plays, tmp_path):
    other = shutil.copytree(searched[0], tmp_path / "copy")
    git(other / "workspace", "update-ref", "-d", computed(other)[0].split()[1])
    assert named(search(other, plays, command="resume")[0], "testing")
    remote = tmp_path / "runs.git"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    assert autoreclab("push", str(remote), "owned", cwd=searched[0]).returncode == 0
    done = autoreclab("push", str(remote), "owned", cwd=other)
    assert done.returncode == 0, done.stderr
    assert not named(search(other, plays, command="resume")[0], "testing")
    assert "computed 2 times" in autoreclab("report", "owned", cwd=other).stdout


def test_a_node_is_rerun_on_what_it_was_given(searched, plays):
    done = autoreclab("rerun", "owned/2", "--data", str(plays), cwd=searched[0])
    assert done.returncode == 0 and "8 equal, 0 differ" in done.stdout, done.stdout + done.stderr


def test_the_best_program_runs_by_hand_and_prints_the_values_of_the_test_part(searched, plays, tmp_path):
    place, _, _ = searched
    git(tmp_path, "init", "-q", "paper")
    paper = tmp_path / "paper"
    git(paper, "fetch", "-q", str(place / "workspace"), "owned/best")
    git(paper, "cherry-pick", "FETCH_HEAD")
    done = run_by_hand(paper / "owned", "--data", plays, "--out", tmp_path / "out")
    assert "seed=0: ndcg@5 0." in done.stdout, done.stderr
    rows = [table((folder / name).read_text()) for folder, name in
            ((tmp_path / "out", "results.csv"), (paper / "owned", "test-results.csv"))]  # fmt: skip
    assert [row["value"] for row in rows[0]] == [row["value"] for row in rows[1]]
    (paper / "owned" / "evaluation" / "recipe.json").unlink()
    assert "Run it by autoreclab" in run_by_hand(paper / "owned", "--data", plays).stderr


def run_by_hand(folder, *arguments):
    command = [sys.executable, "solution.py", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
