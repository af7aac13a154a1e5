"""`doctor`: what this machine allows."""

from __future__ import annotations

import json

import click

from autoreclab.cli.options import json_option


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Say how experiments are isolated here, and why not better. The exit status is 1 where they can't be.

    Each level is tried with all its walls: installed does not mean allowed.

    \b
    Examples:
      autoreclab doctor
      autoreclab doctor --json
    """
    from autoreclab import sandbox

    hindered = sandbox.hindrances()
    level = next((level for level, reason in hindered.items() if not reason), None)
    if as_json:
        click.echo(json.dumps({"level": level or "none", "hindrances": hindered}, indent=2))
    else:
        click.echo(f"Experiments are isolated by {level}." if level else "Experiments can't be isolated here.")
        for name, reason in hindered.items():
            click.echo(f"{name:10}  {reason or 'works'}")
    return 0 if level else 1
