"""The door to git, against real git: compare-and-swap, safe paths, nobody's things touched."""

import os
import subprocess
import threading
import time

import pytest

from autoreclab.changes import Change, safe
from autoreclab.errors import Conflict, WorkspaceError
from autoreclab.git import STALE_S, Repository, run


@pytest.fixture
def repository(tmp_path):
    run(tmp_path, "init", "--quiet", "--initial-branch=main")
    return Repository(tmp_path)


def a_lock(repository, name, age):
    """A lock file as git makes them, of this age in seconds."""
    lock = repository.path / ".git" / name
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("")
    os.utime(lock, (time.time() - age,) * 2)
    return lock


def git(repository, *arguments):
    return subprocess.run(["git", "-C", repository.path, *arguments], capture_output=True, text=True, check=True).stdout


def test_a_commit_holds_its_files_and_moves_one_ref(repository):
    files = {"run/solution.py": b"print('\xc3\xa9')\n", 'run/a "b".txt': b"", "run/no newline": b"x\r\ny"}
    commit = repository.commit("refs/heads/run/0001", Change("draft: x\n", files=files), expected=None)
    assert repository.refs() == {"refs/heads/run/0001": commit}
    assert repository.files(commit) == files
    assert repository.files(commit, "run", limit=0) == {'a "b".txt': b""}


def test_a_ref_that_moved_is_a_conflict_and_stays(repository):
    first = repository.commit("refs/heads/x", Change("one"), expected=None)
    for act in (repository.commit, repository.replace):
        with pytest.raises(Conflict):
            act("refs/heads/x", Change("two"), expected=None)
    assert repository.head("refs/heads/x") == first


def test_replace_makes_one_commit_in_place_of_another(repository):
    root = repository.commit("refs/heads/root", Change("root"), expected=None)
    first = repository.replace("refs/heads/best", Change("one", [root]), expected=None)
    second = repository.replace("refs/heads/best", Change("two", [root]), expected=first)
    assert git(repository, "rev-list", "refs/heads/best").split() == [second, root]
    assert set(repository.refs()) == {"refs/heads/root", "refs/heads/best"}


def test_notes_come_with_the_log(repository):
    commit = repository.commit("refs/heads/x", Change("subject\n\nbody\n"), expected=None)
    tip = repository.commit("refs/notes/n", Change("note", notes={commit: "a: 1\n"}, keep=True), expected=None)
    repository.commit("refs/notes/n", Change("note", [tip], notes={commit: "a: 2\n"}, keep=True), expected=tip)
    (found,) = repository.log(["refs/heads/x"], "refs/notes/n")
    assert (found.hash, found.message.strip(), found.note.strip()) == (commit, "subject\n\nbody", "a: 2")
    assert repository.note("refs/notes/n", commit) == "a: 2\n"


def test_a_note_that_a_person_edits_is_one_note_for_both(repository):
    commit = repository.commit("refs/heads/x", Change("x"), expected=None)
    tip = repository.commit("refs/notes/n", Change("note", notes={commit: "a: 1\n"}, keep=True), expected=None)
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    git(repository, *identity, "notes", "--ref=n", "add", "-f", "-m", "a: 2", commit)
    tip = repository.head("refs/notes/n")
    assert repository.note("refs/notes/n", commit) == "a: 2\n"
    repository.commit("refs/notes/n", Change("note", [tip], notes={commit: "a: 3\n"}, keep=True), expected=tip)
    assert git(repository, "notes", "--ref=n", "list").split()[1:] == [commit]
    assert repository.note("refs/notes/n", commit) == "a: 3\n"


def test_the_work_tree_and_the_index_stay_as_they_are(repository):
    repository.commit("refs/heads/main", Change("root"), expected=None)
    git(repository, "checkout", "--quiet", "main")
    (repository.path / "mine.txt").write_text("mine")
    repository.commit("refs/heads/run/0001", Change("draft", files={"run/solution.py": b""}), expected=None)
    assert git(repository, "status", "--porcelain") == "?? mine.txt\n"


