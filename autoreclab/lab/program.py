"""The frame of an experiment: its command line at the start and its ledger at the end."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from autoreclab.lab.places import PLACES


def arguments(description: str | None = None, argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the program's options, and look for data and write results where they say.

    `--data PATH` (repeatable) names files and folders to look for data in, `--out DIR` where results go.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", action="append", default=[], metavar="PATH", type=Path,
                        help="A data file or a folder to look in. Repeatable.")  # fmt: skip
    parser.add_argument("--out", default=Path(), metavar="DIR", type=Path,
                        help="Where results go (default: the current folder).")  # fmt: skip
    given = parser.parse_args(argv)
    missing = [str(path) for path in given.data if not path.exists()]
    if missing:
        parser.error(f"--data: {', '.join(missing)} does not exist")
    PLACES.data, PLACES.out = tuple(path.resolve() for path in given.data), given.out.resolve()
    return given


def finish() -> pd.DataFrame:
    """Write results.csv, summary.csv, comparisons.csv, figures and metadata; return the ledger.

    It has a row for each condition and metric. Its columns: the factors, dataset, filters, split, part, metric (such
    as ndcg@10), value, n_users, seconds, source.
    """
    from autoreclab.lab import ledger

    summary = ledger.write(PLACES.out)
    for problem in summary.problems:
        print(f"problem: {problem.trial}: {problem.sentence}")
    print(f"{summary.rows} rows in {PLACES.out / 'results.csv'}, {summary.recomputed} of them recomputed")
    return summary.ledger
