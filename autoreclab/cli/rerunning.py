"""`rerun`: does a node's result hold today?"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from autoreclab.cli import packages
from autoreclab.cli.looking import chosen
from autoreclab.cli.options import json_option, unsafe_option, workspace_option
from autoreclab.cli.running import UNSATISFIED, isolation


@click.command()
@click.argument("node")
@click.option("--data", multiple=True, metavar="PATH", help="Where the data are now, if elsewhere. Repeatable.")
@workspace_option
@unsafe_option
@json_option
def rerun(node: str, data: tuple[str, ...], place: Path, as_json: bool, unsafe: bool) -> int:
    """Run NODE, named RUN/N, again in today's environment, and say value by value what reproduced.

    The node's record stays as it is; what the rerun left is kept beside it. The exit status is 0 when the node ended
    as it did and every value is exactly the same, else 4. A continuation is run whole, from nothing, in as much time as
    its program had in all.

    \b
    Examples:
      autoreclab rerun seeds/3
      autoreclab rerun seeds/3 --data ~/data/ml-100k --json
    """
    from autoreclab import data as datasets
    from autoreclab import environments, view
    from autoreclab.reruns import rerun as run_again
    from autoreclab.running import Runner

    workspace, run, tree, one = chosen(place, node)
    found = datasets.find(data or run.settings.data, run.task)
    found.compare(run.facts["datasets"])
    with tempfile.TemporaryDirectory(prefix="autoreclab-") as scratch:
        limit = run.settings.timeout * tree.time_limits(one)
        settings = run.settings.changed({"timeout": limit})
        python = environments.interpreter(environments.locked(run.facts), packages.told)
        runner = Runner.of(settings, found, Path(scratch), workspace.bulk, isolation(unsafe, Path(scratch)), python)
        number, comparison = run_again(workspace, run.name, one, runner)
    if as_json:
        click.echo(json.dumps(view.comparison_as_dict(number, comparison), indent=2))
    else:
        click.echo("\n".join(view.comparison_lines(f"{run.name}/{one.name}", number, comparison)))
    return 0 if comparison.reproduced else UNSATISFIED
