"""`plan`: the plan of a task, written into its file, before anything is run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from autoreclab.cli import packages
from autoreclab.cli.options import settings_options, workspace_option


@click.command()
@click.argument("task", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@settings_options
@workspace_option
def plan(task: Path, place: Path, **options: Any) -> None:
    """Write the plan of TASK into its file, as sections `## Requirements` and `## Design`, and stop.

    Correct them as you like: a run takes a task that has both at its word, and asks no planner.

    \b
    Examples:
      autoreclab plan my-task.md --data ~/data/ml-100k && $EDITOR my-task.md
      autoreclab start my-task.md --data ~/data/ml-100k
    """
    from autoreclab import data, environments, planning
    from autoreclab.cli.models import check_model, model_of
    from autoreclab.cli.running import given, settled, text_of
    from autoreclab.errors import TaskError
    from autoreclab.exchanges import Unkept
    from autoreclab.requirements import examine
    from autoreclab.sections import with_plan
    from autoreclab.task import parse

    source = text_of(task)
    asked = parse(source, str(task))
    examine(asked, str(task))
    if asked.design and asked.requirements:
        raise TaskError(f"{task} has a plan already. To have another one made, remove its section ## Design.")
    settings = settled(asked, given(options), place, task.parent)
    check_model(settings, asked, place)
    found = data.find(settings.data, asked)
    python = environments.interpreter(packages.lock(settings, place), packages.told)
    answer = planning.plan(model_of(settings, Unkept(), place), asked, settings, found, python)
    _write(task, with_plan(source, answer.value))
    spent = f", {answer.usage}" if answer.usage.calls else ""
    counts = f"{len(answer.value.requirements)} requirements, {answer.value.design.n_values} values"
    click.echo(f"{task}: {counts}{spent}.")
    click.echo(f"Correct them there, then: autoreclab start {task}")


def _write(path: Path, text: str) -> None:
    """Replace a file's text at once."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.chmod(path.stat().st_mode)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
