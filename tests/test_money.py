"""Whole runs that are told what they may spend, and by whom they are done."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from click.testing import CliRunner

from autoreclab import data, sandbox
from autoreclab.cli import cli
from autoreclab.errors import BudgetSpent, SettingError
from autoreclab.experiment import Experiment
from autoreclab.models.answers import File, Proposal
from autoreclab.models.offline import Offline
from autoreclab.nodes import Action
from autoreclab.running import Runner
from autoreclab.settings import Settings
from autoreclab.task import parse
from autoreclab.usage import Usage
from autoreclab.workspace import Workspace
from tests import researcher
from tests.commands import autoreclab, git, shape
from tests.scripted_server import ScriptedServer, completion

TASK = "# Count\n\nHow many plays are there?\n\n## Requirements\n\n- It is the right number.\n"
PLAN = {
    "summary": "Count the plays.",
    "requirements": [{"text": "It is the right number.", "check": None}],
    "design": {"datasets": ["plays"], "factors": [], "metrics": []},
}
PROGRAM = '''"""Count the plays."""
from autoreclab import lab

lab.arguments(__doc__)
lab.value("plays", len(open("plays.csv").readlines()) - 1)
lab.finish()
'''
ROLES = ("planner", "coder", "judge", "writer")
OUTPUT, CACHED = 200, 1024
BUDGET = 50_000
OWN = [f"--{role}-model={role}-7b" for role in ROLES]
OPTIONS = ["--iterations=9", "--model=nobody", f"--max-tokens={BUDGET}", *OWN]


def script(body):
    """A researcher with one program, and a judge who is never content; four characters of a prompt are a token."""
    text = body["messages"][0]["content"]
    if text.startswith("You plan"):
        said = PLAN
    elif text.startswith("You review"):
        said = {"opinions": [{"requirement": n, "met": False, "quote": "", "evidence": "Not so."} for n in (1, 2, 3)]}
    elif text.startswith("You interpret"):
        said = {"answer": "Some.", "interpretation": "Few.", "limitations": "Many."}
    else:
        said = researcher.proposal("count them", PROGRAM)
    reply = completion(said)
    reply.body["usage"] = {"prompt_tokens": len(text) // 4, "completion_tokens": OUTPUT,
                           "prompt_tokens_details": {"cached_tokens": CACHED}}  # fmt: skip
    return reply


@pytest.fixture
def server():
    with ScriptedServer(script) as server:
        yield server


def written(place):
    (place / "plays.csv").write_text("user,item\n1,1\n1,2\n2,1\n")
    (place / "count.md").write_text(TASK)
    return place


def arguments(*options):
    return ["start", "count.md", "--data", "plays.csv", "--drafts", "1", *options]


def variables(server):
    return {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}


def spent(place):
    """What the run cost, by role and in all."""
    (state,) = json.loads(autoreclab("status", "--json", cwd=place).stdout)
    return state["spent"]


def used(costs):
    return costs["total"]["input_tokens"] + costs["total"]["output_tokens"]


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A run in which each role has its model, and which its budget ended; what was asked for it and what it printed."""
    place = written(tmp_path_factory.mktemp("ended"))
    with ScriptedServer(script) as server:
        done = autoreclab(*arguments(*OPTIONS), cwd=place, variables=variables(server))
    assert done.returncode == 4, done.stdout + done.stderr
    return place, server.requests, done.stdout


def test_a_run_ends_before_it_passes_its_budget_with_what_ran_judged_and_a_report(ended):
    place, _, out = ended
    assert "done   the budget of 50,000 tokens is spent (" in out
    assert "); to go on, resume with a larger --max-tokens" in out
    assert BUDGET / 2 < used(spent(place)) <= BUDGET
    nodes = shape(place, "count")
    assert 1 < len(nodes) < 10 and all(node["score"] is not None for node in nodes)
    assert f"{len(nodes)} nodes were tried" in autoreclab("report", cwd=place).stdout


def test_each_role_asks_its_own_model(ended):
    _, requests, out = ended
    asked = [request["model"].removesuffix("-7b") for request in requests]
    assert asked[:5] == ["planner", "coder", "judge", "coder", "judge"] and set(asked) <= set(ROLES)
    assert "(model nobody, planner planner-7b, coder coder-7b, judge judge-7b, writer writer-7b, workspace" in out


