"""A run's own packages, as commands meet them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autoreclab.errors import SettingError

if TYPE_CHECKING:
    from autoreclab.environments import Lock
    from autoreclab.settings import Settings
    from autoreclab.workspace import Run


def told(line: str) -> None:
    """Show how the building of an environment goes, apart from what programs read."""
    click.secho(line, dim=True, err=True)


def listed(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Settings in which the environment is a list of packages, whatever files stood there; they lie in `folder`."""
    from autoreclab import environments

    if "environment" not in values:
        return dict(values)
    return {**values, "environment": environments.listed(values["environment"], folder)}


def keep(run: Run, given: Mapping[str, Any]) -> None:
    """See that a run goes on in its environment, for its results are of that one. Raises `SettingError`."""
    if given.get("environment", run.settings.environment) != run.settings.environment:
        raise SettingError(f"environment: run '{run.name}' keeps the packages it began with. Start another with these.")


def lock(settings: Settings, place: Path) -> Lock | None:
    """What an environment will hold exactly; for a replay in the workspace at `place`, what the original's held."""
    from autoreclab import environments
    from autoreclab.models.replay import original
    from autoreclab.workspace import Workspace

    if name := original(settings.model):
        then = Workspace.open(place).run(name)
        if then.settings.environment == settings.environment:
            return environments.locked(then.facts)
    return environments.resolve(settings.environment) if settings.environment else None
