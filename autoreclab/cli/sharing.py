"""`push` and `pull`: runs between this workspace and others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autoreclab.cli.options import named, run_argument, workspace_option
from autoreclab.errors import WorkspaceError

if TYPE_CHECKING:
    from autoreclab.sharing import Merged


@click.command()
@click.argument("remote")
@run_argument
@workspace_option
def push(remote: str, run: str | None, place: Path) -> None:
    """Bring RUN (the latest if not named) to REMOTE: a path, an address, or a remote that git knows by name.

    What REMOTE has of the run is merged first, so nothing there is lost.

    \b
    Examples:
      git init --bare ~/runs.git && autoreclab push ~/runs.git
      autoreclab push git@example.org:lab/runs.git seeds
    """
    from autoreclab import sharing
    from autoreclab.workspace import Workspace

    workspace = Workspace.open(place)
    name = workspace.run(named(workspace, run)).name
    for merged in sharing.push(workspace, _address(place, remote), name):
        if merged.branches:
            _tell(merged)
    click.echo(f"{name}: {remote} is up to date.")


@click.command()
@click.argument("remote")
@run_argument
@workspace_option
def pull(remote: str, run: str | None, place: Path) -> None:
    """Merge RUN (every run if none is named) from REMOTE: a path, an address, a bundle, or a remote git knows by name.

    Nothing is checked out, and no program is run before you resume.

    \b
    Examples:
      autoreclab pull ~/runs.git
      autoreclab pull seeds.bundle --workspace review
    """
    from autoreclab import sharing
    from autoreclab.workspace import Workspace

    address = _address(place, remote)
    found = sharing.runs_at(place if (place / ".git").exists() else Path.cwd(), address)
    if not found or (run and run not in found):
        missing = f"run '{run}'" if run else "run of autoreclab"
        raise WorkspaceError(f"{remote} holds no {missing}. Its runs: {', '.join(found) or 'none'}.")
    workspace = Workspace.create(place)
    for merged in sharing.pull(workspace, address, [run] if run else found):
        _tell(merged)


def _address(place: Path, remote: str) -> str:
    """A remote as git reads it in the workspace: paths are those of the current folder."""
    from autoreclab import git

    known = git.run(place, "remote").decode().split() if (place / ".git").exists() else []
    path = Path(remote).expanduser()
    return str(path.absolute()) if remote not in known and path.exists() else remote


def _tell(merged: Merged) -> None:
    click.echo(f"{merged.run}: {merged.branches} new nodes")
    for there, here in sorted(merged.renamed.items()):
        click.echo(f"  {there} there is {here} here: the name was taken")