def test_what_each_role_cost_is_shown_and_recorded(ended):
    place, requests, out = ended
    calls, sent = len(requests), sum(len(request["messages"][0]["content"]) // 4 for request in requests)
    costs = spent(place)
    assert {role: of["calls"] for role, of in costs.items() if role != "total"} == {
        role: count for role in ROLES if (count := sum(request["model"] == f"{role}-7b" for request in requests))
    }
    assert (costs["total"]["input_tokens"], costs["total"]["output_tokens"]) == (sent, calls * OUTPUT)
    assert (costs["total"]["cost"], costs["total"]["unpriced"], costs["total"]["calls"]) == (None, calls, calls)
    line = f"{calls} calls, {sent:,} tokens in ({calls * CACHED:,} cached), {calls * OUTPUT:,} out, "
    assert f"cost   in all: {line}" in out and line in autoreclab("status", cwd=place).stdout
    assert "judge: 1 call, " in autoreclab("show", "count/2", cwd=place).stdout
    record = git(place / "workspace", "notes", "--ref=autoreclab", "show", "count/0002")
    assert "coder.calls: 1\n" in record and "judge.cost: null\n" in record and "judge.cached_tokens: 1024\n" in record
    assert "Cached-Tokens: 1024" in git(place / "workspace", "log", "-1", "count/0002")
    report = autoreclab("report", cwd=place).stdout
    assert f"| in all | {calls} | {sent:,} | {calls * CACHED:,} | {calls * OUTPUT:,} | " in report
    assert " | unpriced |" in report


def test_consecutive_prompts_for_programs_begin_alike_so_that_providers_can_cache_them(ended):
    """Here 79 % of each is how the one before began, a draft's and an improvement's too: what varies comes last."""
    programs = [request["messages"][0]["content"] for request in ended[1] if request["model"] == "coder-7b"]
    assert len(programs) > 2
    assert all(alike(one, other) > 0.7 * len(other) for one, other in pairwise(programs))


def alike(one, other):
    """How many characters two texts share from the beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def test_a_larger_budget_goes_on_from_what_was_spent(ended, tmp_path, server):
    place = shutil.copytree(ended[0], tmp_path / "copy")
    nodes, costs = shape(place, "count"), spent(place)
    options = [f"--iterations={len(nodes)}", "--max-tokens=500000"]
    resumed = autoreclab("resume", *options, cwd=place, variables=variables(server))
    assert resumed.returncode == 4, resumed.stderr
    assert shape(place, "count")[: len(nodes)] == nodes and len(shape(place, "count")) == len(nodes) + 1
    assert f"{len(nodes)} iterations are spent" in resumed.stdout
    assert spent(place)["judge"]["calls"] == costs["judge"]["calls"] + 1
    assert "*Written by writer-7b;" in autoreclab("report", cwd=place).stdout


def test_hours_that_are_spent_end_a_run_too(ended, tmp_path, server):
    place = shutil.copytree(ended[0], tmp_path / "copy")
    resumed = autoreclab("resume", "--max-tokens=500000", "--max-hours=0.00001", cwd=place, variables=variables(server))
    assert resumed.returncode == 4 and server.requests == [], resumed.stderr
    assert "the budget of 1e-05 hours is spent (0.00 hours)" in resumed.stdout


def test_a_program_runs_no_longer_than_hours_are_left(tmp_path):
    workspace, task = Workspace.create(tmp_path / "workspace"), parse(TASK, "count.md")
    settings = Settings(max_hours=1 / 3600)
    run = workspace.begin("count", task, settings, {"versions": {}, "datasets": []})
    files = (File(path="solution.py", content="import time\ntime.sleep(3600)\n"),)
    workspace.add(run, 1, Action("draft"), Proposal(title="sleep", plan="long", files=files), Usage())
    found = data.find((str(written(tmp_path) / "plays.csv"),), task)
    runner = Runner.of(settings, found, tmp_path, workspace.bulk, "none", sandbox.python())
    with ThreadPoolExecutor(1) as worker:
        experiment = Experiment(workspace, run, Offline(), runner, worker)
        tree = experiment.tree()
        assert experiment.time_limit(tree) == 1.0
        ran = experiment.execute(tree, tree.nodes[0], [].append)
    assert (ran.execution.status, ran.execution.limit) == ("timeout", "time")
    with pytest.raises(BudgetSpent, match="hours is spent"):
        experiment.time_limit(experiment.tree())


def test_where_not_even_the_plan_fits_nothing_is_asked(tmp_path, server):
    done = autoreclab(*arguments("--model=m", "--max-tokens=500"), cwd=written(tmp_path), variables=variables(server))
    assert done.returncode == 4 and server.requests == [], done.stderr
    assert "done   the budget of 500 tokens is spent (0 tokens); to go on, resume" in done.stdout
    assert "No experiment worked" in autoreclab("report", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--model=gpt-5-mini", "--max-cost=2"], "what gpt-5-mini costs at this endpoint isn't known.* Use --max-tokens"),
     (["--model=m", "--judge-model=replay:count"], "replay:count answers for all roles: give it as --model")],
)  # fmt: skip
def test_what_cannot_be_kept_to_is_refused_before_anything_is_written(tmp_path, monkeypatch, server, options, said):
    monkeypatch.chdir(written(tmp_path))
    found = CliRunner().invoke(cli, arguments(*options), env=variables(server))
    with pytest.raises(SettingError, match=said):
        raise found.exception
    assert not (tmp_path / "workspace").exists()
