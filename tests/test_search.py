"""Whole searches with a language model behind a real HTTP server: how they grow, survive, and end."""

import json
import signal
import time

import pytest

from autoreclab.git import Repository
from tests import researcher
from tests.commands import autoreclab, begun, git, shape
from tests.scripted_server import Reply, ScriptedServer, completion, fault

TASK = "---\ndata: simulated\ntimeout: 2m\n---\n# Noise\n\nHow much do random seeds change noisy popularity?\n"


@pytest.fixture
def place(tmp_path):
    (tmp_path / "noise.md").write_text(TASK)
    return tmp_path


@pytest.fixture
def server():
    with ScriptedServer(researcher.answer) as server:
        yield server


def variables(server):
    return {"OPENAI_API_KEY": "sk-test-secret", "OPENAI_BASE_URL": server.url}


def start(place, server, *options):
    return autoreclab("start", "noise.md", *options, cwd=place, variables=variables(server))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The shape of the search when nothing disturbs it, and how many questions it takes."""
    place = tmp_path_factory.mktemp("uninterrupted")
    (place / "noise.md").write_text(TASK)
    with ScriptedServer(researcher.answer) as server:
        done = start(place, server)
        assert done.returncode == 0, done.stdout + done.stderr
        return place, shape(place, "noise"), len(server.requests)


def test_drafts_a_debugged_failure_and_an_improvement_end_satisfied(uninterrupted):
    _, nodes, _ = uninterrupted
    operators = [node["operator"] for node in nodes]
    assert operators[:3] == ["draft"] * 3 and "improve" in operators
    assert nodes[0]["status"] == "crashed" and "lensk1t" in nodes[0]["execution"]["error"]
    assert nodes[-1]["status"] == "ok" and nodes[-1]["score"] == 1.0
    assert [node["node"] for node in nodes if node["score"] == 1.0] == [nodes[-1]["node"]]


def test_plain_git_shows_the_search(uninterrupted):
    place, nodes, _ = uninterrupted
    log = git(place / "workspace", "log", "--graph")
    assert all(f"{node['operator']}: {node['title']}" in log for node in nodes)
    assert "1.00  5/5  ndcg@10 0." in log
    assert git(place / "workspace", "status", "--porcelain") == ""
    assert git(place / "workspace", "fsck", "--strict") == ""


def test_the_key_is_nowhere_in_the_repository(uninterrupted):
    place, _, _ = uninterrupted
    objects = git(place / "workspace", "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    blobs = [line.split()[0] for line in objects.splitlines() if line.endswith(" blob")]
    contents = Repository(place / "workspace").run("cat-file", "--batch", input="\n".join(blobs).encode())
    assert b"noisy" in contents and b"sk-test-secret" not in contents


def test_the_report_shows_the_ledgers_figures_and_the_failures(uninterrupted):
    place, nodes, _ = uninterrupted
    report = autoreclab("report", "noise", cwd=place).stdout
    assert f"{len(nodes)} nodes were tried" in report and "lensk1t" in report
    assert "Hardly." in report and "| Noisy |" in report and "| Popular |" in report
    assert "8 of 8 values were exactly equal in a second execution." in report
    assert "Data: 'simulated' is not what the run was started with" in report, "the program makes a smaller one"


KILLS = (
    ("planning", 0.0), ("proposing", 0.05), ("running", 0.5), ("ran", 0.0), ("proposed", 0.0), ("judging", 0.02),
    ("judged", 0.05), ("repeating", 0.5), ("reporting", 0.05),
)  # fmt: skip
"""Events, in an order in which one search comes by all of them, and the seconds after which it is killed."""


def kill_at(command, place, server, event, delay):
    """Search and kill it, without warning, a moment after an event."""
    process = begun(*command, "--json", cwd=place, variables=variables(server))
    met = any(json.loads(line)["event"] == event for line in process.stdout)
    time.sleep(delay)
    process.kill()
    process.communicate()
    assert met, f"it ended before {event}"


def test_a_search_that_is_killed_everywhere_resumes_into_the_same_search(place, server, uninterrupted):
    command = ["start", "noise.md"]
    for event, delay in KILLS:
        kill_at(command, place, server, event, delay)
        command = ["resume"]
    resumed = autoreclab("resume", cwd=place, variables=variables(server))
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    _, nodes, questions = uninterrupted
    assert shape(place, "noise") == nodes
    assert len(server.requests) <= questions + len(KILLS), "at most the question in flight is asked again"
    assert "Hardly." in autoreclab("report", cwd=place).stdout
    assert len(git(place / "workspace", "for-each-ref", "refs/autoreclab/noise/reruns").splitlines()) == 1
    assert git(place / "workspace", "fsck", "--strict", "--no-dangling") == "", "a write that was killed may dangle"


def test_ctrl_c_finishes_what_runs_and_resume_goes_on(place, server, uninterrupted):
    process = begun("start", "noise.md", "--json", cwd=place, variables=variables(server))
    for line in process.stdout:
        if json.loads(line)["event"] == "running":
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert [json.loads(line)["event"] for line in output.splitlines()] == ["ran"]
    assert "autoreclab resume noise" in errors
    assert "0 waiting" in autoreclab("status", cwd=place).stdout
    assert autoreclab("resume", "noise", cwd=place, variables=variables(server)).returncode == 0
    assert shape(place, "noise") == uninterrupted[1]


def test_ctrl_c_twice_stops_at_once_and_records_nothing_false(place, server, uninterrupted):
    process = begun("start", "noise.md", "--json", cwd=place, variables=variables(server))
    for line in process.stdout:
        if json.loads(line)["event"] == "running":
            break
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert "1 waiting" in autoreclab("status", cwd=place).stdout
    assert autoreclab("resume", cwd=place, variables=variables(server)).returncode == 0
    assert shape(place, "noise") == uninterrupted[1]


def complete(body):
    """The researcher's answers, but its first draft is right, and its report has a number of its own."""
    found = researcher.answer(body)
    if "files" in found:
        return researcher.proposal("all seeds", researcher.PROGRAM.format(noise=0.5, seeds=[0, 1, 2]))
    return found | {"interpretation": "It varies by 77.7 %."} if "interpretation" in found else found


