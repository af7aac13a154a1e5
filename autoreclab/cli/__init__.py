"""The command line: the only place that prints, exits and reads the environment."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import click

from autoreclab import __version__
from autoreclab.cli.data import data
from autoreclab.cli.doctor import doctor
from autoreclab.cli.looking import show, status, tree
from autoreclab.cli.planning import plan
from autoreclab.cli.reporting import report
from autoreclab.cli.rerunning import rerun
from autoreclab.cli.running import INTERRUPTED, resume, start
from autoreclab.cli.sharing import pull, push
from autoreclab.cli.steering import hint, pin, prune, requirements
from autoreclab.errors import AutoreclabError


def main() -> None:
    """Run the command line; errors become a sentence and an exit status here, and nowhere else."""
    try:
        if Path(".env").is_file():
            from dotenv import load_dotenv

            load_dotenv(".env")
        sys.exit(cli.main(standalone_mode=False, prog_name="autoreclab"))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except AutoreclabError as error:
        _end(f"Error: {error}", error.exit_status)
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "The disk is full: free some space, then go on." if full else "Mend this and run the command again."
        _end(f"Error: {error.filename or 'a file'}: {error.strerror}. {advice}", 1)
    except (KeyboardInterrupt, click.Abort):
        _end("Stopped. Nothing is lost: go on with autoreclab resume.", INTERRUPTED)


def _end(text: str, status: int) -> None:
    click.echo(text, err=True)
    sys.exit(status)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every option may also stand in the task's front matter or in a variable AUTORECLAB_<OPTION>.",
)
@click.version_option(__version__, prog_name="autoreclab")
def cli() -> None:
    """Answer a recommender-systems question by experiment.

    A task is a Markdown file. autoreclab derives requirements from it, writes experiment programs, runs and scores
    them, and improves them by tree search until one satisfies; every node of the search is a git commit.

    \b
    Examples:
      autoreclab start tasks/quickstart.md
      autoreclab start tasks/seeds.md --data ~/data/ml-100k
      git -C workspace log --graph
      autoreclab resume
    """


COMMANDS = (
    start, plan, resume, status, tree, show, report, rerun, pin, prune, hint, requirements, push, pull, data, doctor,
)  # fmt: skip
for command in COMMANDS:
    cli.add_command(command)
