"""Where experiments run: gone with the search, and a killed search's is gone with the next."""

import tempfile
from pathlib import Path

import pytest

from autoreclab.scratch import scratch


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(workspace, run):
    """A folder as a killed search leaves it."""
    with scratch(workspace, run) as folder:
        name = folder
    name.mkdir()
    (name / "log.txt").write_text("killed")
    return name


def test_the_folder_goes_with_the_search(temporary):
    with scratch(Path("workspace"), "seeds") as folder:
        assert folder.parent == temporary and "seeds" in folder.name
    assert list(temporary.iterdir()) == []


def test_what_a_killed_search_left_goes_with_the_next_search_of_the_run():
    left = left_behind(Path("workspace"), "seeds")
    with scratch(Path("workspace"), "seeds") as folder:
        assert folder.is_dir() and not left.exists()


def test_other_runs_and_workspaces_keep_theirs():
    others = [left_behind(Path("workspace"), "seeds-2"), left_behind(Path("elsewhere"), "seeds")]
    with scratch(Path("workspace"), "seeds"):
        assert all(other.is_dir() for other in others)