def test_ctrl_c_while_the_best_runs_a_second_time_keeps_that_and_resume_goes_on_from_there(place):
    with ScriptedServer(complete) as server:
        command = ["start", "noise.md", "--drafts", "1", "--json"]
        process = begun(*command, cwd=place, variables=variables(server))
        for line in process.stdout:
            if json.loads(line)["event"] == "repeating":
                break
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 130
        (repeated,) = map(json.loads, output.splitlines())
        assert repeated["event"] == "repeated" and repeated["reproduced"] and repeated["counts"]["equal"] == 8
        resumed = autoreclab("resume", cwd=place, variables=variables(server))
    assert resumed.returncode == 0 and "again" not in resumed.stdout
    assert len(git(place / "workspace", "for-each-ref", "refs/autoreclab/noise/reruns").splitlines()) == 1
    assert "77.7 % [unsupported]" in autoreclab("report", cwd=place).stdout
    refused = autoreclab("report", "--strict", cwd=place)
    assert refused.returncode == 1 and "77.7 %" in refused.stderr and refused.stdout == ""
    plain = json.loads(autoreclab("report", "--json", cwd=place).stdout)
    assert plain["unsupported"] == ["77.7 %"] and plain["reproduction"]["reproduced"]
    assert r"Noisy & 3 & $0." in autoreclab("report", "--latex", cwd=place).stdout


def test_two_processes_on_one_run(place, server):
    first = begun("start", "noise.md", "--json", cwd=place, variables=variables(server))
    for line in first.stdout:
        if json.loads(line)["event"] == "running":
            break
    second = autoreclab("resume", "noise", cwd=place, variables=variables(server))
    assert second.returncode == 1
    assert f"is being searched by process {first.pid}" in second.stderr
    assert f"being searched by process {first.pid}" in autoreclab("status", cwd=place).stdout
    first.kill()
    first.communicate()


