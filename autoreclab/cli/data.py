"""`data list|info|fetch|check`: the public datasets that are known by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autoreclab.cli.options import json_option
from autoreclab.errors import DataError
from autoreclab.settings import nearest

if TYPE_CHECKING:
    from autoreclab.lab.sources import Source

COUNTED = ("interactions", "users", "items")
name_argument = click.argument("name")


@click.group()
def data() -> None:
    """Know, fetch and check public datasets.

    \b
    Examples:
      autoreclab data list
      autoreclab data fetch ml-1m && autoreclab data check ml-1m
      autoreclab data check ml-100k ~/data/ml-100k
    """


@data.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the public datasets: published counts, and licence or terms.

    \b
    Examples:
      autoreclab data list
      autoreclab data list --json
    """
    from autoreclab.lab.sources import KNOWN

    if as_json:
        click.echo(json.dumps([_facts(source) for source in KNOWN.values()], indent=2))
        return
    width = max(map(len, KNOWN))
    for source in KNOWN.values():
        click.echo(f"{source.name:{width}}  {_published(source)}  ({source.licence})")


@data.command()
@name_argument
@json_option
def info(name: str, as_json: bool) -> None:
    """Say what is known of dataset NAME: address, licence, counts, where it is here, what to cite.

    \b
    Examples:
      autoreclab data info ml-100k
      autoreclab data info gowalla --json
    """
    from autoreclab.lab import downloads, sources

    source = _known(name)
    here, first = sources.locate(source), downloads.remembered(source)
    if as_json:
        facts = {**_facts(source), "bibtex": source.bibtex, "here": here and str(here), "sha256": first}
        click.echo(json.dumps(facts, indent=2))
        return
    click.echo(f"name       {source.name}")
    click.echo(f"address    {source.address}")
    click.echo(f"file       {source.file}")
    click.echo(f"licence    {source.licence}")
    click.echo(f"published  {_published(source)}")
    click.echo(f"here       {here or 'no: autoreclab data fetch ' + name}")
    click.echo(f"sha256     {first or 'unverified: it was not fetched yet'}")
    click.echo(f"\n{source.bibtex}")


@data.command()
@name_argument
@json_option
def fetch(name: str, as_json: bool) -> None:
    """Download dataset NAME into the cache.

    The checksum of the first fetch is remembered: a later one must give the same file. The cache is
    ~/.cache/autoreclab, or what the variable AUTORECLAB_CACHE names.

    \b
    Examples:
      autoreclab data fetch ml-100k
      AUTORECLAB_CACHE=/data/cache autoreclab data fetch gowalla
    """
    from autoreclab.lab import downloads

    source = _known(name)
    path = downloads.download(source)
    if as_json:
        click.echo(json.dumps({"name": name, "path": str(path), "sha256": downloads.remembered(source)}, indent=2))
    else:
        click.echo(f"{name}: {path}, {path.stat().st_size:,} bytes, sha256 {downloads.remembered(source)}")
        click.echo(f"Its licence: {source.licence}. See also: autoreclab data info {name}")


@data.command()
@name_argument
@click.argument("path", required=False, type=click.Path(path_type=Path))
@json_option
def check(name: str, path: Path | None, as_json: bool) -> None:
    """Check counts and checksum of dataset NAME.

    It is looked for in the file or folder PATH or, without one, where experiments find it. The exit status is 0
    unless something is wrong. Where nothing is known to check against, it says "unverified".

    \b
    Examples:
      autoreclab data check ml-100k
      autoreclab data check ml-100k ~/Downloads/ml-100k/u.data
    """
    from autoreclab.lab import datasets, downloads, sources

    source = _known(name)
    if path and not path.exists():
        raise DataError(f"{path}: there is no such file or folder. Name the {source.file} of {name} or its folder.")
    file = sources.locate(source, path)
    if file is None:
        raise DataError(f"{name} is not here. Get it with: autoreclab data fetch {name}")
    loaded = datasets.load(name, file)
    counts = (len(loaded.interactions), loaded.n_users, loaded.n_items)
    verified = {"counts": None not in source.counts, "sha256": downloads.confirmed(source, loaded.sha256)}
    if as_json:
        found = dict(zip(COUNTED, counts, strict=True))
        click.echo(json.dumps({"name": name, "path": str(file), **found, "sha256": loaded.sha256,
                               "verified": verified}, indent=2))  # fmt: skip
        return
    click.echo(f"{name}: {file}")
    click.echo(f"counts  {sources.sizes(counts)}: {_counts_say(source)}")
    first = "as first fetched" if verified["sha256"] else "unverified: it was not fetched from its address yet"
    click.echo(f"sha256  {loaded.sha256}: {first}")


def _known(name: str) -> Source:
    from autoreclab.lab.sources import KNOWN

    if name not in KNOWN:
        raise DataError(f"No public dataset {name!r} is known.{nearest(name, KNOWN)} See: autoreclab data list")
    return KNOWN[name]


def _facts(source: Source) -> dict[str, Any]:
    counts = dict(zip(COUNTED, source.counts, strict=True))
    return {"name": source.name, "address": source.address, "file": source.file, "licence": source.licence, **counts}


def _published(source: Source) -> str:
    return "unverified" if source.counts == (None, None, None) else source.published


def _counts_say(source: Source) -> str:
    """What a check of the counts, which did not fail, shows."""
    if None not in source.counts:
        return "as published"
    known = [name for name, count in zip(COUNTED, source.counts, strict=True) if count is not None]
    return f"{' and '.join(known)} as published, the rest unverified" if known else "unverified"
