"""`plan`: the plan of a task, written into its file, before anything is run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

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
    from autoreclab import data, planning
    from autoreclab.cli.running import check_model, given, model_of, settled, text_of
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
    settings = settled(asked, given(options), place)
    check_model(settings, asked, place)
    found = data.find(settings.data, asked)
    answer = planning.plan(model_of(settings, Unkept(), place), asked, settings, found)
    _write(task, with_plan(source, answer.value))
    study, tokens = answer.value.design, answer.usage.input_tokens + answer.usage.output_tokens
    spent = f", {tokens:,} tokens" if tokens else ""
    click.echo(f"{task}: {len(answer.value.requirements)} requirements, {study.n_values} values{spent}.")
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
