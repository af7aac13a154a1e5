"""`status`, `tree` and `show`: what a workspace holds. They write nothing to it."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autoreclab.cli.options import json_option, named, run_argument, workspace_option
from autoreclab.errors import TaskError

if TYPE_CHECKING:
    from autoreclab.listing import Listed
    from autoreclab.nodes import Node
    from autoreclab.tree import Tree
    from autoreclab.workspace import Run, Workspace


@click.command()
@run_argument
@workspace_option
@json_option
def status(run: str | None, place: Path, as_json: bool) -> None:
    """Say where RUN stands, or every run if none is named.

    \b
    Examples:
      autoreclab status
      autoreclab status seeds --json
    """
    from autoreclab import view
    from autoreclab.workspace import Workspace

    workspace = Workspace.open(place)
    states = [view.state(workspace.load(workspace.run(name)), workspace.searcher(name)) for name in
              ([run] if run else workspace.runs())]  # fmt: skip
    if as_json:
        click.echo(json.dumps(states, indent=2))
    elif not states:
        click.echo("No runs yet. Start one with: autoreclab start TASK")
    for state in [] if as_json else states:
        click.echo(view.state_line(state))


@click.command()
@run_argument
@workspace_option
@json_option
def tree(run: str | None, place: Path, as_json: bool) -> None:
    """Show the nodes of RUN, one line each, under what they were derived from; * marks the best.

    \b
    Examples:
      autoreclab tree seeds
      git -C workspace tree          # the same by git
    """
    from autoreclab import view
    from autoreclab.experiment import headline

    _, _, found = load(place, run)
    if as_json:
        click.echo(json.dumps(view.tree_as_dict(found), indent=2))
    else:
        click.echo("\n".join(view.tree_lines(found, headline(found))))


@click.command()
@click.argument("node")
@click.option("--code", is_flag=True, help="Print the program.")
@click.option("--log", is_flag=True, help="Print the program's output.")
@click.option("--files", is_flag=True, help="List all files, with their sizes and where they are.")
@workspace_option
@json_option
def show(node: str, code: bool, log: bool, files: bool, place: Path, as_json: bool) -> None:
    """Show NODE, named RUN/N: its plan, what happened when it ran, and its verdicts.

    \b
    Examples:
      autoreclab show seeds/3
      autoreclab show seeds/3 --code
    """
    from autoreclab import listing, reruns, view

    workspace, loaded, found, one = chosen(place, node)
    told = reruns.told(workspace, loaded.name, one)
    if code:
        write(workspace.files(loaded.name, one).get("solution.py", b""))
    elif log:
        write(workspace.outputs(loaded.name, one).get("log.txt", b""))
    elif files:
        _list(list(listing.files(workspace, loaded.name, one)), as_json)
    elif as_json:
        click.echo(json.dumps({**view.node_as_dict(one), "reruns": told}, indent=2))
    else:
        click.echo("\n".join([*view.node_lines(found, one), *view.rerun_lines(told)]))


def chosen(place: Path, node: str) -> tuple[Workspace, Run, Tree, Node]:
    """The node named RUN/N, or N in the latest run; a person's branch, whose name may hold slashes, is named so too."""
    run, _, name = node.partition("/") if "/" in node else ("", "", node)
    workspace, loaded, tree = load(place, run or None)
    return workspace, loaded, tree, _node(tree, name)


def load(place: Path, run: str | None) -> tuple[Workspace, Run, Tree]:
    """The run of that name, or the latest, with its tree."""
    from autoreclab.workspace import Workspace

    workspace = Workspace.open(place)
    loaded = workspace.run(named(workspace, run))
    return workspace, loaded, workspace.load(loaded)


def _node(tree: Tree, name: str) -> Node:
    wanted = f"{int(name):04d}" if name.isdigit() else name
    for node in tree.nodes:
        if wanted in (node.name, node.commit, node.commit[:7]):
            return node
    names = ", ".join(node.name for node in tree.nodes)
    raise TaskError(f"Run '{tree.run}' has no node '{name}'. Its nodes: {names or 'none'}.")


def _list(files: list[Listed], as_json: bool) -> None:
    from autoreclab import view

    if as_json:
        click.echo(json.dumps([dataclasses.asdict(file) for file in files], indent=2))
    else:
        click.echo("\n".join(view.file_lines(files)))


def write(content: bytes) -> None:
    """Print a file; to a terminal without control characters."""
    if sys.stdout.isatty():
        text = content.decode(errors="replace")
        content = "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text).encode()
    sys.stdout.buffer.write(content)
