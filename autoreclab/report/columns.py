"""Which columns of a table are worth a reader's eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def tells(column: str, rows: Sequence[Mapping[str, str]]) -> bool:
    """Does a column say what the others don't? Programs loop over datasets by a factor, and `lab` names them too."""
    own = column == "dataset" or any(row[column] != row["dataset"] for row in rows)
    return own and any(row[column] for row in rows)


def varies(column: str, rows: Sequence[Mapping[str, str]]) -> bool:
    """Has a column more than one value?"""
    return len({row[column] for row in rows}) > 1
