"""The form of what trials save: `trials/<slug>.json`, and a Parquet table of recommendations or predictions beside it.

The harness reads these files as a stranger's: regular files of a sane size only, checked in every field.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from autoreclab.lab import metrics

FOLDER = "trials"
JSON_BYTES = 1_000_000
TABLE_BYTES = 1_000_000_000
TABLE_ROWS = 50_000_000

LARGEST = 1e100  # beyond it a mean or a square may overflow
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f]*$")]
"""A text that is one cell of a table for every reader."""
Level = bool | int | Number | Text | None
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
RESERVED = (
    *("dataset", "filters", "split", "part", "metric", "value", "n_users", "seconds", "source", "user"),
    *("n", "mean", "sd", "cv", "ci_low", "ci_high", "boot_low", "boot_high", "record", "factors"),
    *("algorithm_a", "algorithm_b", "paired_over", "mean_a", "mean_b", "difference", "d_z"),
    *("t_p", "t_p_holm", "wilcoxon_p", "wilcoxon_p_holm"),
)
"""Names of columns of the ledger's tables and of a trial's own attributes, which no factor can have."""


class Record(BaseModel):
    """A part of a saved trial; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Result(Record):
    """Recommendations or predictions of one model on one split, and the program's own sums."""

    kind: Literal["recommendations", "predictions"]
    table: Annotated[str, Field(pattern=r"^[\w=.-]{1,120}\.parquet$")]
    """The Parquet file's name: columns user, item and either rank and score or prediction."""
    dataset: Name
    filters: Text
    split: Text
    part: Literal["test", "validation", "tuning"]
    recipe: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=20)] | None
    """Steps that rebuild dataset and split; None where it can't be rebuilt."""
    sha256: str
    fingerprint: str
    n_users: int
    metrics: list[str]
    k: list[Annotated[int, Field(ge=1, le=10_000)]]
    algorithm: str
    seed: int
    settings: dict[str, Any]
    scoring: str
    seconds: Number
    values: dict[str, Number]


class Saved(Record):
    """One trial: its factors and everything it recorded."""

    factors: dict[Annotated[str, Field(pattern=r"^[A-Za-z]\w{0,60}$")], Level]
    recorded: Number
    """Seconds since 1970, which put trials into order."""
    versions: dict[str, str]
    results: list[Result] = []
    values: dict[Name, Number] = {}
    """Numbers of the program's own, which nobody can recompute."""


def read(path: Path) -> Saved:
    """A saved trial. Raises `ValueError` saying what is wrong with it."""
    text = _regular(path, JSON_BYTES).read_text(encoding="utf-8")
    try:
        saved = Saved.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}") from None
    if taken := saved.factors.keys() & set(RESERVED):
        raise ValueError(f"a factor is called {min(taken)!r}, which is a column of the ledger")
    for result in saved.results:
        _check(result)
    return saved


def table(path: Path, kind: str) -> pd.DataFrame:
    """Recommendations or predictions as a trial saved them. Raises `ValueError` saying what is wrong."""
    import pyarrow
    import pyarrow.parquet

    columns = ["user", "item", "rank"] if kind == "recommendations" else ["user", "item", "prediction"]
    try:
        with pyarrow.parquet.ParquetFile(_regular(path, TABLE_BYTES)) as file:
            if file.metadata.num_rows > TABLE_ROWS:
                raise ValueError(f"{file.metadata.num_rows:,} rows are too many")
            frame = file.read(columns=columns).to_pandas(ignore_metadata=True)
    except (OSError, pyarrow.ArrowException) as error:
        raise ValueError(f"it is no Parquet file ({str(error).splitlines()[0][:100]})") from None
    if list(frame.columns) != columns or frame.isna().any(axis=None):
        raise ValueError(f"expected complete columns {', '.join(columns)}")
    if any(pd.api.types.infer_dtype(frame[name]) not in ("integer", "string") for name in ("user", "item")):
        raise ValueError("its users or items are neither whole numbers nor texts")
    if not pd.api.types.is_numeric_dtype(frame[columns[2]]):
        raise ValueError(f"its {columns[2]} is no number")
    return frame


def plain(value: Any) -> Any:
    """A value as JSON has it: NumPy's scalars as Python's, anything unknown in words."""
    return json.loads(json.dumps(value, default=lambda v: v.item() if hasattr(v, "item") else repr(v)))


def _check(result: Result) -> None:
    known = metrics.RANKING if result.kind == "recommendations" else metrics.RATING
    if not result.metrics or not set(result.metrics) <= set(known):
        raise ValueError(f"its metrics are {result.metrics}; of {result.kind} there are {', '.join(known)}")
    if result.kind == "recommendations" and not result.k:
        raise ValueError("its metrics have no k")


def _regular(path: Path, size: int) -> Path:
    """The path itself, if it is a regular file (no link, no pipe) and not too large."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no regular file")
    if status.st_size > size:
        raise ValueError(f"{status.st_size:,} bytes are too many")
    return path
