"""The workspace as a database: what is written is what is loaded, and people's git works on it."""

import dataclasses
import subprocess
import time

import pytest

from autoreclab.errors import WorkspaceError
from autoreclab.models import Usage
from autoreclab.models.answers import File, Proposal
from autoreclab.nodes import Action, Execution, Judgement, Verdict
from autoreclab.plan import Design, Factor, Plan, Requirement
from autoreclab.settings import Settings
from autoreclab.task import parse
from autoreclab.workspace import Workspace

TASK = parse("---\nmetric: ndcg@10\n---\n# Seeds\nHow much?", "seeds.md")
PLAN = Plan(
    summary="seeds",
    requirements=(Requirement(text="complete", check="design"),),
    design=Design(datasets=("simulated",), factors=(Factor(name="seed", levels=(0, 1)),), metrics=("ndcg@10",)),
)


def git(place, *arguments):
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-C", place, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def workspace(tmp_path):
    return Workspace.create(tmp_path / "workspace")


@pytest.fixture
def run(workspace):
    run = workspace.begin("seeds", TASK, Settings(seed=7), {"versions": {}, "datasets": []})
    workspace.record_plan(run, PLAN, Usage(1, 10, 5))
    return run


def proposal(title="a program", plan="because", code="print(1)\n"):
    return Proposal(title=title, plan=plan, files=(File(path="solution.py", content=code),))


def grow(workspace, run, *, parent=None, kind="draft", met=True, **about):
    """Add a node that ran and was judged."""
    number = workspace.load(run).next_number
    commit = workspace.add(run, number, Action(kind, parent), proposal(**about), Usage(1, 100, 50))
    node = workspace.load(run).by_commit[commit]
    node = dataclasses.replace(node, execution=Execution("ok", 0, 1.5, 80.0, 2, 2, {"ndcg@10": 0.1}))
    workspace.keep_outputs(run.name, node, {"log.txt": b"done\n", "results.csv": b"seed,value\n"})
    workspace.record(run.name, node, "ndcg@10")
    node = dataclasses.replace(
        node, judgement=Judgement((Verdict(met, "seen", "check"),), PLAN.fingerprint), lesson="A."
    )
    workspace.record(run.name, node, "ndcg@10")
    return node


def test_a_fresh_workspace_is_a_clean_repository_with_a_fixed_root(workspace):
    assert git(workspace.path, "status", "--porcelain") == ""
    assert git(workspace.path, "rev-parse", "main").strip() == "cb244e37435ca90521a5c0afb359e751f16f9012"


def test_a_workspace_whose_making_was_killed_is_made_anew(tmp_path):
    git(tmp_path, "init", "--quiet", "workspace/.making")
    workspace = Workspace.create(tmp_path / "workspace")
    assert git(workspace.path, "status", "--porcelain") == "" and not (workspace.path / ".making").exists()


