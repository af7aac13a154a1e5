"""A node executed once more: what reproduced, value by value, and a record that stays as it was."""

import json
import shutil

import pytest

from autoreclab.comparison import Value, compare
from tests import researcher
from tests.commands import autoreclab, git
from tests.scripted_server import ScriptedServer

SEEDS = {"name": "seed", "levels": [0, 1]}
DESIGN = researcher.PLAN["design"]
PLAN = researcher.PLAN | {"design": DESIGN | {"factors": [DESIGN["factors"][0], SEEDS]}}
TASK = "---\ndata: simulated\ntimeout: 2m\n---\n# Noise\n\nHow much do random seeds change noisy popularity?\n"
ELSEWHERE = {"TZ": "Asia/Tokyo"}
TODAY = """\
THERE = os.environ.get("TZ") == "Asia/Tokyo"
TODAY = dict(noise=9.0, seeds=[1, 2]) if THERE else dict(noise=0.5, seeds=[0, 1])"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two nodes: one that crashes, and one whose noise and seeds depend on the time zone.

    The second is the best, so its rerun 1 is the search's own, for the report.
    """
    place = tmp_path_factory.mktemp("rerun")
    (place / "noise.md").write_text(TASK)
    program = researcher.PROGRAM.replace("{noise}", "TODAY['noise']").replace("{seeds}", "TODAY['seeds']")
    program = program.replace("import numpy", "import os\n\nimport numpy", 1)
    program = program.replace("\n\n\ndef noisy", f"\n\n{TODAY}\n\n\ndef noisy", 1)
    with ScriptedServer(lambda body: researcher.answered(body, PLAN, program, [0])) as server:
        variables = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}
        options = ["--drafts", "2", "--iterations", "0", "--model", "m"]
        done = autoreclab("start", "noise.md", *options, cwd=place, variables=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


def record(place):
    """Everything that the search itself wrote."""
    patterns = ["refs/heads", "refs/notes", "refs/autoreclab/noise/outputs", "refs/autoreclab/noise/exchanges"]
    return git(place / "workspace", "for-each-ref", *patterns)


def test_what_reproduces_is_said_kept_and_shown_and_the_record_stays(run, tmp_path):
    place = shutil.copytree(run, tmp_path / "copy")
    before = record(place)
    done = autoreclab("rerun", "noise/2", cwd=place)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal    algorithm=Noisy seed=0 dataset=simulated" in done.stdout
    assert "noise/0002, rerun 2: reproduced (ok, 6 equal, 0 differ, 0 missing, 0 new)" in done.stdout
    assert autoreclab("rerun", "noise/2", cwd=place).returncode == 0
    assert record(place) == before
    shown = autoreclab("show", "noise/2", cwd=place).stdout
    assert all(f"rerun {number}: ok, 6 equal" in shown for number in (1, 2, 3))
    git(place / "workspace", "gc", "-q", "--prune=now")
    kept = git(place / "workspace", "for-each-ref", "--format=%(refname)", "refs/autoreclab/noise/reruns").split()
    assert [ref.rpartition("/")[2] for ref in kept] == ["1", "2", "3"]
    ledgers = [git(place / "workspace", "show", f"{ref}:results.csv") for ref in kept]
    assert all(ledger.count("\n") == 7 for ledger in ledgers)


def test_what_does_not_reproduce_is_told_apart_with_exit_status_4(run, tmp_path):
    place = shutil.copytree(run, tmp_path / "copy")
    done = autoreclab("rerun", "noise/2", "--json", cwd=place, variables=ELSEWHERE)
    assert done.returncode == 4, done.stderr
    found = json.loads(done.stdout)
    outcomes = {(value["of"].get("seed"), value["of"]["metric"]): value["outcome"] for value in found["values"]}
    assert outcomes[None, "ndcg@10"] == "equal"
    assert [outcomes[seed, "ndcg@10"] for seed in ("0", "1", "2")] == ["missing", "differs", "new"]
    assert not found["reproduced"] and found["counts"]["missing"] == 2


def test_a_crash_that_crashes_again_is_reproduced(run):
    done = autoreclab("rerun", "noise/1", cwd=run)
    assert done.returncode == 0 and "lensk1t" in done.stdout
    assert "reproduced (crashed, 0 equal" in done.stdout


def test_what_cannot_be_run_again_is_a_sentence(run):
    assert "has no node '9'" in autoreclab("rerun", "noise/9", cwd=run).stderr
    refused = autoreclab("rerun", "noise/2", "--data", "nowhere", cwd=run)
    assert refused.returncode == 1 and "--data nowhere: there is no such" in refused.stderr


def row(value, **setting):
    return {**setting, "value": value, "seconds": "1", "n_users": "4", "source": "recomputed"}


def test_values_are_matched_by_what_they_are_of_whatever_the_order_and_columns():
    then = [row("0.1", seed="0"), row("0.2", seed="1"), row("", seed="2")]
    now = [row("0.25", seed="1", extra=""), row("0.10", seed="0")]
    assert list(compare(then, now)) == [Value({"seed": "0"}, 0.1, 0.1), Value({"seed": "1"}, 0.2, 0.25)]


def test_rows_of_the_same_setting_are_compared_one_by_one():
    found = list(compare([row("1", seed="0"), row("2", seed="0")], [row("1", seed="0")]))
    assert [value.outcome for value in found] == ["equal", "missing"]
