"""Making a workspace's repository, and telling one from any other repository."""

from __future__ import annotations

import shutil
from pathlib import Path

from autoreclab import git
from autoreclab.changes import Change
from autoreclab.errors import WorkspaceError
from autoreclab.git import Repository

MAIN = "refs/heads/main"
SCORES = "refs/notes/scores"
ROOT = Change("autoreclab workspace\n", time=1735689600)
ROOT_HASH = "cb244e37435ca90521a5c0afb359e751f16f9012"
MAKING = ".making"  # where a workspace is made
TREE_ALIAS = (
    "!f() { git log --graph --exclude=main --branches --no-notes --notes=refs/notes/scores "
    f"--format='%h %s  %N' \"$@\" --not {ROOT_HASH} | grep -Ev '^[| ]*$'; }}; f"
)


def make(path: Path) -> None:
    """Make a workspace where there is nothing; what is there already is left as it is. Raises `WorkspaceError`."""
    if (path / ".git").exists():
        return
    others = [entry.name for entry in path.iterdir()] if path.is_dir() else []
    others = [name for name in others if name not in ("README.md", MAKING)]
    if others or (path.exists() and not path.is_dir()):
        raise WorkspaceError(f"{path} holds other things ({', '.join(others[:3])}). Choose another --workspace.")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(f"{path} can't be made: {error.strerror}. Choose another --workspace.") from None
    with git.alone(path):
        if not (path / ".git").exists():
            _make(path / MAKING)


def check(path: Path) -> None:
    """See that a path holds a workspace, without writing to it. Raises `WorkspaceError`."""
    if not (path / ".git").exists():
        raise WorkspaceError(f"There is no workspace at {path}. Make one with: autoreclab start TASK")
    try:
        git.run(path, "cat-file", "-e", ROOT_HASH)
    except WorkspaceError as error:
        if "dubious ownership" in str(error):
            raise
        raise WorkspaceError(
            f"{path} is another git repository, not a workspace, and stays untouched. Choose another --workspace."
        ) from None


def _make(path: Path) -> None:
    """Make the repository here and move it up when it is whole: a kill leaves none, or all of it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    git.run(path, "init", "--quiet", "--initial-branch=main", "--object-format=sha1", "--template=")
    Repository(path).commit(MAIN, ROOT, expected=None)
    _prepare(path)
    (path / ".git").rename(path.parent / ".git")
    path.rmdir()


def _prepare(path: Path) -> None:
    """Show scores in plain `git log`, set the alias `git tree`, leave a README out of `git status`."""
    git.run(path, "config", "notes.displayRef", SCORES)
    git.run(path, "config", "alias.tree", TREE_ALIAS)
    exclude = path / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/README.md\n")
