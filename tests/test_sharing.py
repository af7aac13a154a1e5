"""Runs shared through git remotes: two clones that each went on are merged, and nothing is lost."""

import concurrent.futures
import dataclasses
import json
import re
import subprocess
from pathlib import Path

import pytest

from autoreclab import merging, records
from autoreclab.errors import WorkspaceError
from autoreclab.settings import Settings
from autoreclab.sharing import pull, push, runs_at
from autoreclab.workspace import Workspace
from tests import researcher
from tests.commands import autoreclab, shape
from tests.scripted_server import ScriptedServer
from tests.test_workspace import PLAN, TASK, Usage, git, grow

NOISE = "---\ndata: simulated\ntimeout: 2m\n---\n# Noise\n\nHow much do random seeds change noisy popularity?\n"


@pytest.fixture
def remote(tmp_path):
    git(tmp_path, "init", "-q", "--bare", "runs.git")
    return str(tmp_path / "runs.git")


@pytest.fixture
def ours(tmp_path, remote):
    """A workspace with one node, pushed."""
    workspace = Workspace.create(tmp_path / "ours")
    run = workspace.begin("seeds", TASK, Settings(seed=7), {"versions": {}, "datasets": []})
    workspace.record_plan(run, PLAN, Usage(1, 10, 5))
    node = grow(workspace, run, title="the first")
    workspace.exchanges("seeds").put("aa" * 32, '{"answer": 1}')
    workspace.crown(run, node, {"report.md": b"ours\n"})
    push(workspace, remote, "seeds")
    return workspace


@pytest.fixture
def theirs(tmp_path, ours, remote):
    """A second workspace made from the remote alone."""
    workspace = Workspace.create(tmp_path / "theirs")
    pull(workspace, remote, ["seeds"])
    return workspace


def tree(workspace):
    return workspace.load(workspace.run("seeds"))


def facts(workspace):
    """Everything a clone knows of a run, but for the names of its nodes."""
    repository = workspace.repository
    nodes = {dataclasses.replace(node, name="", number=None, hints=()) for node in map(hashable, tree(workspace).nodes)}
    notes = {ref: git(workspace.path, "notes", f"--ref={ref}", "list") for ref in ("autoreclab", "scores", "commits")}
    outputs = repository.refs("refs/autoreclab/seeds/outputs/")
    heads = repository.refs("refs/heads/seeds/")
    exchanges = set(repository.entries(repository.head("refs/autoreclab/seeds/exchanges")))
    return nodes, notes, outputs, exchanges, set(heads.values())


def hashable(node):
    execution = dataclasses.replace(node.execution, metrics=tuple(node.execution.metrics.items()))
    return dataclasses.replace(node, execution=execution, spent=tuple(node.spent.items()))


def diverge(ours, theirs):
    """Each side adds two nodes of the same numbers, an exchange, and a person's note."""
    for side, workspace in (("ours", ours), ("theirs", theirs)):
        run = workspace.run("seeds")
        first = tree(workspace).nodes[0]
        second = grow(workspace, run, parent=first, kind="improve", title=f"{side} 2", code=f"print('{side} 2')\n")
        grow(workspace, run, parent=second, kind="improve", title=f"{side} 3", code=f"print('{side} 3')\n")
        workspace.exchanges("seeds").put(side[0].encode().hex() * 32, f'{{"answer": "{side}"}}')
        git(workspace.path, "notes", "append", "-m", f"hint: {side}", "seeds/0001")


def test_two_clones_that_each_went_on_are_merged_and_nothing_is_lost(ours, theirs, remote):
    assert facts(theirs) == facts(ours)
    diverge(ours, theirs)
    nodes = facts(ours)[0] | facts(theirs)[0]
    outputs, exchanges = facts(ours)[2] | facts(theirs)[2], facts(ours)[3] | facts(theirs)[3]
    push(ours, remote, "seeds")
    (merged,) = pull(theirs, remote, ["seeds"])
    assert (merged.branches, merged.renamed) == (2, {"0002": "0004", "0003": "0005"})
    push(theirs, remote, "seeds")
    pull(ours, remote, ["seeds"])
    assert facts(ours) == facts(theirs)
    assert facts(ours)[0] == nodes and len(nodes) == 5
    assert (facts(ours)[2], facts(ours)[3]) == (outputs, exchanges) and len(outputs) == 5 and len(exchanges) == 3
    for workspace in (ours, theirs):
        assert set(git(workspace.path, "notes", "show", "seeds/0001").split("\n")) >= {"hint: ours", "hint: theirs"}
        assert [node.number for node in tree(workspace).nodes] == [1, 2, 3, 4, 5]
        assert tree(workspace).next_number == 6
        assert git(workspace.path, "status", "--porcelain") == "" == git(workspace.path, "fsck", "--strict")
        assert git(workspace.path, "for-each-ref", "refs/autoreclab-incoming", "refs/notes/autoreclab-incoming") == ""
        grow(workspace, workspace.run("seeds"), title="after")
    assert git(remote, "fsck", "--strict") == ""


