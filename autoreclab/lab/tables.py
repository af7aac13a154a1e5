"""Reading interactions from CSV, TSV, MovieLens, RecBole and Parquet files, and saying what is malformed where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from autoreclab.errors import DataError

COLUMNS = ("user", "item", "rating", "timestamp")
HEADERS = {
    "user": "user userid uid username reviewerid customerid visitorid sessionid",
    "item": "item itemid iid movieid productid asin parentasin bookid isbn artistid trackid songid businessid "
    "locationid venueid poiid videoid newsid",
    "rating": "rating ratings score stars overall",
    "timestamp": "timestamp time ts unixreviewtime unixtime date datetime",
}
MEANING = {header: column for column, headers in HEADERS.items() for header in headers.split()}
LATEST = 1e11  # seconds until the year 5138: what is more counts thousandths, as Amazon's reviews do
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def read(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Interactions as columns user, item and, where the file has them, rating and timestamp.

    Lines are split by tab, `::`, comma or semicolon; Parquet is told by the file's name. Without a header the columns
    are user, item, rating and timestamp, in this order, or those given, of which some may be empty. Timestamps become
    seconds. Of a repeated user-item pair the latest line counts. Raises `DataError`.
    """
    return latest(_parquet(path) if path.suffix == ".parquet" else _text(path, columns))


def latest(frame: pd.DataFrame) -> pd.DataFrame:
    """Each user-item pair once: the one with the latest timestamp, else the last."""
    ordered = frame.sort_values("timestamp", kind="stable") if "timestamp" in frame else frame
    kept = ordered.duplicated(["user", "item"], keep="last")
    return frame.loc[ordered.index[~kept]].sort_index().reset_index(drop=True)


def _text(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    first = _first_line(path)
    separator = next((mark for mark in ("\t", "::", ",", ";") if mark in first), ",")
    names, skip = (_numbered(columns), 0) if columns else _columns(first.split(separator), path)
    try:
        frame = _parse(path, separator, names, skip)
        complete = _complete(frame)
    except (pd.errors.ParserError, UnicodeDecodeError, ValueError):
        complete = False
    if not complete:
        raise DataError(_complaint(path, separator, names, skip))
    return frame


def _parquet(path: Path) -> pd.DataFrame:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            cells = file.schema_arrow.names
            meant = dict(zip(_meanings(cells, str(path)), cells, strict=True))
            frame = file.read([meant[name] for name in COLUMNS if name in meant]).to_pandas(ignore_metadata=True)
    except (OSError, pyarrow.ArrowException) as error:
        reason = str(error).splitlines()[0][:100]
        raise DataError(f"{path} can't be read as Parquet ({reason}). Give a whole Parquet file.") from None
    frame = frame[[meant[name] for name in COLUMNS if name in meant]]
    frame.columns = pd.Index([name for name in COLUMNS if name in meant])
    if reason := _flaw(frame):
        raise DataError(f"{path}: {reason}. Correct or remove those rows.")
    try:
        frame = _typed(frame.apply(_plain))
        complete = _complete(frame)
    except (TypeError, ValueError):
        complete = False
    if not complete:
        types = ", ".join(f"{name} {dtype}" for name, dtype in frame.dtypes.items())
        raise DataError(
            f"{path} has columns of the types {types}. Users and items should be whole numbers or texts, ratings "
            "numbers, timestamps seconds or dates."
        )
    return frame


def _flaw(frame: pd.DataFrame) -> str:
    """What a table lacks, or nothing."""
    if frame.empty:
        return "there is no interaction in it"
    lacking = frame.isna().sum()
    return next((f"{number:,} values of {name} are missing" for name, number in lacking.items() if number), "")


def _plain(column: pd.Series) -> pd.Series:
    """A column without categories, for whose values they stand."""
    return column.astype(column.cat.categories.dtype) if isinstance(column.dtype, pd.CategoricalDtype) else column


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            line = file.readline(100_000).rstrip("\r\n")
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}. Give a readable file.") from None
    if not line.strip():
        raise DataError(f"{path}, line 1: the file is empty. Give one with an interaction on each line.")
    return line


