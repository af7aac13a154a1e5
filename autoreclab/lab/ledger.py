"""The ledger: what the saved trials of a folder amount to, recomputed, in tables and figures.

`python -P -m autoreclab.lab.ledger FOLDER` does it in a process of its own and prints one JSON object.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from autoreclab.lab import comparisons, figures, owned, statistics
from autoreclab.lab.owned_results import OwnedRecomputation
from autoreclab.lab.places import write_atomically
from autoreclab.lab.recompute import Problem, Recomputation, Row
from autoreclab.lab.records import Saved
from autoreclab.lab.trial import versions

WHERE = ["dataset", "filters", "split", "part"]
TRAINED = {"table", "algorithm", "seed", "settings", "scoring", "seconds"}
MEASURED = {"dataset", "sha256", "filters", "split", "part", "fingerprint", "n_users"}
"""What metadata says of each trial; where the split was rebuilt, `MEASURED` is the truth, else the program's word."""
STATISTICS = ["n", "mean", "sd", "cv", "ci_low", "ci_high", "boot_low", "boot_high"]


@dataclass(frozen=True)
class Summary:
    """What `write` found and wrote."""

    ledger: pd.DataFrame
    """As in `results.csv`."""
    problems: tuple[Problem, ...]
    withheld: int = 0
    """Results on the task's own evaluation that only the harness can evaluate."""

    @property
    def rows(self) -> int:
        return len(self.ledger)

    @property
    def recomputed(self) -> int:
        """How many rows were recomputed from what was saved."""
        return int((self.ledger["source"] == "recomputed").sum())


def write(folder: str | Path, since: float | None = None, evaluation: owned.OwnedSplit | None = None) -> Summary:
    """Recompute every value below `folder/trials` and write the ledger and what follows from it there.

    A trial that was saved before `since` (seconds since 1970) is a problem. Where the task owns its evaluation, only
    results on it, and on splits of its training part, count.
    """
    folder = Path(folder)
    recomputation = OwnedRecomputation(folder, evaluation, since) if evaluation else Recomputation(folder, since)
    trials = recomputation.trials()
    rows = recomputation.rows(trials)
    factors = list(dict.fromkeys(factor for row in rows for factor in row.factors))
    ledger = _ledger(rows, factors)
    settings = [factor for factor in factors if not statistics.is_replicate(factor)] + comparisons.FAMILY
    summary = _summary(ledger, settings)
    write_atomically(folder / "results.csv", ledger.to_csv(index=False).encode())
    write_atomically(folder / "summary.csv", summary.to_csv(index=False).encode())
    write_atomically(folder / "comparisons.csv", _comparisons(ledger, rows).to_csv(index=False).encode())
    write_atomically(folder / "per_user.parquet", _per_user(rows, factors))
    metadata = _metadata(trials, recomputation)
    if evaluation:
        metadata["evaluation"] = {"split": evaluation.label, "part": evaluation.part}
    write_atomically(folder / "metadata.json", json.dumps(metadata, indent=1, default=str).encode())
    figures.draw(ledger, summary, settings, folder)
    return Summary(ledger, tuple(recomputation.problems), recomputation.withheld)


def _ledger(rows: Iterable[Row], factors: list[str]) -> pd.DataFrame:
    """One line for each row; what it lacks is None."""
    columns = [*factors, *WHERE, "metric", "value", "n_users", "seconds", "source"]
    lines = [
        {
            **row.factors,
            **row.where,
            **{name: getattr(row, name) for name in ("metric", "value", "n_users", "seconds", "source")},
        }
        for row in rows
    ]
    # objects, else pandas turns the seeds of a study with a missing one into 0.0, 1.0 …
    return pd.DataFrame([[line.get(name) for name in columns] for line in lines], columns=columns, dtype=object)


