"""Packages of a task's own: asked for, locked, built once, and seen by programs from behind every wall."""

import hashlib
import json
import os
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
import yaml

from autoreclab import context, environments, sandbox
from autoreclab.data import Data
from autoreclab.environments import Lock, base, uv
from autoreclab.errors import PackageError, SettingError
from autoreclab.running import Runner
from autoreclab.workspace import Workspace
from tests.commands import COMMAND, autoreclab, git
from tests.scripted_server import ScriptedServer

TASK = """\
---
data: simulated
environment: [wheels/words.txt]
---
# Words

Compare ItemKNN and Popular by NDCG@10.
"""


def wheel(folder, name="tiny_words", version="1.0", needs=(), word="hello"):
    """A package of one module."""
    folder.mkdir(parents=True, exist_ok=True)
    path, info = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    needed = "".join(f"Requires-Dist: {need}\n" for need in needs)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}"
    files = {f"{name}.py": f"WORD = {word!r}\n", f"{info}/METADATA": metadata, f"{info}/WHEEL": base.WHEEL}
    with zipfile.ZipFile(path, "w") as file:
        for inner, content in {**files, f"{info}/RECORD": ""}.items():
            file.writestr(zipfile.ZipInfo(inner), content)  # without the time: the same content is the same file
    return path