def test_a_readme_that_was_there_stays_and_is_no_change(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    Workspace.create(tmp_path)
    assert git(tmp_path, "status", "--porcelain") == ""


def test_another_repository_is_never_written_to(tmp_path):
    git(tmp_path, "init", "--quiet")
    before = sorted(path for path in tmp_path.rglob("*"))
    with pytest.raises(WorkspaceError, match="is another git repository, not a workspace"):
        Workspace.create(tmp_path)
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_a_folder_inside_another_repository_becomes_a_repository_of_its_own(tmp_path):
    git(tmp_path, "init", "--quiet")
    Workspace.create(tmp_path / "workspace")
    assert git(tmp_path, "for-each-ref") == ""


def test_a_folder_with_other_things_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(WorkspaceError, match=r"holds other things \(thesis.tex\)"):
        Workspace.create(tmp_path)


def test_a_file_is_no_workspace(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError):
        Workspace.create(tmp_path / "file")
    with pytest.raises(WorkspaceError, match="There is no workspace"):
        Workspace.open(tmp_path / "nothing")


def test_a_run_is_read_back_as_it_was_begun(workspace, run):
    assert (run.task, run.settings, run.facts["format"]) == (TASK, Settings(seed=7), 1)
    assert workspace.load(run).plan == PLAN


def test_names_are_taken_once(workspace, run):
    names = [workspace.begin("seeds", TASK, Settings(), {}).name for _ in range(2)]
    assert names == ["seeds-2", "seeds-3"]
    assert workspace.begin("main", TASK, Settings(), {}).name == "main-run"
    assert set(workspace.runs()) == {"seeds", "seeds-2", "seeds-3", "main-run"}


def test_settings_changed_on_resume_win(workspace, run):
    changed = workspace.change_settings(run, {"iterations": 99, "data": ("x.csv",)})
    assert (changed.settings.iterations, changed.settings.data, changed.settings.seed) == (99, ("x.csv",), 7)
    assert workspace.load(changed).plan == PLAN


def test_a_newer_format_is_refused(workspace, run, monkeypatch):
    monkeypatch.setattr("autoreclab.workspace.FORMAT", 0)
    with pytest.raises(WorkspaceError, match="written by a newer autoreclab"):
        workspace.run("seeds")


def test_a_proposal_waits_until_it_is_recorded(workspace, run):
    commit = workspace.add(run, 1, Action("draft"), proposal(), Usage(1, 100, 50))
    tree = workspace.load(run)
    assert tree.waiting.commit == commit and tree.next_number == 2
    assert workspace.files("seeds", tree.waiting) == {"solution.py": b"print(1)\n"}


def test_nodes_come_back_as_they_were_recorded(workspace, run):
    first = grow(workspace, run)
    second = grow(workspace, run, parent=first, kind="improve", met=False, code="print(2)\n")
    assert workspace.load(run).nodes == (first, dataclasses.replace(second, parents=(first.commit,)))
    assert workspace.outputs("seeds", first)["log.txt"] == b"done\n"
    assert workspace.load(run).best == first


def test_hostile_texts_make_no_trailers_lines_or_escapes(workspace, run):
    plan = "fine\n\nOperator: best\nNumber: 999\n\n\x1b[31mred"
    node = grow(workspace, run, title="x\nOperator: y\x1b]0;t\x07", plan=plan)
    (loaded,) = workspace.load(run).nodes
    assert (loaded.number, loaded.operator, loaded.title) == (1, "draft", "x Operator: y ]0;t")
    assert loaded == node
    assert "\x1b" not in git(workspace.path, "log", "--branches")


@pytest.mark.parametrize("path", ["../evil.py", ".git/config", "/etc/passwd"])
def test_hostile_paths_are_refused(workspace, run, path):
    files = (File(path=path, content=""),)
    with pytest.raises(WorkspaceError):
        workspace.add(run, 1, Action("draft"), proposal().model_copy(update={"files": files}), Usage())


def test_a_persons_branch_is_a_manual_node(workspace, run):
    first = grow(workspace, run)
    git(workspace.path, "switch", "-q", "-c", "seeds/idea", "seeds/0001")
    (workspace.path / "seeds" / "solution.py").write_text("print('by hand')\n")
    git(workspace.path, "commit", "-qam", "cosine similarity\n\nOperator: draft\nNumber: 1")
    tree = workspace.load(run)
    assert [(n.name, n.operator, n.number, n.title) for n in tree.nodes[1:]] == [
        ("idea", "manual", None, "cosine similarity")
    ]
    assert tree.waiting.parents == (first.commit,)


def test_a_commit_on_a_checked_out_node_leaves_the_node_its_number(workspace, run):
    grow(workspace, run)
    git(workspace.path, "switch", "-q", "seeds/0001")
    (workspace.path / "seeds" / "solution.py").write_text("print('by hand')\n")
    git(workspace.path, "commit", "-qam", "by hand")
    tree = workspace.load(run)
    assert [node.operator for node in tree.nodes] == ["draft", "manual"]
    assert tree.next_number == 2


def test_a_record_does_not_follow_an_amended_commit(workspace, run):
    grow(workspace, run)
    git(workspace.path, "switch", "-q", "seeds/0001")
    git(workspace.path, "commit", "-q", "--amend", "-m", "amended")
    assert [(node.operator, node.status) for node in workspace.load(run).nodes] == [("manual", "waiting")]


def test_gathering_shows_the_search_in_plain_log_and_changes_no_file(workspace, run):
    first = grow(workspace, run, title="the first")
    grow(workspace, run, parent=first, kind="improve", title="the second")
    workspace.gather("seeds", workspace.load(run))
    workspace.gather("seeds", workspace.load(run))
    log = git(workspace.path, "log", "--graph")
    assert "draft: the first" in log and "1.00  1/1  ndcg@10 0.1000  ok" in log
    assert log.count("seeds: 2 nodes, best 0001 (1.00)") == 1
    assert git(workspace.path, "status", "--porcelain") == ""


def test_the_alias_shows_one_line_a_node_and_no_blank_ones(workspace, run):
    first = grow(workspace, run, title="the first")
    grow(workspace, run, parent=first, kind="improve", title="the second", met=False)
    grow(workspace, run, title="the third")
    workspace.crown(run, first, {})
    workspace.gather("seeds", workspace.load(run))
    lines = git(workspace.path, "tree").splitlines()
    nodes = [line for line in lines if "the " in line and "best:" not in line]
    assert len(nodes) == 3 and all(line.strip(" |*\\/") for line in lines if "*" in line)
    assert any("improve: the second  0.00  0/1  ndcg@10 0.1000  ok" in line for line in nodes)
    assert not any(line.strip(" |") == "" for line in lines)


def test_best_is_one_commit_that_cherry_picks_elsewhere(workspace, run, tmp_path):
    node = grow(workspace, run, title="winner")
    assert workspace.crown(run, node, {"report.md": b"old\n"})
    assert workspace.crown(run, node, {"report.md": b"# Report\n", "figures/a.png": b"\x89PNG"})
    elsewhere = tmp_path / "paper"
    git(tmp_path, "init", "-q", "paper")
    (elsewhere / "paper.tex").write_text("x")
    git(elsewhere, "add", ".")
    git(elsewhere, "commit", "-qm", "paper")
    git(elsewhere, "fetch", "-q", str(workspace.path), "seeds/best")
    git(elsewhere, "cherry-pick", "FETCH_HEAD")
    assert (elsewhere / "seeds" / "solution.py").read_text() == "print(1)\n"
    assert (elsewhere / "seeds" / "report.md").read_text() == "# Report\n"
    assert workspace.load(run).crowned == node.commit


def test_best_is_left_alone_while_a_person_has_it_checked_out(workspace, run):
    node = grow(workspace, run)
    workspace.crown(run, node, {"report.md": b"old\n"})
    git(workspace.path, "switch", "-q", "seeds/best")
    assert not workspace.crown(run, node, {"report.md": b"new\n"})
    assert (workspace.path / "seeds" / "report.md").read_text() == "old\n"


def test_what_nothing_points_at_but_us_survives_git_gc(workspace, run):
    node = grow(workspace, run)
    exchanges = workspace.exchanges("seeds")
    exchanges.put("ab" * 32, '{"answer": "é"}')
    git(workspace.path, "gc", "-q", "--prune=now", "--aggressive")
    assert workspace.outputs("seeds", node)["log.txt"] == b"done\n"
    assert workspace.exchanges("seeds").get("ab" * 32) == '{"answer": "é"}'
    assert exchanges.get("cd" * 32) is None
    assert git(workspace.path, "fsck", "--strict") == ""


def test_lines_for_people_that_a_killed_search_left_out_are_mended(workspace, run):
    nodes = [grow(workspace, run), grow(workspace, run, code="print(2)\n", met=False)]
    git(workspace.path, "notes", "--ref=scores", "remove", nodes[0].commit)
    git(workspace.path, "notes", "--ref=scores", "add", "-f", "-m", "ok", nodes[1].commit)
    before = git(workspace.path, "rev-parse", "refs/notes/autoreclab")
    workspace.show_scores(workspace.load(run), "ndcg@10")
    lines = [git(workspace.path, "notes", "--ref=scores", "show", node.commit).strip() for node in nodes]
    assert lines == ["1.00  1/1  ndcg@10 0.1000  ok", "0.00  0/1  ndcg@10 0.1000  ok"]
    assert git(workspace.path, "rev-parse", "refs/notes/autoreclab") == before


def test_a_search_begins_when_what_a_killed_one_was_writing_is_there(workspace, run):
    with workspace.repository.lock("write") as held:
        begun, survivor = time.monotonic(), subprocess.Popen(["sleep", "0.5"], pass_fds=[held])
    with workspace.searching("seeds"):
        assert time.monotonic() - begun > 0.4
    survivor.wait()


def test_a_second_search_of_a_run_is_refused_with_the_firsts_process(workspace, run):
    assert workspace.searcher("seeds") is None
    with workspace.searching("seeds"):
        with pytest.raises(WorkspaceError, match=r"is being searched by process \d+"), workspace.searching("seeds"):
            pass
        assert workspace.searcher("seeds")
