"""People's own git in a workspace: their notes steer, their commits are nodes, and the tree is what the refs say."""

import re
import subprocess

import pytest

from autoreclab import context, steering
from autoreclab.errors import WorkspaceError
from autoreclab.models import Usage
from autoreclab.nodes import Action
from autoreclab.settings import Settings
from autoreclab.workspace import Workspace
from tests.commands import autoreclab
from tests.test_workspace import PLAN, TASK, git, grow, proposal


@pytest.fixture
def workspace(tmp_path):
    return Workspace.create(tmp_path / "workspace")


@pytest.fixture
def run(workspace):
    run = workspace.begin("seeds", TASK, Settings(), {"versions": {}, "datasets": []})
    workspace.record_plan(run, PLAN, Usage())
    return run


def manual(workspace, branch, start, code="print('by hand')\n", message="by hand"):
    """A person's commit on a branch of theirs; its hash."""
    if start:
        git(workspace.path, "switch", "-q", "-c", branch, start)
    (workspace.path / "seeds").mkdir(exist_ok=True)
    (workspace.path / "seeds" / "solution.py").write_text(code)
    git(workspace.path, "add", ".")
    git(workspace.path, "commit", "-q", "-m", message)
    return git(workspace.path, "rev-parse", "HEAD").strip()


def names(workspace, run):
    return [node.name for node in workspace.load(run).nodes]


def test_a_persons_program_is_continued_on_top_of_it_in_the_same_files(workspace, run):
    grow(workspace, run)
    tip = manual(workspace, "seeds/idea", "seeds/0001")
    idea = workspace.load(run).by_commit[tip]
    commit = workspace.add_continuation(run, 2, idea, "Run it on.")
    tree = workspace.load(run)
    continued = tree.by_commit[commit]
    assert (continued.tree, continued.parents, continued.operator) == (idea.tree, (tip,), "continue")
    assert (continued.title, continued.name, tree.continues(continued)) == ("by hand", "0002", idea)
    assert workspace.files("seeds", continued) == workspace.files("seeds", idea)


# Notes


def test_notes_by_hand_pin_prune_and_hint(workspace, run):
    first, second = grow(workspace, run), grow(workspace, run)
    git(workspace.path, "notes", "add", "-m", "looks good to me\n  pin  ", "seeds/0001")
    git(workspace.path, "notes", "append", "-m", "hint: try cosine", "seeds/0001")
    git(workspace.path, "notes", "append", "-m", "hint:   try  more seeds", "seeds/0001")
    git(workspace.path, "notes", "add", "-m", "prune", "seeds/0002")
    git(workspace.path, "notes", "add", "-m", "hint: be quick", "seeds/task")
    tree = workspace.load(run)
    assert [(node.pinned, node.pruned) for node in tree.nodes] == [(True, False), (False, True)]
    assert (tree.hints, tree.nodes[0].hints) == (("be quick",), ("try cosine", "try  more seeds"))
    assert tree.best.commit == first.commit != second.commit


def test_words_in_a_persons_prose_steer_nothing(workspace, run):
    grow(workspace, run)
    git(workspace.path, "notes", "add", "-m", "don't prune this\npinned?\na hint: none\nhint:", "seeds/0001")
    (node,) = workspace.load(run).nodes
    assert (node.pinned, node.pruned, node.hints) == (False, False, ())


def test_hints_of_the_run_the_ancestors_and_the_node_reach_a_step(workspace, run):
    first = grow(workspace, run)
    second = grow(workspace, run, parent=first, kind="improve", code="print(2)\n")
    grow(workspace, run, code="print(3)\n")
    for place, text in (("task", "for all"), ("0001", "above"), ("0002", "here"), ("0003", "elsewhere")):
        git(workspace.path, "notes", "add", "-m", f"hint: {text}", f"seeds/{place}")
    tree = workspace.load(run)
    assert context.hints(tree, tree.by_commit[second.commit]) == ("for all", "above", "here")
    assert context.hints(tree, None) == ("for all",)


