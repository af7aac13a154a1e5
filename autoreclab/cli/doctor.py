"""`doctor`: what this machine allows, and what a model can do."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING

import click

from autoreclab.cli.options import json_option
from autoreclab.errors import ModelError

if TYPE_CHECKING:
    from autoreclab.models.checkup import Checkup


@click.command()
@click.option("--model", metavar="NAME", help="Try this model instead, with about 25,000 tokens in seven calls.")
@json_option
def doctor(model: str | None, as_json: bool) -> int:
    """Say how experiments are isolated here, and why not better; and whether tasks can name packages of their own.

    The exit status is 1 where experiments can't be isolated.

    Each level is tried with all its walls: installed does not mean allowed. With --model, say what the model at
    OPENAI_BASE_URL can do; the exit status is 3 where a run can't use it.

    \b
    Examples:
      autoreclab doctor
      autoreclab doctor --model gpt-5-mini
      autoreclab doctor --json
    """
    return _model(model, as_json) if model else _isolation(as_json)


def _isolation(as_json: bool) -> int:
    from autoreclab import sandbox
    from autoreclab.environments import uv

    hindered = sandbox.hindrances()
    level = next((level for level, reason in hindered.items() if not reason), None)
    if as_json:
        click.echo(
            json.dumps({"level": level or "none", "hindrances": hindered, "environments": uv.hindrance()}, indent=2)
        )
    else:
        click.echo(f"Experiments are isolated by {level}." if level else "Experiments can't be isolated here.")
        for name, reason in hindered.items():
            click.echo(f"{name:10}  {reason or 'works'}")
        click.echo(f"A task's own packages: {uv.hindrance() or 'uv is there to install them.'}")
    return 0 if level else 1


def _model(name: str, as_json: bool) -> int:
    """Try a model and tell each thing as it is known. Raises `ModelError` where it can't be asked at all."""
    from autoreclab.cli.models import access
    from autoreclab.models.chat import Endpoint
    from autoreclab.models.checkup import Checkup

    if name == "offline" or name.startswith("replay:"):
        raise ModelError(f"{name} is no model behind an endpoint: there is nothing to try.")
    key, address = access()
    endpoint = Endpoint(name, api_key=key, base_url=address, temperature=None, timeout=600.0, wait=time.sleep)
    checkup = Checkup(endpoint)
    found = []
    for observation in checkup.observations():
        found.append(dataclasses.asdict(observation))
        if not as_json:
            click.echo(f"{observation.name:12}  {'ok' if observation.ok else 'no'}  {observation.said}")
    if as_json:
        told = {"model": name, "usable": checkup.usable, "observations": found, "spent": checkup.spent}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(_summary(name, checkup))
    return 0 if checkup.usable else ModelError.exit_status


def _summary(name: str, checkup: Checkup) -> str:
    spent = checkup.spent
    can = "can be used" if checkup.usable else "can't be used by a run: choose another --model"
    tokens = f"{spent['input_tokens']:,} tokens in, {spent['output_tokens']:,} out"
    return f"The model {name} {can}. Spent: {spent['calls']} calls, {tokens}."