def test_a_wrong_key_is_said_at_once_and_nothing_is_lost(place):
    with ScriptedServer(lambda body: fault(401, "Incorrect API key provided: sk-t***")) as server:
        refused = start(place, server)
        assert refused.returncode == 3 and len(server.requests) == 1
        assert (
            "Error:" in refused.stderr and "Traceback" not in refused.stderr and "sk-test-secret" not in refused.stderr
        )
    with ScriptedServer(researcher.answer) as server:
        assert autoreclab("resume", "--iterations", "0", cwd=place, variables=variables(server)).returncode == 4


def test_a_model_that_goes_away_in_the_middle_ends_with_3_and_resume_goes_on(place, server, uninterrupted):
    def fails_after_two_drafts(body):
        known = body["messages"][0]["content"]
        return (
            fault(404, "no such model")
            if known.startswith("You write") and "0002 draft" in known
            else researcher.answer(body)
        )

    with ScriptedServer(fails_after_two_drafts) as broken:
        left = start(place, broken)
    assert left.returncode == 3
    assert len(shape(place, "noise")) == 2
    assert "draft 2" in git(place / "workspace", "log", "--graph"), "a search that pauses is gathered into main"
    assert autoreclab("resume", cwd=place, variables=variables(server)).returncode == 0
    assert shape(place, "noise") == uninterrupted[1]


def never_met(body):
    """The researcher's answers, but its judge is never satisfied."""
    found = researcher.answer(body)
    for opinion in found.get("opinions", ()):
        opinion["met"] = False
    return found


def test_nothing_satisfactory_is_a_normal_end(place):
    with ScriptedServer(never_met) as server:
        ended = start(place, server, "--drafts", "2", "--iterations", "1")
    assert ended.returncode == 4
    assert "Not every requirement is met" in autoreclab("report", cwd=place).stdout


def test_when_nothing_works_the_report_says_what_failed(place):
    def always_crash(body):
        found = researcher.answer(body)
        return researcher.proposal("broken", "raise SystemExit('no luck')\n") if "files" in found else found

    with ScriptedServer(always_crash) as server:
        ended = start(place, server, "--drafts", "1", "--iterations", "1")
    assert ended.returncode == 4
    report = autoreclab("report", cwd=place).stdout
    assert "No experiment worked" in report and "no luck" in report


def test_a_proposal_that_names_hostile_paths_or_no_program_is_a_crash_not_an_error(place):
    def hostile(body):
        found = researcher.answer(body)
        if "files" in found:
            found["files"] = [{"path": "../../.git/config", "content": "x"}, {"path": "/etc/x", "content": "x"}]
        return found

    with ScriptedServer(hostile) as server:
        ended = start(place, server, "--drafts", "1", "--iterations", "0")
    assert ended.returncode == 4, ended.stderr
    assert [node["status"] for node in shape(place, "noise")] == ["crashed"]


def test_the_same_program_is_not_run_twice(place):
    program = '"""Never twice the same."""\nimport os\nprint(os.urandom(16).hex())\nraise SystemExit(1)\n'

    def repeats_itself(body):
        found = researcher.answer(body)
        return researcher.proposal("the same", program) if "files" in found else found

    with ScriptedServer(repeats_itself) as server:
        start(place, server, "--drafts", "3", "--iterations", "1")
    assert [node["status"] for node in shape(place, "noise")] == ["crashed"] * 4
    logs = {autoreclab("show", f"noise/{number}", "--log", cwd=place).stdout for number in range(1, 5)}
    assert len(logs) == 1 and len(logs.pop()) > 32


def test_a_run_to_which_iterations_are_added_goes_on(place):
    with ScriptedServer(never_met) as server:
        start(place, server, "--drafts", "1", "--iterations", "0")
        assert autoreclab("resume", "--iterations", "1", cwd=place, variables=variables(server)).returncode == 4
    assert len(shape(place, "noise")) == 2


def test_slow_and_broken_answers_are_survived(place):
    seen = []

    def shaky(body):
        seen.append(1)
        if len(seen) == 1:
            return fault(500, "overloaded")
        if len(seen) == 2:
            return completion("certainly! here is no JSON")
        return Reply(completion(researcher.answer(body)).body, delay=0.1)

    with ScriptedServer(shaky) as server:
        ended = start(place, server, "--drafts", "1", "--iterations", "1")
    assert ended.returncode in (0, 4), ended.stderr