def test_commands_write_and_take_back_lines_beside_a_persons_own(workspace, run):
    commit = grow(workspace, run).commit
    ours = b"my own \xe9 note"
    subprocess.run(["git", "-C", workspace.path, "notes", "add", "-F", "-", commit], input=ours, check=True)
    for arguments in (("pin", "seeds/1"), ("pin", "seeds/1"), ("hint", "seeds/1", "try\ncosine"), ("prune", "1")):
        done = autoreclab(*arguments, cwd=workspace.path.parent)
        assert done.returncode == 0 and "0001" in done.stdout, done.stderr
    written = workspace.repository.notes(steering.REF, {commit})[commit]
    assert written == ours + b"\npin\nhint: try cosine\nprune\n"
    for arguments in (("pin", "seeds/1"), ("hint", "seeds/1"), ("prune", "seeds/0001")):
        assert autoreclab(*arguments, "--undo", cwd=workspace.path.parent).returncode == 0
    assert workspace.repository.notes(steering.REF, {commit})[commit] == ours + b"\n"


def test_a_note_that_held_nothing_else_is_gone_when_it_is_taken_back(workspace, run):
    grow(workspace, run)
    autoreclab("pin", "seeds/1", cwd=workspace.path.parent)
    autoreclab("pin", "seeds/1", "--undo", cwd=workspace.path.parent)
    assert git(workspace.path, "notes", "list") == ""
    assert git(workspace.path, "fsck", "--strict") == ""


def test_a_hint_for_every_step_and_what_tree_and_show_say(workspace, run):
    first = grow(workspace, run)
    grow(workspace, run, parent=first, kind="improve", code="print(2)\n")
    place = workspace.path.parent
    assert "seeds: the next" in autoreclab("hint", "seeds", "be quick", cwd=place).stdout
    autoreclab("hint", "seeds/2", "try cosine", cwd=place)
    autoreclab("prune", "seeds/1", cwd=place)
    shown = autoreclab("tree", "seeds", cwd=place).stdout
    assert "  hint: be quick" in shown and "     hint: try cosine" in shown and shown.count("  pruned") == 2
    assert "pruned\n" in autoreclab("show", "seeds/2", cwd=place).stdout
    assert '"pruned": true' in autoreclab("show", "seeds/1", "--json", cwd=place).stdout
    assert autoreclab("hint", "seeds/1", cwd=place).returncode == 2
    assert "no node '9'" in autoreclab("pin", "seeds/9", cwd=place).stderr


def test_a_person_who_writes_notes_at_the_same_moment_loses_none(workspace, run, monkeypatch):
    commit = grow(workspace, run).commit
    before, disturbed = workspace.repository.notes, []

    def notes_and_a_person_in_between(ref, commits):
        found = before(ref, commits)
        if len(disturbed) < 3:
            disturbed.append(git(workspace.path, "notes", "append", "-m", f"mine {len(disturbed)}", commit))
        return found

    monkeypatch.setattr(workspace.repository, "notes", notes_and_a_person_in_between)
    steering.add(workspace.repository, commit, "pin")
    assert git(workspace.path, "notes", "show", commit).split("\n\n") == ["mine 0", "mine 1", "mine 2\npin\n"]


# Commits


def test_a_branch_with_slashes_is_a_node_of_that_name(workspace, run):
    grow(workspace, run)
    manual(workspace, "seeds/ideas/task", "seeds/0001")
    manual(workspace, "seeds/others/task", "seeds/0001", code="print(2)\n")
    assert names(workspace, run) == ["0001", "ideas/task", "others/task"]
    shown = autoreclab("show", "seeds/ideas/task", "--code", cwd=workspace.path.parent)
    assert shown.stdout == "print('by hand')\n"


def test_a_merge_commit_is_a_node_with_two_parents(workspace, run):
    first, second = grow(workspace, run), grow(workspace, run, code="print(2)\n")
    git(workspace.path, "switch", "-q", "-c", "seeds/both", "seeds/0001")
    git(workspace.path, "merge", "-q", "-s", "ours", "-m", "both", "seeds/0002")
    merged = workspace.load(run).waiting
    assert (merged.name, merged.operator, merged.parents) == ("both", "manual", (first.commit, second.commit))


