"""A disk that fills up, or turns read-only, in the middle of a search: a sentence, exit 1, and resume goes on."""

import os
import subprocess

import pytest

from tests.commands import autoreclab, git, shape
from tests.researcher import proposal
from tests.scripted_server import ScriptedServer
from tests.torture.answers import answers

TASK = "---\ndata: simulated\nmodel: scripted\ndrafts: 2\niterations: 0\n---\n# Disk\n\nDoes it survive?\n"


@pytest.fixture
def disk(tmp_path):
    """A small file system, mounted."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    (tmp_path / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", tmp_path / "disk"]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting isn't allowed here")
    (tmp_path / "disk" / "tmp").mkdir()
    (tmp_path / "disk" / "disk.md").write_text(TASK)
    yield tmp_path / "disk"
    subprocess.run(["umount", "-l", tmp_path / "disk"], check=True)


def full(disk):
    """Fill the disk to the last byte."""
    with pytest.raises(OSError), (disk / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)


def read_only(disk):
    """Lay a read-only view over the disk: a file system with files open for writing can't be remounted."""
    subprocess.run(["mount", "--bind", disk, disk], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)


def mend(disk, happened):
    if happened is read_only:
        subprocess.run(["umount", disk], check=True)
    else:
        (disk / "filler").unlink()


def run(place, script, *arguments, **variables):
    with ScriptedServer(script) as server:
        variables = {"OPENAI_API_KEY": "sk-none", "OPENAI_BASE_URL": server.url, **variables}
        return autoreclab(*arguments, "--workspace", place / "workspace", cwd=place.parent, variables=variables)


SAID = {full: "The disk is full: free some space", read_only: "Read-only file system"}


def when_asked(beginning, act, script):
    """The script, with something that happens when a question that begins so is first asked."""
    seen = []

    def answer(body):
        if body["messages"][0]["content"].startswith(beginning) and not seen:
            seen.append(body)
            act()
        return script(body)

    return answer


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The search on a disk that lasts."""
    place = tmp_path_factory.mktemp("undisturbed")
    (place / "disk.md").write_text(TASK)
    assert run(place, answers(), "start", place / "disk.md").returncode == 4
    return shape(place, "disk")


@pytest.mark.parametrize(
    ("happens", "question", "temporary"),
    [(full, "You plan", "disk/tmp"), (full, "You write", "."), (full, "You review", "disk/tmp"),
     (read_only, "You write", "disk/tmp"), (read_only, "You review", ".")],
)  # fmt: skip
def test_a_search_goes_on_once_the_disk_can_be_written(disk, tmp_path, undisturbed, happens, question, temporary):
    script, place = answers(), {"TMPDIR": str(tmp_path / temporary)}
    ended = run(disk, when_asked(question, lambda: happens(disk), script), "start", disk / "disk.md", **place)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert SAID[happens] in ended.stderr and "Traceback" not in ended.stderr
    assert "go on with autoreclab resume disk" in ended.stderr
    mend(disk, happens)
    ended = run(disk, script, "resume", **place)
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert shape(disk, "disk") == undisturbed
    assert git(disk / "workspace", "fsck", "--strict", "--no-dangling") == ""


def test_a_program_whose_output_finds_no_room_is_no_crash_of_its_own(disk, tmp_path):
    code = (
        "try:\n    with open('filler', 'wb', buffering=0) as file:\n"
        "        while file.write(b'x' * 512): pass\nexcept OSError:\n    print('x' * 200_000)\n"
    )

    def fills(body):
        found = answers()(body)
        return proposal("fills the disk", code) if "files" in found else found

    ended = run(disk, fills, "start", disk / "disk.md", TMPDIR=str(disk / "tmp"))
    assert (ended.returncode, "disk is full" in ended.stderr) == (1, True), ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert [node["status"] for node in shape(disk, "disk")] == ["waiting"]