def test_pulling_and_pushing_again_moves_nothing(ours, theirs, remote):
    diverge(ours, theirs)
    push(ours, remote, "seeds")
    push(theirs, remote, "seeds")
    pull(ours, remote, ["seeds"])
    before = [git(place, "for-each-ref") for place in (ours.path, theirs.path, remote)]
    for workspace in (ours, theirs):
        assert [merged.branches for merged in pull(workspace, remote, ["seeds"])] == [0]
        push(workspace, remote, "seeds")
    assert [git(place, "for-each-ref") for place in (ours.path, theirs.path, remote)] == before


def test_another_workspace_is_a_remote_like_any(ours, theirs):
    diverge(ours, theirs)
    git(theirs.path, "switch", "-q", "seeds/0002")
    push(ours, str(theirs.path), "seeds")
    assert facts(ours) == facts(theirs)
    assert git(theirs.path, "status", "--porcelain") == ""


def test_a_node_that_ran_on_both_sides_keeps_the_record_that_got_further_and_its_outputs(ours, theirs, remote):
    run = ours.run("seeds")
    node = grow(ours, run, title="twice", code="print(2)\n")
    push(ours, remote, "seeds")
    pull(theirs, remote, ["seeds"])
    ran = dataclasses.replace(node, judgement=None, execution=dataclasses.replace(node.execution, seconds=9.0))
    ours.keep_outputs("seeds", node, {"log.txt": b"ours\n"})
    ours.record("seeds", ran, None)
    theirs.keep_outputs("seeds", node, {"log.txt": b"theirs\n"})
    judged = dataclasses.replace(node, execution=dataclasses.replace(node.execution, seconds=5.0))
    theirs.record("seeds", judged, None)
    push(ours, remote, "seeds")
    push(theirs, remote, "seeds")
    pull(ours, remote, ["seeds"])
    for workspace in (ours, theirs):
        found = tree(workspace).by_commit[node.commit]
        assert found.execution.seconds == 5.0 and found.judgement
        assert workspace.outputs("seeds", found) == {"log.txt": b"theirs\n"}
    assert facts(ours) == facts(theirs)
    kept = ours.repository.refs("refs/autoreclab/seeds/superseded/")
    assert any(ours.repository.files(commit) == {"log.txt": b"ours\n"} for commit in kept.values())


def test_a_persons_branch_moves_on_unless_it_is_checked_out(ours, theirs, remote):
    def commit(workspace, text):
        (workspace.path / "seeds" / "solution.py").write_text(text)
        git(workspace.path, "commit", "-qam", text)

    git(ours.path, "switch", "-q", "-c", "seeds/idea", "seeds/0001")
    commit(ours, "one")
    push(ours, remote, "seeds")
    pull(theirs, remote, ["seeds"])
    commit(ours, "two")
    push(ours, remote, "seeds")
    pull(theirs, remote, ["seeds"])
    tip = git(ours.path, "rev-parse", "HEAD")
    assert git(theirs.path, "rev-parse", "seeds/idea") == tip
    git(theirs.path, "switch", "-q", "seeds/idea")
    commit(ours, "three")
    push(ours, remote, "seeds")
    (merged,) = pull(theirs, remote, ["seeds"])
    assert merged.renamed == {"idea": "idea-2"} and git(theirs.path, "rev-parse", "seeds/idea") == tip
    assert git(theirs.path, "status", "--porcelain") == ""