def test_what_a_merge_brings_from_another_run_is_no_node_of_this_one(workspace, run):
    other = workspace.begin("other", TASK, Settings(), {"versions": {}, "datasets": []})
    workspace.add(other, 1, Action("draft"), proposal(), Usage())
    grow(workspace, run)
    git(workspace.path, "switch", "-q", "-c", "seeds/both", "seeds/0001")
    git(workspace.path, "merge", "-q", "-m", "both", "other/0001")
    assert names(workspace, run) == ["0001", "both"]


def test_a_persons_earlier_commit_that_ran_stays_a_node_when_they_go_on(workspace, run):
    grow(workspace, run)
    tip = manual(workspace, "seeds/idea", "seeds/0001")
    record(workspace, run, "idea")
    manual(workspace, "seeds/idea", None, code="print(3)\n")
    manual(workspace, "seeds/idea", None, code="print(4)\n")
    assert sorted(names(workspace, run)) == sorted(["0001", tip[:7], "idea"])
    assert workspace.load(run).waiting.parents == (tip,)


def record(workspace, run, name):
    """Record that a node ran, as node 1 did."""
    tree = workspace.load(run)
    (node,) = (node for node in tree.nodes if node.name == name)
    workspace.keep_outputs(run.name, node, {"log.txt": b""})
    ran = type(node)(**vars(node) | {"execution": tree.nodes[0].execution, "judgement": tree.nodes[0].judgement})
    workspace.record(run.name, ran, None)


def test_an_amended_node_waits_to_be_run_and_its_number_is_not_given_again(workspace, run):
    grow(workspace, run)
    git(workspace.path, "switch", "-q", "seeds/0001")
    git(workspace.path, "commit", "-q", "--amend", "-m", "amended")
    tree = workspace.load(run)
    assert [(node.operator, node.status) for node in tree.nodes] == [("manual", "waiting")]
    assert tree.next_number == 2


def test_a_rebased_branch_is_what_it_is_now(workspace, run):
    first, second = grow(workspace, run), grow(workspace, run, code="print(2)\n")
    manual(workspace, "seeds/idea", "seeds/0001")
    assert workspace.load(run).waiting.parents == (first.commit,)
    git(workspace.path, "rebase", "-q", "-X", "theirs", "--onto", "seeds/0002", "seeds/0001", "seeds/idea")
    assert workspace.load(run).waiting.parents == (second.commit,)
    assert names(workspace, run) == ["0001", "0002", "idea"]


def test_a_deleted_branch_is_gone_and_its_number_is_not_given_again(workspace, run):
    for code in ("print(1)\n", "print(2)\n", "print(3)\n"):
        grow(workspace, run, code=code)
    git(workspace.path, "branch", "-q", "-D", "seeds/0002", "seeds/0003")
    tree = workspace.load(run)
    assert ([node.name for node in tree.nodes], tree.next_number) == (["0001"], 4)


def test_a_deleted_branch_that_others_were_derived_from_stays(workspace, run):
    first = grow(workspace, run)
    grow(workspace, run, parent=first, kind="improve", code="print(2)\n")
    git(workspace.path, "branch", "-q", "-D", "seeds/0001")
    assert names(workspace, run) == ["0001", "0002"]


def test_a_commit_on_the_task_or_in_another_folder_changes_nothing_of_the_run(workspace, run):
    grow(workspace, run)
    before = workspace.load(run)
    git(workspace.path, "switch", "-q", "seeds/task")
    (workspace.path / "seeds" / "task.md").write_text("# Another\n\nquestion\n")
    (workspace.path / "notes.txt").write_text("mine")
    git(workspace.path, "add", ".")
    git(workspace.path, "commit", "-qm", "mine")
    git(workspace.path, "switch", "-q", "-c", "mine/elsewhere")
    git(workspace.path, "commit", "-q", "--allow-empty", "-m", "mine")
    assert (workspace.run("seeds"), workspace.load(run)) == (run, before)
    assert workspace.runs() == ["seeds"]
    grow(workspace, run, code="print(2)\n")
    assert names(workspace, run) == ["0001", "0002"]


def test_a_task_branch_that_was_rewritten_is_an_error_that_says_how_to_put_it_back(workspace, run):
    git(workspace.path, "switch", "-q", "seeds/task")
    git(workspace.path, "commit", "-q", "--amend", "-m", "mine")
    with pytest.raises(WorkspaceError, match="git branch -f seeds/task"):
        workspace.run("seeds")