@pytest.fixture(autouse=True)
def without_an_index(monkeypatch):
    """No test asks a registry."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """An environment that holds the package, by its lock, and what was told."""
    place, told = tmp_path_factory.mktemp("built"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        patch.setenv("AUTORECLAB_CACHE", str(place / "cache"))
        asked = environments.listed([str(wheel(place, needs=["numpy>=1.20"]))], Path())
        lock = environments.resolve(asked)
        return lock, environments.interpreter(lock, told.append), told


@pytest.fixture(params=["bubblewrap", "landlock", "none"])
def level(request):
    if reason := sandbox.hindrances().get(request.param):
        pytest.skip(f"{request.param}: {reason}")
    return request.param


def test_a_list_names_packages_and_files_beside_it(tmp_path):
    path = wheel(tmp_path / "wheels")
    (tmp_path / "wheels" / "words.txt").write_text("# ours\nImplicit >=0.7  # theirs\n\n./" + path.name + "\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    asked = environments.listed(["wheels/words.txt", "x @ https://example.org/x.whl"], tmp_path)
    assert asked == (
        "Implicit>=0.7", f"tiny-words @ {path.as_uri()}#sha256={digest}", "x @ https://example.org/x.whl",
    )  # fmt: skip
    assert environments.names(asked) == ["Implicit", "tiny-words", "x"]
    assert environments.listed(asked, Path("/nowhere")) == asked


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("no such package", "expected a package such as implicit==0.7.2, or a file, not 'no such package'"),
        ("missing.txt", "there is no file .*missing.txt"),
        ("missing-1.0-py3-none-any.whl", "there is no file"),
        ("list.txt", "list.txt, line 2: expected a package .* not '--pre'"),
        ("./folder", "is a folder, whose content can't be locked. Make a wheel of it"),
        ("odd.whl", "odd.whl isn't called as packages are"),
    ],
)
def test_what_names_no_package_is_refused(tmp_path, item, reason):
    (tmp_path / "folder").mkdir()
    (tmp_path / "odd.whl").write_bytes(b"")
    (tmp_path / "list.txt").write_text("numpy\n--pre\n")
    with pytest.raises(SettingError, match=reason):
        environments.listed([item], tmp_path)


def test_a_lock_holds_what_was_added_and_what_lab_needs_as_it_is_here(built):
    lock, _, _ = built
    names = [base.key(line) for line in lock.packages]
    assert lock == environments.locked({"environment": json.loads(json.dumps(lock.as_dict()))})
    assert {"tiny-words", "lenskit", "numpy", "torch"} <= set(names) and names == sorted(names)
    assert f"numpy=={base.versions()['numpy']}" in lock.packages and not any("+" in line for line in lock.packages)
    assert base.beyond(lock.packages) == [line for line in lock.packages if line.startswith("tiny-words @ file:")]


def test_what_lab_needs_elsewhere_in_another_version_is_added_too(built):
    lock, _, _ = built
    elsewhere = tuple("numpy==1.0" if base.key(line) == "numpy" else line for line in lock.packages)
    assert [base.key(line) for line in base.beyond(elsewhere)] == ["numpy", "tiny-words"]


def test_it_is_built_once_whole_and_compiled(built, monkeypatch):
    lock, python, told = built
    place = Path(python).parent.parent
    assert told[0].startswith("Building an environment of 1 packages") and any("Installed 1" in line for line in told)
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    assert list(place.rglob("tiny_words.*.pyc"))
    monkeypatch.setenv("AUTORECLAB_CACHE", str(place.parent.parent))
    monkeypatch.setattr(uv, "run", None)
    assert environments.interpreter(lock, told.append) == python


def test_a_program_imports_what_was_added_and_lab_but_changes_neither(built, level, tmp_path):
    program = (
        "import sys, tiny_words, numpy, importlib.metadata as found\nfrom autoreclab import lab\n"
        "print(tiny_words.WORD, sys.prefix, found.version('numpy'), lab.load.__name__)\n"
        "if sys.argv[1] != 'none':\n    try: open(tiny_words.__file__, 'a')\n    except OSError: print('kept')\n"
    )
    _, python, _ = built
    command, log = [python, "-c", program, level], tmp_path / "log"
    outcome = sandbox.run(command, tmp_path, log, timeout=60, variables={}, level=level)
    prefix, version = Path(python).parent.parent, base.versions()["numpy"]
    kept = "" if level == "none" else "kept\n"
    assert (outcome.exit, log.read_text()) == (0, f"hello {prefix} {version} load\n{kept}")


def test_a_model_is_told_what_that_interpreter_has(built):
    told = context.packages(built[1], ["tiny-words", "never-installed"]).splitlines()
    assert told[0] == "tiny-words 1.0" and f"numpy {base.versions()['numpy']}" in told
    assert not any("never-installed" in line for line in told)


def test_the_harness_recomputes_in_its_own_interpreter(built, tmp_path):
    store = Workspace.create(tmp_path / "workspace").bulk
    runner = Runner(Data((), (), {}, (), ""), tmp_path, 60.0, 1_000_000, store, python=built[1])
    program = b"import tiny_words; print(tiny_words.WORD)"
    outputs, execution = runner.run("0001", {"solution.py": program})
    assert (execution.status, execution.problems, outputs["log.txt"]) == ("ok", (), b"hello\n")


def test_a_conflict_with_what_lab_needs_is_told_with_its_reason(tmp_path):
    asked = environments.listed([str(wheel(tmp_path, "old", needs=["numpy<1.5"]))], Path())
    with pytest.raises(PackageError, match=r"can't be had: Because .*old.* depends on numpy<1\.5.*environments\.md"):
        environments.resolve(asked)


def test_a_changed_file_is_not_taken_for_the_locked_one_and_nothing_half_built_is_left(tmp_path):
    asked = environments.listed([str(wheel(tmp_path, word="then"))], Path())
    lock = Lock("3.11.0", asked)
    wheel(tmp_path, word="now")
    with pytest.raises(PackageError, match="Hash mismatch"):
        environments.interpreter(lock)
    wheel(tmp_path, word="then")
    told = []
    python = environments.interpreter(lock, told.append)
    assert subprocess.check_output([python, "-c", "import tiny_words; print(tiny_words.WORD)"]) == b"then\n"
    assert any("locked with Python 3.11.0" in line for line in told) or "3.11.0" in os.sys.version


def test_a_killed_build_leaves_no_environment_and_the_next_one_makes_it(tmp_path, monkeypatch):
    many = [str(wheel(tmp_path / "many", f"words{n}")) for n in range(60)]
    lock = Lock("", environments.listed(many, Path()))
    start = "import sys, json\nfrom autoreclab.environments import *\nprint(flush=True)\n"
    start += "interpreter(Lock('', tuple(json.load(sys.stdin))))"
    process = subprocess.Popen([*COMMAND[:1], "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.stdin.write(json.dumps(lock.packages))
    process.stdin.close()
    making = Path(os.environ["AUTORECLAB_CACHE"]) / "environments" / ".making"
    while not making.exists():
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    process.stdout.close()
    assert [path.name for path in making.parent.iterdir()] == [".making"]
    python = environments.interpreter(lock)
    assert subprocess.run([python, "-c", "import words0, words59"], check=False).returncode == 0
    assert [path.name for path in making.parent.iterdir()] == [Path(python).parent.parent.name]


@pytest.fixture
def task(tmp_path):
    """A task in a folder of its own, and its list of packages beside it."""
    path = wheel(tmp_path / "tasks" / "wheels")
    (path.parent / "words.txt").write_text(f"{path.name}\n")
    (tmp_path / "tasks" / "words.md").write_text(TASK)
    return "tasks/words.md"


def test_a_run_is_locked_and_goes_on_elsewhere_in_the_same_environment(task, tmp_path):
    with ScriptedServer() as server:  # without an answer: the search ends at its first question
        variables = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}
        begun = autoreclab("start", task, "--model", "m", cwd=tmp_path, variables=variables)
        assert begun.returncode == 3 and "Building an environment of 1 packages" in begun.stderr, begun.stderr
        assert "tiny-words 1.0" in server.requests[0]["messages"][0]["content"]

        shutil.rmtree(Path(os.environ["AUTORECLAB_CACHE"]))
        (tmp_path / "tasks" / "wheels" / "words.txt").unlink()
        resumed = autoreclab("resume", "words", cwd=tmp_path, variables=variables)
        assert resumed.returncode == 3 and "Building an environment of 1 packages" in resumed.stderr
        assert server.requests[0] == server.requests[1]
    facts = yaml.safe_load(git(tmp_path / "workspace", "show", "words/task:words/run.yaml"))
    assert facts["settings"]["environment"][0] in facts["environment"]["packages"]
    other = autoreclab("resume", "words", "--environment", "implicit", cwd=tmp_path, variables=variables)
    assert other.returncode == 2 and "keeps the packages it began with" in other.stderr


def test_nothing_is_begun_with_packages_that_cannot_be_had(task, tmp_path):
    impossible = str(wheel(tmp_path, "old", needs=["numpy<1.5"]))
    failed = autoreclab("start", task, "--model", "offline", "--environment", impossible, cwd=tmp_path)
    assert failed.returncode == 1 and "can't be had" in failed.stderr and not (tmp_path / "workspace").exists()
