"""What a continuation inherits of the node that it continues: the trials that were finished, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from autoreclab.bulk import Bulk, listed

FILE = re.compile(r"trials/(?!\.)[\w=.-]+\.(json|parquet)", re.ASCII)


def finished_trials(outputs: Mapping[str, bytes], store: Bulk) -> dict[str, bytes | Path]:
    """The saved trials among a node's outputs, each with all its tables: contents, or where in the store they lie.

    One that isn't whole, say because a table lies in another clone's store, is left out, so that it is run again.
    """
    found: dict[str, bytes | Path] = {path: content for path, content in outputs.items() if FILE.fullmatch(path)}
    stored = {file.path: store.get(file.sha256) for file in listed(outputs) if FILE.fullmatch(file.path)}
    found |= {path: place for path, place in stored.items() if place}
    trials = ({path, *_tables(found[path])} for path in found if path.endswith(".json"))
    whole = {path for trial in trials if trial <= found.keys() for path in trial}
    return {path: where for path, where in found.items() if path in whole}


def _tables(saved: bytes | Path) -> list[str]:
    """The paths of the tables that a saved trial names; of what is no trial, one that nothing has."""
    from autoreclab.lab.records import FOLDER, Saved  # here, for it imports pandas

    try:
        trial = Saved.model_validate_json(saved.read_bytes() if isinstance(saved, Path) else saved)
    except ValueError:
        return [""]
    return [f"{FOLDER}/{result.table}" for result in trial.results]