def test_another_run_of_the_same_name_is_refused_and_nothing_is_changed(ours, tmp_path, remote):
    other = Workspace.create(tmp_path / "other")
    other.begin("seeds", TASK, Settings(seed=8), {"versions": {}, "datasets": []})
    before = git(other.path, "for-each-ref"), git(remote, "for-each-ref")
    for move in (lambda: pull(other, remote, ["seeds"]), lambda: push(other, remote, "seeds")):
        with pytest.raises(WorkspaceError, match="is another run than"):
            move()
    assert (git(other.path, "for-each-ref"), git(remote, "for-each-ref")) == before


def test_a_run_that_is_searched_is_not_merged_into(ours, remote):
    with ours.searching("seeds"), pytest.raises(WorkspaceError, match="is being searched by process"):
        pull(ours, remote, ["seeds"])


def test_the_better_best_wins_on_both_sides(ours, theirs, remote):
    run = theirs.run("seeds")
    theirs.crown(run, None, {"report.md": b"worse\n"})
    push(theirs, remote, "seeds")
    for workspace in (ours, theirs):
        best = workspace.repository.head("refs/heads/seeds/best")
        assert workspace.repository.files(best, "seeds")["report.md"] == b"ours\n"
    assert git(remote, "rev-parse", "seeds/best") == git(ours.path, "rev-parse", "seeds/best")


def test_pushers_at_the_same_time_both_arrive(ours, theirs, remote):
    diverge(ours, theirs)
    command = ["push", remote, "seeds", "--workspace"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda w: autoreclab(*command, str(w.path), cwd=w.path), (ours, theirs)))
    assert [done.returncode for done in ended] == [0, 0], ended
    for workspace in (ours, theirs):
        pull(workspace, remote, ["seeds"])
    assert facts(ours) == facts(theirs) and len(facts(ours)[0]) == 5


def test_a_refused_push_says_why(ours, remote):
    git(remote, "config", "receive.denyNonFastForwards", "true")
    hook = ours.path.parent / "runs.git" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    grow(ours, ours.run("seeds"), title="more")
    with pytest.raises(WorkspaceError, match=r"remote rejected.*hook declined"):
        push(ours, remote, "seeds")


def test_odd_refs_of_a_remote_are_passed_over(ours, theirs, remote):
    blob = git(remote, "hash-object", "-w", "--stdin").strip()
    place = theirs.path.parent / "runs.git"
    (place / "refs" / "heads" / "seeds" / "blob").write_text(f"{blob}\n")
    (place / "refs" / "heads" / "seeds" / "...lock").write_text(git(ours.path, "rev-parse", "seeds/0001"))
    (place / "refs" / "autoreclab" / "seeds" / "odd").write_text(f"{blob}\n")
    pull(theirs, remote, ["seeds"])
    assert facts(theirs) == facts(ours)


@pytest.mark.parametrize("path", ["../outside", ".git/hooks/post-checkout", "seeds/../../x"])
def test_trees_with_bad_paths_are_refused(ours, theirs, remote, path):
    blob = subprocess.run(["git", "-C", remote, "hash-object", "-w", "--stdin"], input=b"x", capture_output=True,
                          check=True).stdout.strip().decode()  # fmt: skip
    stream = (f"commit refs/heads/seeds/evil\ncommitter A <a@b> 0 +0000\ndata 0\n"
              f"from {git(ours.path, 'rev-parse', 'seeds/0001')}M 100644 {blob} {path}\n")  # fmt: skip
    made = subprocess.run(["git", "-C", remote, "fast-import", "--quiet"], input=stream.encode(), check=False)
    if made.returncode:
        pytest.skip("this git makes no such tree")
    before = git(theirs.path, "for-each-ref")
    with pytest.raises(WorkspaceError, match=r"hasDot(dot|git)"):
        pull(theirs, remote, ["seeds"])
    assert git(theirs.path, "for-each-ref") == before


@pytest.mark.parametrize("message", ["x: y\n\nOperator: draft\nNumber: many\n", "x: y\n\nOperator: draft\n"])
def test_nodes_that_cannot_be_read_are_refused(ours, theirs, remote, message):
    command = ["git", "-c", "user.name=autoreclab", "-c", "user.email=autoreclab@localhost", "-C", remote,
               "commit-tree", "seeds/0001^{tree}", "-p", "seeds/0001", "-m", message]  # fmt: skip
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    git(remote, "update-ref", "refs/heads/seeds/0002", commit)
    with pytest.raises(WorkspaceError, match="can't be read, nothing was merged"):
        pull(theirs, remote, ["seeds"])
    assert len(tree(theirs).nodes) == 1