def test_inherited_variables_do_not_redirect_git(repository, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("other")
    run(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    commit = repository.commit("refs/heads/x", Change("x"), expected=None)
    os.environ.pop("GIT_DIR", None)
    assert git(repository, "rev-parse", "refs/heads/x").strip() == commit
    assert git(Repository(other), "for-each-ref") == ""


def test_hooks_do_not_run(repository):
    hook = repository.path / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert repository.commit("refs/heads/x", Change("x"), expected=None)


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../x", "a/../x", ".git/config", "a/.GIT/x", ".gitmodules", "git~1/x", "a//b", "./a", "a\nb",
     "a\\b", "c:x", ".git ./x", "a/\u200b.git/x"],
)  # fmt: skip
def test_paths_that_could_leave_their_place_are_refused(repository, path):
    assert not safe(path)
    with pytest.raises(WorkspaceError, match="can't be a file"):
        repository.commit("refs/heads/x", Change("x", files={path: b""}), expected=None)
    assert repository.refs() == {}


@pytest.mark.parametrize("path", ["solution.py", "a b/ü.txt", "gitlog.txt", "figures/ndcg@10.png", "-x"])
def test_ordinary_paths_are_taken(path):
    assert safe(path)


def test_symbolic_links_and_submodules_are_not_read(repository):
    (repository.path / "link").symlink_to("/etc/passwd")
    (repository.path / "file").write_text("x")
    git(repository, "add", ".")
    git(repository, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "by hand")
    assert repository.files("HEAD") == {"file": b"x"}


def test_a_failure_gives_gits_own_reason(repository):
    with pytest.raises(WorkspaceError, match=r"git rev-parse failed in .*: Needed a single revision\."):
        repository.subtree("nothing", "x")


def test_no_git_on_the_machine_is_said(repository, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(WorkspaceError, match=r"git isn't on this machine\. Install"):
        repository.refs("refs/heads/x")


def test_a_lock_names_its_holder_and_dies_with_it(repository):
    with (
        repository.lock("run-x", wait=False),
        pytest.raises(Conflict, match=str(os.getpid())),
        repository.lock("run-x", wait=False),
    ):
        pass
    with repository.lock("run-x", wait=False):
        pass


@pytest.mark.parametrize("left", ["refs/notes/autoreclab.lock", "refs/autoreclab/loose.lock", "packed-refs.lock"])
def test_a_lock_left_by_a_killed_git_does_not_stop_us(repository, left):
    commit = repository.commit("refs/heads/x", Change("x"), expected=None)
    a_lock(repository, left, age=STALE_S + 1)
    change = Change("note", notes={commit: "a: 1\n"}, keep=True)
    assert repository.commit("refs/notes/autoreclab", change, expected=None)
    assert repository.replace("refs/autoreclab/x/outputs", Change("y"), expected=None)


@pytest.mark.parametrize("left", ["HEAD.lock", "refs/heads/main.lock"])
def test_a_stale_lock_on_the_branch_that_is_checked_out_does_not_stop_us(repository, left):
    a_lock(repository, left, age=STALE_S + 1)
    assert repository.commit("refs/heads/main", Change("x"), expected=None)


def test_a_lock_of_a_running_git_is_waited_for_and_left_to_it(repository):
    lock = a_lock(repository, "refs/heads/x.lock", age=0)
    release = threading.Timer(0.5, lock.unlink)
    release.start()
    assert repository.commit("refs/heads/x", Change("x"), expected=None)
    release.join()  # its unlink would have failed, had we removed the lock


def test_a_git_that_outlives_us_keeps_the_write_lock(repository):
    with repository.lock("write") as held:
        begun, survivor = time.monotonic(), subprocess.Popen(["sleep", "0.5"], pass_fds=[held])
    with repository.lock("write"):
        assert time.monotonic() - begun > 0.4
    survivor.wait()
