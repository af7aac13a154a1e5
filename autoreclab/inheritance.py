"""What a continuation inherits of the node that it continues: the trials that were finished, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from autoreclab.bulk import Bulk, listed

if TYPE_CHECKING:
    from autoreclab.lab.records import Saved

FILE = re.compile(r"trials/(?!\.)[\w=.-]+\.(json|parquet)", re.ASCII)


def finished_trials(outputs: Mapping[str, bytes], store: Bulk) -> dict[str, bytes | Path]:
    """The saved trials among a node's outputs, each with all its tables: contents, or where in the store they lie.

    One that isn't whole, say because a table lies in another clone's store, is left out, so that it is run again.
    """
    found: dict[str, bytes | Path] = {path: content for path, content in outputs.items() if FILE.fullmatch(path)}
    stored = {file.path: store.get(file.sha256) for file in listed(outputs) if FILE.fullmatch(file.path)}
    found |= {path: place for path, place in stored.items() if place}
    trials = ({path, *_tables(found[path], path)} for path in found if path.endswith(".json"))
    whole = {path for trial in trials if trial <= found.keys() for path in trial}
    return {path: where for path, where in found.items() if path in whole}


def earliest(trials: Mapping[str, bytes | Path], started: float) -> float:
    """When the first of these trials was saved, in seconds since 1970; when the program started where there is none."""
    return min([started, *(trial.recorded for path in trials if (trial := _saved(trials[path], path)))])


def _saved(content: bytes | Path, path: str) -> Saved | None:
    """A trial's JSON file; None for what is none."""
    from autoreclab.lab.records import Saved  # here, for it imports pandas

    if not path.endswith(".json"):
        return None
    try:
        return Saved.model_validate_json(content.read_bytes() if isinstance(content, Path) else content)
    except ValueError:
        return None


def _tables(content: bytes | Path, path: str) -> list[str]:
    """The paths of the tables that a saved trial names; of what is no trial, one that nothing has."""
    trial = _saved(content, path)
    return [f"trials/{result.table}" for result in trial.results] if trial else [""]
