"""`doctor`: what this machine allows."""

from __future__ import annotations

import json

import click

from autoreclab.cli.options import json_option


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Say how experiments are isolated here, and why not better; and whether tasks can name packages of their own.

    The exit status is 1 where experiments can't be isolated.

    Each level is tried with all its walls: installed does not mean allowed.

    \b
    Examples:
      autoreclab doctor
      autoreclab doctor --json
    """
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
