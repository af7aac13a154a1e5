"""Where prompts and tasks lie: the current folder's own first, then those that come with autoreclab."""

from __future__ import annotations

from pathlib import Path

from autoreclab.errors import AutoreclabError, PromptError, TaskError
from autoreclab.settings import nearest

MISSING: dict[str, type[AutoreclabError]] = {"prompts": PromptError, "tasks": TaskError}
PACKAGE = Path(__file__).parent


def folders(folder: str) -> tuple[Path, Path]:
    """The current folder's `prompts` or `tasks`, and ours: in `share` of a wheel, at the top of a checkout."""
    shared = PACKAGE / "share" / folder
    return Path.cwd() / folder, shared if shared.is_dir() else PACKAGE.parent / folder


def find(folder: str, name: str) -> Path:
    """The file of this name in `prompts` or `tasks`. Raises `PromptError` or `TaskError` where there is none."""
    for place in folders(folder):
        if (place / name).is_file():
            return place / name
    own, packaged = folders(folder)
    known = {path.name for place in (own, packaged) if place.is_dir() for path in place.iterdir()}
    raise MISSING[folder](f"There is no file {name} in {own} or {packaged}.{nearest(name, known)}")