def test_a_program_without_any_history_is_a_draft_of_a_persons(workspace, run):
    git(workspace.path, "switch", "-q", "--orphan", "seeds/alone")
    manual(workspace, "seeds/alone", None)
    waiting = workspace.load(run).waiting
    assert (waiting.name, waiting.parents) == ("alone", ())


def test_what_starts_from_best_derives_from_the_best_node_and_leaves_its_results_behind(workspace, run):
    first = grow(workspace, run)
    workspace.crown(run, first, {"report.md": b"", "results.csv": b"a", "figures/a.png": b"b", "plays.csv": b"c"})
    manual(workspace, "seeds/idea", "seeds/best")
    waiting = workspace.load(run).waiting
    assert waiting.parents == (first.commit,)
    assert sorted(workspace.files("seeds", waiting)) == ["plays.csv", "solution.py"]


def test_a_persons_commit_on_best_is_left_alone(workspace, run):
    node = grow(workspace, run)
    assert workspace.crown(run, node, {"report.md": b"ours\n"})
    git(workspace.path, "switch", "-q", "seeds/best")
    tip = manual(workspace, "seeds/best", None)
    git(workspace.path, "switch", "-q", "main")
    assert not workspace.crown(run, node, {"report.md": b"new\n"})
    assert git(workspace.path, "rev-parse", "seeds/best").strip() == tip


@pytest.mark.parametrize(
    ("message", "title"),
    [
        (b"", "untitled"),
        (b"caf\xe9 \xff", "café ÿ"),
        (b"x " * 500_000, None),
        (b"x\n\n" + b"line\n" * 200_000, "x"),
        (b"draft: x\n\nwhy\n\nOperator: draft\nNumber: 7\nNode: 00\n", "draft: x"),
        (b"x\n\nNumber: many\nOperator: \n", "x"),
    ],
)
def test_odd_messages_are_titles_and_plans_of_a_size(workspace, run, message, title):
    grow(workspace, run)
    manual(workspace, "seeds/idea", "seeds/0001")
    command = ["git", "-C", workspace.path, "-c", "user.name=Ada", "-c", "user.email=ada@example.org",
               "commit", "-q", "--amend", "--allow-empty-message", "--cleanup=verbatim", "-F", "-"]  # fmt: skip
    subprocess.run(command, input=message, check=True, capture_output=True)
    tree = workspace.load(run)
    waiting = tree.waiting
    assert (waiting.name, waiting.operator, waiting.number, tree.next_number) == ("idea", "manual", None, 2)
    assert waiting.title == title or (title is None and len(waiting.title) <= 100)
    assert len(waiting.plan) <= 4_000


def test_a_persons_encoding_for_logs_does_not_reach_ours(workspace, run):
    grow(workspace, run, title="“curly” ☃")
    git(workspace.path, "config", "i18n.logOutputEncoding", "latin1")
    assert workspace.load(run).nodes[0].title == "“curly” ☃"


# Requirements


def test_changed_requirements_make_every_verdict_out_of_date_and_keep_the_rest_of_the_record(workspace, run):
    grow(workspace, run)
    changed = workspace.change_settings(run, {"iterations": 9})
    workspace.change_requirements(changed, [PLAN.requirements[0].model_copy(update={"text": "other"})])
    tree = workspace.load(changed)
    assert tree.plan.requirements[0].text == "other" and tree.plan.design == PLAN.design
    assert tree.unjudged and tree.unjudged.execution
    assert workspace.run("seeds").settings.iterations == 9


def test_a_requirement_taken_away_leaves_no_line(workspace, run):
    workspace.change_requirements(run, [*PLAN.requirements, *PLAN.requirements])
    workspace.change_requirements(run, PLAN.requirements)
    assert workspace.load(run).plan == PLAN


def test_a_note_malformed_by_hand_is_one_sentence(workspace, run):
    git(workspace.path, "notes", "--ref=autoreclab", "append", "-m", "requirement.9: no quotes", "seeds/task")
    failed = autoreclab("tree", "seeds", cwd=workspace.path.parent)
    assert failed.returncode == 1 and "Traceback" not in failed.stderr
    assert re.search(r"line \d+: 'requirement.9: no quotes'", failed.stderr), failed.stderr
