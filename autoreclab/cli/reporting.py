"""`report`: what a run found, for people, for programs, for a paper."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from autoreclab.cli.looking import load, write
from autoreclab.cli.options import json_option, run_argument, workspace_option
from autoreclab.errors import ReportError


@click.command()
@run_argument
@click.option(
    "--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Write report, figures and results there."
)
@click.option("--strict", is_flag=True, help="Refuse a report with a number that no file bears out.")
@click.option("--latex", is_flag=True, help="Print the tables for a paper, and what to cite as BibTeX.")
@workspace_option
@json_option
def report(run: str | None, to: Path | None, strict: bool, latex: bool, place: Path, as_json: bool) -> None:
    """Print the report of RUN, as Markdown; with --to, also write it with its figures and results.

    Every number in it is computed by code or was looked up in the results; one of the writer's that is found nowhere
    is marked, and --strict ends with status 1 then. --json has what the report says beside its tables: words,
    findings, deviations, what reproduced.

    \b
    Examples:
      autoreclab report seeds
      autoreclab report seeds --strict --to results/
      autoreclab report seeds --latex > tables.tex
    """
    workspace, loaded, _ = load(place, run)
    head = workspace.repository.head(f"refs/heads/{loaded.name}/best")
    if not head:
        raise ReportError(f"Run '{loaded.name}' has no report yet. Go on with: autoreclab resume {loaded.name}")
    files = workspace.repository.files(head, loaded.name)
    if strict:
        _refuse_unsupported(files, loaded.name)
    if to:
        for path, content in files.items():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            (to / path).write_bytes(content)
    if as_json:
        click.echo(json.dumps(_plain(files, loaded.name), indent=2))
    else:
        write(_latex(files, loaded.name) if latex else files["report.md"])


def _plain(files: Mapping[str, bytes], run: str) -> dict[str, Any]:
    """What the report says beside its tables."""
    if "report.json" not in files:
        raise ReportError(f"The report of run '{run}' is of an earlier version. Write it anew: autoreclab resume {run}")
    found: dict[str, Any] = json.loads(files["report.json"])
    return found


def _refuse_unsupported(files: Mapping[str, bytes], run: str) -> None:
    if unsupported := _plain(files, run)["unsupported"]:
        raise ReportError(
            f"The report of run '{run}' has numbers that no file bears out: {', '.join(unsupported)}. "
            f"They are marked in it: autoreclab report {run}"
        )


def _latex(files: Mapping[str, bytes], run: str) -> bytes:
    from autoreclab.latex import Origin, document

    plain = _plain(files, run)
    if not plain["node"]:
        raise ReportError(f"Nothing worked in run '{run}', so it has no tables. See: autoreclab report {run}")
    return document(files, Origin(run, plain["node"], plain["commit"])).encode()
