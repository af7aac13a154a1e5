"""A run rebuilt from its recorded exchanges: the same search, no network; and what is said where it departs."""

import json
import shutil

import pytest

from autoreclab.workspace import Workspace
from tests import researcher
from tests.commands import autoreclab, git, shape
from tests.scripted_server import ScriptedServer

TASK = "---\ndata: simulated\ntimeout: 2m\n---\n# Noise\n\nHow much do random seeds change noisy popularity?\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A folder with a finished run `noise` that was done with other settings than the task's."""
    place = tmp_path_factory.mktemp("original")
    (place / "noise.md").write_text(TASK)
    with ScriptedServer(researcher.answer) as server:
        variables = {"OPENAI_API_KEY": "sk-test-secret", "OPENAI_BASE_URL": server.url}
        done = autoreclab("start", "noise.md", "--drafts", "2", "--model", "some-model", cwd=place, variables=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.fixture
def place(original, tmp_path):
    """A copy of it."""
    return shutil.copytree(original, tmp_path / "copy")


@pytest.fixture
def network():
    """A server that must not be asked anything."""
    with ScriptedServer() as server:
        yield server
        assert server.requests == []


def replay(place, *options, run="noise", server=None):
    variables = {"OPENAI_BASE_URL": server.url} if server else {}
    return autoreclab("start", "noise.md", "--model", f"replay:{run}", *options, cwd=place, variables=variables)


def contents(place, run):
    """The files of a run's nodes, by number."""
    workspace = Workspace.open(place / "workspace")
    tree = workspace.load(workspace.run(run))
    return {node.name: workspace.files(run, node) for node in tree.nodes}


def exchanges(place, run):
    return Workspace.open(place / "workspace").exchanges(run).all()


def test_a_replay_is_the_same_search_with_no_network_and_as_good_an_original(place, network):
    done = replay(place, server=network)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "noise-2: Noise  (model replay:noise" in done.stdout
    assert shape(place, "noise-2") == shape(place, "noise")
    assert contents(place, "noise-2") == contents(place, "noise") != {}
    assert exchanges(place, "noise-2") == exchanges(place, "noise") != {}
    assert "Hardly." in autoreclab("report", "noise-2", cwd=place).stdout
    assert git(place / "workspace", "fsck", "--strict") == ""


def test_a_replay_that_departs_names_the_step_and_the_first_line_that_differs(place):
    (place / "noise.md").write_text(TASK.replace("noisy popularity", "loud popularity"))
    departed = replay(place)
    assert departed.returncode == 3 and "Traceback" not in departed.stderr
    assert "departs from it at step plan (plan): line " in departed.stderr
    assert "is 'How much do random seeds change loud popularity?'" in departed.stderr
    assert "and was 'How much do random seeds change noisy popularity?'" in departed.stderr


def test_a_replay_that_goes_beyond_the_original_says_so_and_another_model_goes_on(place):
    with ScriptedServer(researcher.answer) as server:
        variables = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}
        options = ["--drafts", "1", "--iterations", "0", "--model", "m"]
        autoreclab("start", "noise.md", *options, cwd=place, variables=variables)
        departed = replay(place, "--iterations", "1", run="noise-2")
        assert departed.returncode == 3
        assert "at step 0002 (debug): the original holds no answer to this question." in departed.stderr
        asked = len(server.requests)
        resumed = autoreclab("resume", "noise-3", "--model", "m", cwd=place, variables=variables)
    assert resumed.returncode == 4 and len(server.requests) > asked
    assert len(shape(place, "noise-3")) == 2


def test_a_run_that_is_not_there_or_was_done_offline_cannot_be_replayed(place):
    missing = replay(place, run="nothing")
    assert missing.returncode == 1 and "There is no run 'nothing'" in missing.stderr
    (place / "seeds.md").write_text("---\ndata: simulated\n---\n# Seeds\n\nHow much do 2 seeds change ImplicitMF?\n")
    options = ["--drafts", "1", "--iterations", "0", "--timeout", "1s"]
    autoreclab("start", "seeds.md", *options, "--model", "offline", cwd=place)
    refused = replay(place, run="seeds")
    assert refused.returncode == 3 and "--model offline" in refused.stderr
    assert [state["run"] for state in json.loads(autoreclab("status", "--json", cwd=place).stdout)] == [
        "noise", "seeds"
    ]  # fmt: skip
