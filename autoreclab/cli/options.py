"""Options and arguments that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autoreclab.errors import SettingError, TaskError
from autoreclab.settings import FIELDS, read

if TYPE_CHECKING:
    from autoreclab.workspace import Workspace


class SettingType(click.ParamType):
    """An option's value, read as its setting wants it."""

    envvar_list_splitter = os.pathsep

    def __init__(self, field: str):
        self.field = field
        self.name = FIELDS[field].metadata["metavar"].lower()

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        if isinstance(FIELDS[self.field].default, tuple):
            return value
        try:
            return read(self.field, value)
        except SettingError as error:
            self.fail(str(error).split(": ", 1)[1].rstrip("."), param, context)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command every setting as an option and as a variable."""
    for name, field in reversed(list(FIELDS.items())):
        option = f"--{name.replace('_', '-')}"
        if isinstance(field.default, bool):
            form: dict[str, Any] = {"type": bool}
            option = f"{option}/--no-{option[2:]}"
        else:
            form = {"type": SettingType(name), "multiple": field.default == (), "metavar": field.metadata["metavar"]}
        command = click.option(
            option, name, default=None, envvar=f"AUTORECLAB_{name.upper()}", help=_help(name), **form
        )(command)
    return command


def _help(name: str) -> str:
    field = FIELDS[name]
    defaults = {
        "timeout": "1h",
        "model_timeout": "10m",
        "keep": "10MB",
        "folder_size": "10GB",
        "file_size": "5GB",
        "output": "100MB",
    }
    default = defaults.get(name, field.default)
    return field.metadata["help"] + ("" if default in (None, (), False) else f"  [default: {default}]")


workspace_option = click.option(
    "--workspace", "place", type=click.Path(path_type=Path), default=Path("workspace"), envvar="AUTORECLAB_WORKSPACE",
    metavar="PATH", help="The repository that holds the runs.  [default: ./workspace]",
)  # fmt: skip
unsafe_option = click.option(
    "--unsafe", is_flag=True, envvar="AUTORECLAB_UNSAFE",
    help="Where experiments can't be isolated, run them all the same, with your files in their reach.",
)  # fmt: skip
scheduler_option = click.option(
    "--scheduler", envvar="AUTORECLAB_SCHEDULER", metavar="ADDRESS",
    help="Run experiments on the workers of this Dask scheduler, such as tcp://192.0.2.7:8786.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
run_argument = click.argument("run", required=False)


def named(workspace: Workspace, run: str | None) -> str:
    """The run of that name, or the latest."""
    if run:
        return run
    runs = workspace.runs()
    if not runs:
        raise TaskError(f"There are no runs in {workspace.path}. Start one with: autoreclab start TASK")
    return runs[-1]
