"""What a node's run left: in git up to a limit, beside it what is over, and nothing lost."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from autoreclab.bulk import LEFT_OUT, listed
from autoreclab.running import collected, placeless
from autoreclab.workspace import Workspace
from tests import researcher
from tests.commands import autoreclab, git
from tests.scripted_server import ScriptedServer

TASK = "---\ndata: simulated\ntimeout: 2m\n---\n# Noise\n\nHow much do random seeds change noisy popularity?\n"
MODEL = bytes(range(256)) * 2_000
ADDED = f"""    open("model.bin", "wb").write(bytes(range(256)) * {len(MODEL) // 256})
    open("left-out.txt", "w").write("mine")
    open("log.txt", "w").write("mine")
    lab.finish()
"""


@pytest.fixture
def store(tmp_path):
    return Workspace.create(tmp_path / "workspace").bulk


def left(folder: Path, **sizes):
    """Write files of these sizes; `__` in a name stands for a folder's end."""
    for name, size in sizes.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    return folder


def test_the_evidence_is_kept_before_anything_else_then_the_smallest(store, tmp_path):
    folder = left(tmp_path / "out", trials__a=600, trials__b=500, figures__f=50, small=10, big=400, tiny=1)
    (folder / "results.csv").write_bytes(b"r" * 2_000)
    kept = collected(folder, {"tiny"}, 3_250, store)
    assert set(kept) == {"results.csv", "figures/f", "trials/a", "trials/b", "small", LEFT_OUT}
    assert [(file.path, file.size) for file in listed(kept)] == [("big", 400)]


def test_the_ledger_is_in_git_whatever_the_limit(store, tmp_path):
    folder = left(tmp_path / "out", trials__a=600)
    (folder / "results.csv").write_bytes(b"r" * 2_000)
    kept = collected(folder, set(), 0, store)
    assert set(kept) == {"results.csv", LEFT_OUT}
    (file,) = listed(kept)
    assert store.get(file.sha256).read_bytes() == (folder / "trials" / "a").read_bytes()


def test_a_half_written_file_is_not_taken_for_a_whole_one(store, tmp_path):
    source = tmp_path / "model.bin"
    source.write_bytes(MODEL)
    digest = hashlib.sha256(MODEL).hexdigest()
    store.folder.mkdir(parents=True)
    (store.folder / digest).with_suffix(".part").write_bytes(MODEL[:1000])
    assert store.get(digest) is None
    assert store.put(source, "model.bin").sha256 == digest
    assert store.get(digest).read_bytes() == MODEL and len(list(store.folder.iterdir())) == 1


def test_links_hidden_files_and_caches_are_no_results(store, tmp_path):
    folder = left(tmp_path / "out", fine=3)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "solution.pyc").write_text("x")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / ".hidden").write_text("x")
    assert collected(folder, set(), 100, store) == {"fine": b"xxx"}


def test_a_log_says_nothing_that_changes_from_run_to_run(tmp_path):
    log = f"{tmp_path}/solution.py: in {tmp_path}: <object at 0x7f00ab12> 0xff\n".encode()
    assert placeless(log, tmp_path) == b"solution.py: in .: <object at 0x0> 0xff\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A run whose node left a file too large for git."""
    place = tmp_path_factory.mktemp("bulk")
    (place / "noise.md").write_text(TASK)
    program = researcher.PROGRAM.replace("    lab.finish()\n", ADDED)
    with ScriptedServer(lambda body: researcher.answered(body, researcher.PLAN, program, researcher.SEEDS)) as server:
        variables = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}
        options = ["--drafts", "2", "--iterations", "0", "--keep", "400kB", "--model", "m"]
        done = autoreclab("start", "noise.md", *options, cwd=place, variables=variables)
    assert done.returncode == 4, done.stdout + done.stderr
    return place


def test_every_file_is_listed_with_its_size_and_where_it_is_after_git_gc(place):
    git(place / "workspace", "gc", "-q", "--prune=now", "--aggressive")
    files = json.loads(autoreclab("show", "noise/2", "--files", "--json", cwd=place).stdout)
    found = {file["path"]: file for file in files}
    assert {"solution.py", "log.txt", "results.csv", "summary.csv", LEFT_OUT, "model.bin"} <= set(found)
    for file in files:
        where = file["git"] and ["git", "-C", place / "workspace", "show", file["git"]]
        content = subprocess.run(where, capture_output=True, check=True).stdout if where else None
        content = Path(place, file["file"]).read_bytes() if content is None else content
        assert len(content) == file["size"]
        assert file["git"] or hashlib.sha256(content).hexdigest() == file["sha256"]
    assert found["model.bin"]["git"] is None and Path(place, found["model.bin"]["file"]).read_bytes() == MODEL


def test_files_are_listed_for_people_and_a_missing_one_is_said_to_be_missing(place):
    shown = autoreclab("show", "noise/2", "--files", cwd=place).stdout
    assert f"{len(MODEL):,}  model.bin" in shown and "workspace/.git/autoreclab/bulk/" in shown
    git(place, "clone", "-q", "--mirror", "workspace", "clone/.git")
    git(place / "clone", "config", "core.bare", "false")
    shown = autoreclab("show", "noise/2", "--files", "--workspace", "clone", cwd=place).stdout
    assert f"not on this machine (sha256 {hashlib.sha256(MODEL).hexdigest()})" in shown


def test_the_harnesss_own_files_cannot_be_forged(place):
    assert "mine" not in autoreclab("show", "noise/2", "--log", cwd=place).stdout


def test_a_size_that_is_none_is_wrong_usage(place):
    refused = autoreclab("start", "noise.md", "--keep", "much", cwd=place)
    assert refused.returncode == 2 and "expected a size such as 500kB" in refused.stderr