def _columns(cells: list[str], path: Path) -> tuple[list[str], int]:
    """What each column means (those of no meaning get a name like `#5`), and how many header lines there are."""
    if all(NUMBER.fullmatch(cell) for cell in cells):
        if not 3 <= len(cells) <= 4:
            raise DataError(f"{path}, line 1: {len(cells)} columns and no header. Add one such as 'user,item,rating'.")
        return list(COLUMNS[: len(cells)]), 0
    return _meanings(cells, f"{path}, line 1"), 1


def _meanings(cells: Sequence[str], where: str) -> list[str]:
    """What each named column means."""
    # RecBole writes `user_id:token`
    plain = [re.sub(r"[^a-z]", "", cell.split(":")[0].lower()) for cell in cells]
    names = _numbered([MEANING.get(name, "") for name in plain])
    if "user" not in names or "item" not in names or any(names.count(name) > 1 for name in COLUMNS):
        raise DataError(
            f"{where}: expected a header with one user and one item column, not {', '.join(cells)!r}. "
            "Call them e.g. user, item, rating, timestamp."
        )
    return names


def _numbered(names: Sequence[str]) -> list[str]:
    """Columns of no meaning get a name like `#5`."""
    return [name or f"#{number}" for number, name in enumerate(names, 1)]


def _parse(path: Path, separator: str, names: list[str], skip: int) -> pd.DataFrame:
    """The columns of a meaning, as pandas reads them, which takes what they hold for numbers where it can."""
    source: Path | object = path
    if separator == "::":  # two characters would need pandas' slow parser
        import io

        source, separator = io.StringIO(path.read_text(encoding="utf-8").replace("::", "\t")), "\t"
    # `index_col=False` alone would drop what a line has too much, and silently
    frame = pd.read_csv(
        source, sep=separator, names=names, header=None, skiprows=skip, low_memory=False, skipinitialspace=True,
        keep_default_na=False, na_values=[""], encoding="utf-8", on_bad_lines="error",
    )  # fmt: skip
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("lines have more cells than the header")
    return _typed(frame[[name for name in COLUMNS if name in names]])


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Users and items as whole numbers or texts, timestamps in seconds."""
    frame = frame.copy()
    for column in ("user", "item"):
        if pd.api.types.is_float_dtype(frame[column]) or frame[column].dtype == bool:
            frame[column] = frame[column].astype(str).where(frame[column].notna())
    if "timestamp" in frame:
        frame["timestamp"] = _seconds(frame["timestamp"])
    return frame


def _seconds(column: pd.Series) -> pd.Series:
    """Timestamps in seconds since 1970, from dates or from numbers, which may count thousandths or less."""
    if pd.api.types.is_numeric_dtype(column):
        while LATEST < column.max() < np.inf:
            column = column / 1000
        return column
    seconds = pd.to_datetime(column, utc=True, format="ISO8601")
    return (seconds - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)


def _complete(frame: pd.DataFrame) -> bool:
    """Is every cell there, every user and item a whole number or a text, and the rest numbers?"""
    if frame.empty or frame.isna().any(axis=None):
        return False
    names, numbers = frame[["user", "item"]], frame[frame.columns[2:]]
    return (
        all(pd.api.types.infer_dtype(names[column]) in ("integer", "string") for column in names)
        and all(pd.api.types.is_numeric_dtype(dtype) for dtype in numbers.dtypes)
        and bool(np.isfinite(numbers.to_numpy(float)).all())
    )


def _complaint(path: Path, separator: str, names: list[str], skip: int) -> str:
    """Name the first line that can't be an interaction."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, 1):
            cells = line.rstrip("\r\n").split(separator)
            if number > skip and line.strip() and (reason := _reason(cells, names)):
                return f"{path}, line {number}: {reason}. Correct or remove the line."
    return f"{path} can't be read as a table of interactions. Check its encoding (UTF-8) and its quotes."


def _reason(cells: list[str], names: list[str]) -> str:
    """Why these cells are no interaction, or nothing."""
    if len(cells) != len(names):
        return f"expected {len(names)} cells, found {len(cells)}"
    values = dict(zip(names, cells, strict=True))
    for name in COLUMNS:
        if name in values and not values[name].strip():
            return f"the {name} is missing"
    if "rating" in values and not NUMBER.fullmatch(values["rating"]):
        return f"the rating is {values['rating']!r}, not a number"
    if "timestamp" in values and not re.match(r"\s*[\d.]+", values["timestamp"]):
        return f"the timestamp is {values['timestamp']!r}"
    return ""