def test_a_bundle_as_the_documentation_makes_it_is_opened_by_a_reviewer(ours, tmp_path):
    text = (Path(__file__).parent.parent / "docs" / "sharing.md").read_text()
    (command,) = re.findall("^git -C workspace bundle .*$", text, re.MULTILINE)
    command = command.replace("-C workspace", "-C ours").replace("create ", f"create {tmp_path}/")
    subprocess.run(command, shell=True, cwd=tmp_path, check=True,
                   capture_output=True)  # fmt: skip
    assert runs_at(tmp_path, str(tmp_path / "seeds.bundle")) == ["seeds"]
    done = autoreclab("pull", "seeds.bundle", "--workspace", "review", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert facts(Workspace.open(tmp_path / "review")) == facts(ours)
    assert "the first" in autoreclab("tree", "seeds", "--workspace", "review", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(("pull", "nowhere.git"), "does not appear to be a git repository"), (("pull", "empty.git"), "holds no run"),
     (("pull", "runs.git", "other"), "Its runs: seeds"), (("pull", "--", "--upload-pack=touch evil"), "Error")],
)  # fmt: skip
def test_a_remote_that_is_none_is_said_and_no_workspace_is_made(ours, tmp_path, arguments, reason):
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    done = autoreclab(*arguments, cwd=tmp_path)
    assert done.returncode == 1 and reason in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "workspace").exists() and not (tmp_path / "evil").exists()


def test_a_run_is_pulled_into_a_new_workspace_extended_on_both_sides_and_resumed(tmp_path, remote):
    place, other = tmp_path / "one", tmp_path / "two"
    for folder in (place, other):
        folder.mkdir()
    (place / "noise.md").write_text(NOISE)
    with ScriptedServer(researcher.answer) as server:
        variables = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
        assert autoreclab("start", "noise.md", "--drafts", "1", "--iterations", "0", cwd=place,
                          variables=variables).returncode == 4  # fmt: skip
        assert autoreclab("push", remote, cwd=place).returncode == 0
        assert autoreclab("pull", remote, cwd=other).returncode == 0
        assert shape(other, "noise") == shape(place, "noise")
        for folder, drafts in ((place, "2"), (other, "3")):
            assert resumed(folder, drafts, variables) in (0, 4)
        grown = commits(place) | commits(other)
        for folder in (place, other, place):
            done = autoreclab("push", remote, cwd=folder)
            assert done.returncode == 0, done.stderr
        assert commits(place) == commits(other) == grown and len(grown) == 4
        for folder in (place, other):
            assert resumed(folder, "5", variables) in (0, 4)
            assert len(commits(folder)) == 5 and commits(folder) > grown


def resumed(folder, drafts, variables):
    return autoreclab("resume", "--drafts", drafts, "--iterations", "0", cwd=folder, variables=variables).returncode


def commits(folder):
    return {node["commit"] for node in json.loads(autoreclab("tree", "--json", cwd=folder).stdout)["nodes"]}


def test_a_record_changed_on_both_sides():
    base = records.dump({"summary": "s", "requirement.1": "a", "setting.iterations": 5})
    ours = records.dump({"summary": "s", "requirement.1": "a", "setting.iterations": 9, "setting.seed": 1})
    theirs = records.dump({"summary": "s", "requirement.1": "b", "setting.iterations": 5})
    merged = {"summary": "s", "requirement.1": "b", "setting.iterations": 9, "setting.seed": 1}
    assert records.load(merging.record(base, ours, theirs)) == merged
    assert records.load(merging.record(base, theirs, ours)) == merged


def test_a_removed_note_stays_removed_unless_the_other_side_changed_it():
    assert merging.three_way({"a": "1", "b": "1"}, {}, {"a": "1", "b": "2"}) == ({"b": "2"}, [])


def test_names_that_are_taken():
    def placed(here, there, descends=lambda new, old: False):
        return merging.placed(here, there, descends)

    assert placed({"0001": "a"}, {"0001": "b", "0002": "c"}) == {"0002": "c", "0003": "b"}
    assert placed({"0001": "a", "0002": "b"}, {"0001": "b", "0002": "a"}) == {}
    assert placed({"idea": "a"}, {"idea/x": "b"}) == {"idea-x-2": "b"}
    assert placed({"idea": "a"}, {"idea": "b"}, lambda new, old: (new, old) == ("b", "a")) == {"idea": "b"}
