"""`pin`, `prune`, `hint` and `requirements`: what a person tells a search, before it, during it or after it."""

from __future__ import annotations

from pathlib import Path

import click

from autoreclab.cli.looking import chosen, load
from autoreclab.cli.options import run_argument, workspace_option
from autoreclab.errors import TaskError

undo_option = click.option("--undo", is_flag=True, help="Take it back.")


@click.command()
@click.argument("node")
@undo_option
@workspace_option
def pin(node: str, undo: bool, place: Path) -> None:
    """Have improvements build on NODE, named RUN/N; a failing one is debugged first. Of several, on the best.

    \b
    Examples:
      autoreclab pin seeds/4
      autoreclab pin seeds/4 --undo
      git -C workspace notes append -m pin seeds/0004     # the same by git
    """
    name = _noted(place, node, "pin", undo)
    click.echo(f"{name} is no longer pinned." if undo else f"{name} is pinned: the next steps build on it.")


@click.command()
@click.argument("node")
@undo_option
@workspace_option
def prune(node: str, undo: bool, place: Path) -> None:
    """Leave NODE, named RUN/N, and all that was derived from it out of the search; they stay in the history.

    \b
    Examples:
      autoreclab prune seeds/4
      autoreclab prune seeds/4 --undo
      git -C workspace notes append -m prune seeds/0004   # the same by git
    """
    name = _noted(place, node, "prune", undo)
    click.echo(f"{name} is no longer pruned." if undo else f"{name} is pruned, with all that was derived from it.")


@click.command()
@click.argument("node")
@click.argument("text", required=False)
@undo_option
@workspace_option
def hint(node: str, text: str | None, undo: bool, place: Path) -> None:
    """Advise the model: TEXT stands in the prompts of all steps from NODE, named RUN/N, or of all steps of a RUN.

    Without TEXT, --undo takes back every hint there. The offline researcher reads no hints.

    \b
    Examples:
      autoreclab hint seeds/4 "try cosine similarity"
      autoreclab hint seeds "keep every program under a minute"
      autoreclab hint seeds/4 --undo
      git -C workspace notes append -m "hint: try cosine similarity" seeds/0004     # the same by git
    """
    from autoreclab.steering import HINT, hint_line

    if not undo and not (text or "").split():
        raise click.UsageError('Say what to advise: autoreclab hint RUN/N "try cosine similarity"')
    name = _noted(place, node, hint_line(text) if text else HINT, undo)
    click.echo(f"{name}: the hint is gone." if undo else f"{name}: the next prompts show the hint.")


@click.command()
@run_argument
@click.option("--edit", is_flag=True, help="Open them in an editor; then judge all nodes again at the next resume.")
@workspace_option
def requirements(run: str | None, edit: bool, place: Path) -> None:
    """Print the requirements that RUN judges by, as a Markdown list; with --edit, change them.

    \b
    Examples:
      autoreclab requirements seeds
      autoreclab requirements seeds --edit && autoreclab resume seeds
      git -C workspace notes --ref=autoreclab edit seeds/task     # the same by git
    """
    from autoreclab.requirements import from_markdown, header
    from autoreclab.sections import as_markdown

    workspace, loaded, tree = load(place, run)
    if not tree.plan:
        raise TaskError(f"Run '{loaded.name}' has no requirements yet. Go on with: autoreclab resume {loaded.name}")
    listed = as_markdown(tree.plan.requirements)
    if not edit:
        click.echo(listed, nl=False)
        return
    written = click.edit(header() + listed, extension=".md")
    changed = from_markdown(written) if written else tree.plan.requirements
    if changed == tree.plan.requirements:
        click.echo("Nothing was changed.")
        return
    workspace.change_requirements(loaded, changed)
    click.echo(f"{len(changed)} requirements. Judge all nodes by them with: autoreclab resume {loaded.name}")


def _noted(place: Path, node: str, line: str, undo: bool) -> str:
    """Add a line to a person's note on a node or, where a hint names none, on the run's root; or take it back."""
    from autoreclab import steering

    if line.startswith(steering.HINT) and "/" not in node:
        workspace, run, tree = load(place, node)
        name, commit = run.name, tree.root
    else:
        workspace, run, tree, found = chosen(place, node)
        name, commit = f"{run.name}/{found.name}", found.commit
    (steering.remove if undo else steering.add)(workspace.repository, commit, line)
    return name