def _summary(ledger: pd.DataFrame, settings: list[str]) -> pd.DataFrame:
    """One line for each setting and metric, over its replicates; seconds are their total."""
    lines = []
    for _, group in ledger.groupby([ledger[name].map(repr) for name in settings], sort=False):
        sources = set(group["source"])
        lines.append(
            {
                **group.iloc[0][settings],
                **statistics.summarise(group["value"].astype(float).to_list()),
                "n_users": group["n_users"].iloc[0],
                "seconds": group["seconds"].dropna().sum() or None,
                "source": "recomputed" if sources == {"recomputed"} else "program",
            }
        )
    return pd.DataFrame(lines, columns=[*settings, *STATISTICS, "n_users", "seconds", "source"], dtype=object)


def _comparisons(ledger: pd.DataFrame, rows: Sequence[Row]) -> pd.DataFrame:
    """One line for each setting, metric and pair of algorithms; a header alone where there are no algorithms."""
    users = {place: row.per_user for place, row in enumerate(rows) if row.per_user is not None}
    return comparisons.compare(ledger.assign(algorithm=ledger.get("algorithm")), users=users)


def _per_user(rows: Iterable[Row], factors: list[str]) -> bytes:
    """Every recomputed value of every test user, as a Parquet file."""
    frames = []
    for row in rows:
        if row.per_user is not None:
            frame = row.per_user.rename("value").rename_axis("user").reset_index()
            for position, name in enumerate([*factors, "dataset", "part", "metric"]):
                given = {**row.factors, **row.where, "metric": row.metric}
                frame.insert(position, name, pd.Series([given.get(name)] * len(frame), dtype=object))
            frames.append(frame)
    columns = [*factors, "dataset", "part", "metric", "user", "value"]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    for name in columns[:-1]:
        table[name] = _of_one_type(table[name])
    content = io.BytesIO()
    table.to_parquet(content, index=False, compression="zstd")
    return content.getvalue()


def _of_one_type(column: pd.Series) -> pd.Series:
    """A Parquet column has one type: levels of several become text."""
    kinds = {type(value) for value in column.dropna().unique()}
    return column if len(kinds) <= 1 else column.map(lambda value: None if value is None else str(value))


def _metadata(trials: list[tuple[str, Saved]], recomputation: Recomputation) -> dict[str, Any]:
    """Whatever somebody needs to repeat the study."""
    splits = recomputation.splits
    ran = Counter(json.dumps(saved.versions, sort_keys=True) for _, saved in trials)
    return {
        "versions": json.loads(ran.most_common(1)[0][0]) if ran else versions(),
        "datasets": list({json.dumps(split["dataset"]): split["dataset"] for split in splits}.values()),
        "splits": [{name: value for name, value in split.items() if name != "dataset"} for split in splits],
        "trials": [
            {"trial": name, "factors": saved.factors}
            | result.model_dump(include=TRAINED | MEASURED)
            | {"own": result.recipe is None, "content": None}
            | recomputation.truth.get(f"{name}/{result.table}", {})
            for name, saved in trials
            for result in saved.results
        ],
        "problems": [dataclasses.asdict(problem) for problem in recomputation.problems],
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Write a folder's ledger and print what came of it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m autoreclab.lab.ledger", description="Recompute a study's results.")
    parser.add_argument("folder", type=Path, help="the folder that holds trials/")
    parser.add_argument("--since", type=float, metavar="SECONDS",
                        help="since 1970: trials that were saved before are a problem")  # fmt: skip
    parser.add_argument("--evaluation", metavar="JSON", help="the terms of the evaluation that the task owns")
    given = parser.parse_args(argv)
    if not given.folder.is_dir():
        parser.error(f"{given.folder} is no folder")
    terms = owned.Terms(**json.loads(given.evaluation)) if given.evaluation else None
    summary = write(given.folder, given.since, owned.made(terms) if terms else None)
    problems = [dataclasses.asdict(problem) for problem in summary.problems]
    print(json.dumps({"rows": summary.rows, "recomputed": summary.recomputed, "problems": problems}))


if __name__ == "__main__":
    main()
