"""A person beside a search that runs, and between a search and its resume: real git, real processes, real HTTP."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests import researcher
from tests.commands import autoreclab, begun, git
from tests.scripted_server import ScriptedServer

TASK = "---\ndata: simulated\ntimeout: 2m\n---\n# Noise\n\nHow much do random seeds change noisy popularity?\n"
IDEA = researcher.PROGRAM.format(noise=0.9, seeds=list(researcher.SEEDS))
README = Path(__file__).parent.parent / "README.md"


def variables(server):
    return {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}


def nodes_of(place):
    nodes = json.loads(autoreclab("tree", "seeds", "--json", cwd=place).stdout)["nodes"]
    return {node["node"]: node for node in nodes}


def _derives(body):
    text = body["messages"][0]["content"]
    return researcher.REPAIR in text or researcher.IMPROVEMENT in text


def demanding(body):
    """Programs that all lack seeds, judged sternly: only a person's is any better."""
    found = researcher.answer(body)
    for opinion in found.get("opinions", ()):
        opinion["met"] = False
    if "files" in found and _derives(body):
        found["files"][0]["content"] = re.sub(r"seed=\[.*?\]", "seed=[0]", found["files"][0]["content"])
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run `seeds`."""
    place = tmp_path_factory.mktemp("finished")
    (place / "seeds.md").write_text(TASK)
    with ScriptedServer(researcher.answer) as server:
        ended = autoreclab("start", "seeds.md", cwd=place, variables=variables(server))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return place


@pytest.fixture
def place(finished, tmp_path):
    """A copy of the finished run."""
    shutil.copytree(finished, tmp_path / "place")
    return tmp_path / "place"


def events_until(process, event, occurrence):
    for line in process.stdout:
        occurrence -= json.loads(line)["event"] == event
        if occurrence == 0:
            return


def test_a_person_works_beside_a_running_search_and_neither_harms_the_other(tmp_path):
    (tmp_path / "seeds.md").write_text(TASK)
    workspace = tmp_path / "workspace"
    options = "--drafts", "2", "--iterations", "2", "--debug-prob", "0", "--epsilon", "0"
    worked = threading.Event()

    def patient(body):
        assert not body["messages"][0]["content"].startswith("You review") or worked.wait(60)
        return demanding(body)

    with ScriptedServer(patient) as server:
        process = begun("start", "seeds.md", "--json", *options, cwd=tmp_path, variables=variables(server))
        events_until(process, "running", 2)
        git(workspace, "switch", "-q", "-c", "seeds/idea", "seeds/0002")
        (workspace / "seeds" / "solution.py").write_text(IDEA)
        git(workspace, "commit", "-qam", "all seeds, by hand")
        git(workspace, "notes", "add", "-m", "my own words", "HEAD")
        tip = git(workspace, "rev-parse", "HEAD")
        assert "next prompts" in autoreclab("hint", "seeds", "count twice", cwd=tmp_path).stdout
        worked.set()
        for line in process.stdout:
            git(workspace, "notes", "append", "-m", json.loads(line)["event"], "HEAD")
            assert git(workspace, "status", "--porcelain") == "", line
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 4, errors
    assert (git(workspace, "rev-parse", "HEAD"), git(workspace, "branch", "--show-current")) == (tip, "seeds/idea\n")
    assert re.match(r"my own words\n\n.*finished\n$", git(workspace, "notes", "show", "HEAD"), re.DOTALL)
    nodes = nodes_of(tmp_path)
    idea = nodes["idea"]
    assert (idea["operator"], idea["status"], idea["title"]) == ("manual", "ok", "all seeds, by hand")
    improved = [node for node in nodes.values() if node["operator"] == "improve"]
    assert improved and all(node["parents"] == [idea["commit"]] for node in improved)
    prompts = [body["messages"][0]["content"] for body in server.requests]
    assert ["- count twice" in prompt for prompt in prompts if researcher.IMPROVEMENT in prompt] == [True] * 2
    assert git(workspace, "fsck", "--strict") == ""


def test_pin_and_prune_are_obeyed_by_the_next_resume(place):
    satisfied = next(name for name, node in nodes_of(place).items() if node["score"] == 1.0)
    working = next(name for name, node in nodes_of(place).items() if node["status"] == "ok" and node["score"] < 1.0)
    autoreclab("prune", f"seeds/{satisfied}", cwd=place)
    autoreclab("pin", f"seeds/{working}", cwd=place)
    autoreclab("hint", f"seeds/{working}", "try cosine similarity", cwd=place)
    options = "--iterations", "9", "--debug-prob", "0", "--epsilon", "0"
    with ScriptedServer(researcher.answer) as server:
        resumed = autoreclab("resume", "seeds", *options, cwd=place, variables=variables(server))
    assert resumed.returncode == 0, resumed.stderr
    *_, last = (node for node in nodes_of(place).values() if node["number"])
    assert (last["operator"], last["parents"]) == ("improve", [nodes_of(place)[working]["commit"]])
    assert "- try cosine similarity" in server.requests[0]["messages"][0]["content"]
    crowned = git(place / "workspace", "log", "-1", "--format=%B", "seeds/best")
    assert f"Node: {last['commit']}" in crowned


def editor(place, script):
    """An editor that is a program: what it does to the file `f`, in Python."""
    path = place / "editor.py"
    path.write_text(f"import pathlib, sys\nf = pathlib.Path(sys.argv[1])\n{script}\n")
    return {"EDITOR": f"{sys.executable} {path}", "VISUAL": ""}


def test_edited_requirements_judge_every_node_again_and_run_none(place):
    listed = autoreclab("requirements", "seeds", cwd=place).stdout
    assert listed.startswith("- Every seed has NDCG@10 and Recall@10. [check: design]\n- Popularity runs")
    before = nodes_of(place)
    adding = editor(place, "f.write_text(f.read_text() + '- Figures are drawn. [check: figures]\\n')")
    edited = autoreclab("requirements", "seeds", "--edit", cwd=place, variables=adding)
    assert "6 requirements" in edited.stdout, edited.stderr
    assert autoreclab("requirements", "seeds", cwd=place).stdout == listed + "- Figures are drawn. [check: figures]\n"
    old = git(place / "workspace", "rev-parse", "refs/notes/autoreclab").strip()
    with ScriptedServer(researcher.answer) as server:
        resumed = autoreclab("resume", "seeds", "--json", cwd=place, variables=variables(server))
    kinds = [json.loads(line)["event"] for line in resumed.stdout.splitlines()]
    assert kinds.count("judged") == len(before) and not {"running", "ran", "proposing"} & set(kinds)
    after = nodes_of(place)
    assert {len(node["judgement"]["verdicts"]) for node in after.values()} == {6}
    assert all(after[name]["execution"] == node["execution"] for name, node in before.items())
    git(place / "workspace", "update-ref", "refs/notes/before", old)
    kept = git(place / "workspace", "notes", "--ref=before", "show", before["0002"]["commit"])
    assert f'plan: "{before["0002"]["judgement"]["plan"]}"' in kept and "verdict.5.met" in kept


def test_requirements_that_were_not_changed_or_are_malformed_write_nothing(place):
    before = git(place / "workspace", "rev-parse", "refs/notes/autoreclab")
    same = autoreclab("requirements", "seeds", "--edit", cwd=place, variables=editor(place, ""))
    assert same.stdout == "Nothing was changed.\n"
    spoilt = editor(place, "f.write_text(f.read_text() + 'and figures\\n')")
    failed = autoreclab("requirements", "seeds", "--edit", cwd=place, variables=spoilt)
    assert failed.returncode == 1 and "'and figures' isn't `- text`" in failed.stderr
    assert git(place / "workspace", "rev-parse", "refs/notes/autoreclab") == before


def test_requirements_edited_by_hand_in_the_note_count_too(place):
    changing = editor(place, "f.write_text(f.read_text().replace('Popularity runs', 'Really, popularity runs'))")
    command = ["git", "-C", place / "workspace", "notes", "--ref=autoreclab", "edit", "seeds/task"]
    subprocess.run(command, env=person(place) | {"GIT_EDITOR": changing["EDITOR"]}, check=True)
    assert "- Really, popularity runs beside it." in autoreclab("requirements", "seeds", cwd=place).stdout
    assert all(node["judgement"] is None for node in nodes_of(place).values())


def person(place):
    """The environment of a person with an identity, an editor that changes nothing, and autoreclab on the path."""
    (place / "bin").mkdir(exist_ok=True)
    (place / "bin" / "autoreclab").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m autoreclab "$@"\n')
    (place / "bin" / "autoreclab").chmod(0o755)
    identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
                for key, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))}  # fmt: skip
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return os.environ | identity | {"PATH": path, "EDITOR": "true", "VISUAL": ""}


def test_the_readmes_walk_through_word_for_word(place):
    section = README.read_text().split("\n## Steer, resume\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert "git switch -c seeds/idea seeds/0004" in blocks[0] and "autoreclab resume seeds" in "".join(blocks)
    (place / "idea.py").write_text(IDEA)
    edit = f"cp {place / 'idea.py'} seeds/solution.py"
    script = "\n".join(re.sub(r"^(.*# edit seeds/solution.py)$", rf"\1\n{edit}", block, flags=re.M) for block in blocks)
    with ScriptedServer(researcher.answer) as server:
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=place, env=person(place) | variables(server), capture_output=True,
            text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert edit in script and done.returncode == 0, done.stdout + done.stderr
    nodes = nodes_of(place)
    idea = nodes["idea"]
    assert (idea["operator"], idea["title"], idea["score"]) == ("manual", "cosine similarity", 1.0)
    assert idea["parents"] == [nodes["0004"]["commit"]]
    assert "manual: cosine similarity" in autoreclab("tree", "seeds", cwd=place).stdout
    assert git(place / "workspace", "status", "--porcelain") == ""
