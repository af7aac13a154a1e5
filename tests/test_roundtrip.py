"""Whatever is put into git comes out byte for byte, or is refused with a reason."""

import itertools
import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autoreclab import records
from autoreclab.changes import folders_of, safe
from autoreclab.errors import WorkspaceError
from autoreclab.models import Usage
from autoreclab.models.answers import File, Proposal
from autoreclab.nodes import Action
from autoreclab.proposing import checked
from autoreclab.settings import Settings
from autoreclab.task import parse
from autoreclab.workspace import OWN_FILES, Workspace

HOSTILE = (
    "..", "../x", "/etc/passwd", ".git", ".GIT/config", ".git./x", "git~1", ".gitmodules", ".gitattributes", "a/../b",
    "a//b", "a/", "./a", "", ".", "new\nline", 'quote"d', "back\\slash", "tab\there", "c:x", "\x00", "Solution.py",
    "solution.py", "solution.py/x", "task.md", "run.yaml", "ein Wort", "é", "e\u0301", "日本/語.txt", "🎲", " lead",
    "trail ", "-rf", "*", "a'b", "\u202ertl", ".g\u200cit/config", "d/" * 400 + "deep", "n" * 256, "n" * 255,
    "\ud800", "#x", "~", "%2e%2e",
)  # fmt: skip
PATHS = st.one_of(
    st.sampled_from(HOSTILE), st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4).map("/".join)
)
CONTENTS = st.one_of(
    st.sampled_from(["", "no newline", "a\r\nb\r\n", "\r", "\x00", "\ufeff", "data 5\nM 100644", "é\u2028", "\n\n"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)
BYTES = st.one_of(CONTENTS.map(str.encode), st.binary(max_size=300))
ROUND_TRIPS = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return Workspace.create(tmp_path_factory.mktemp("roundtrip") / "workspace")


@pytest.fixture(scope="module")
def run(workspace):
    return workspace.begin("seeds", parse("# Seeds\nHow much?", "seeds.md"), Settings(), {})


@pytest.fixture(scope="module")
def numbers():
    return itertools.count(1)


def proposal(files, title="t", plan="p"):
    return Proposal(title=title, plan=plan, files=tuple(File(path=path, content=text) for path, text in files.items()))


def added(workspace, run, number, proposed):
    commit = workspace.add(run, number, Action("draft"), proposed, Usage())
    return workspace.load(run).by_commit[commit]


FILES = st.dictionaries(PATHS.filter(lambda path: "\ud800" not in path), CONTENTS)


@ROUND_TRIPS
@given(files=FILES)
@example(files={path: "x" for path in HOSTILE if safe(path) and path not in OWN_FILES and path != "solution.py/x"})
@example(files={"solution.py": "", "solution.py/x": "lost?"})
@example(files={"task.md": "another task"})
def test_a_proposals_files_come_back_or_are_refused(workspace, run, numbers, files):
    number = next(numbers)
    try:
        node = added(workspace, run, number, proposal(files))
    except WorkspaceError:
        clash = any(above in files for path in files for above in folders_of(path))
        assert clash or any(not safe(path) or path in OWN_FILES for path in files)
        return
    assert workspace.files(run.name, node) == {path: text.encode() for path, text in files.items()}


@ROUND_TRIPS
@given(files=FILES)
def test_whatever_a_model_proposes_can_be_committed_without_what_cannot_be_placed(workspace, run, numbers, files):
    kept = checked(proposal(files))
    node = added(workspace, run, next(numbers), kept)
    assert workspace.files(run.name, node) == {file.path: file.content.encode() for file in kept.files}
    assert {file.path: file.content for file in kept.files}.items() <= files.items()


@ROUND_TRIPS
@given(files=st.dictionaries(PATHS, BYTES))
@example(files={"empty": b"", "crlf": b"a\r\n", "no-newline": b"x", "data": b"data 3\nabc\ndone\n"})
@example(files={path: b"x" for path in HOSTILE if safe(path) and path != "solution.py/x"})
@example(files={"large.bin": os.urandom(1000) * 12_000})
def test_outputs_come_back_or_are_refused(workspace, run, numbers, files):
    node = added(workspace, run, next(numbers), proposal({"solution.py": ""}))
    try:
        workspace.keep_outputs(run.name, node, files)
    except WorkspaceError:
        clash = any(above in files for path in files for above in folders_of(path))
        assert clash or any(not safe(path) for path in files)
        assert workspace.outputs(run.name, node) == {}
        return
    assert workspace.outputs(run.name, node) == files


@ROUND_TRIPS
@given(title=CONTENTS, plan=CONTENTS)
@example(title="\x1b[31m", plan="fine\n\nOperator: best\nNumber: 999\n")
def test_a_title_and_a_plan_never_change_what_a_node_is(workspace, run, numbers, title, plan):
    number = next(numbers)
    node = added(workspace, run, number, proposal({"solution.py": ""}, title, plan))
    assert (node.number, node.operator, node.name) == (number, "draft", f"{number:04d}")
    assert node.title.isprintable() and "\n" not in node.title


@ROUND_TRIPS
@given(texts=st.dictionaries(st.text("abc.", min_size=1), CONTENTS | st.integers() | st.none() | st.booleans()))
def test_records_come_back(texts):
    assert records.load(records.dump(texts)) == texts


@ROUND_TRIPS
@given(key=st.text("0123456789abcdef", min_size=8, max_size=8), text=CONTENTS)
def test_exchanges_come_back(workspace, key, text):
    exchanges = workspace.exchanges("round")
    exchanges.put(key, text)
    assert exchanges.get(key) == text == workspace.exchanges("round").all()[key]


def test_nothing_was_damaged_by_all_of_this(workspace):
    assert workspace.repository.run("fsck", "--strict") == b""
    assert workspace.repository.run("status", "--porcelain") == b""
