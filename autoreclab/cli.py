"""The command line: the only place that prints, exits and reads the environment."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autoreclab import __version__
from autoreclab.errors import AutoreclabError, ModelError, SettingError, TaskError
from autoreclab.settings import FIELDS, Settings, read

if TYPE_CHECKING:
    from autoreclab.models import Exchanges, Model
    from autoreclab.task import Task
    from autoreclab.tree import Node, Tree
    from autoreclab.workspace import Run, Workspace

DEFAULT_MODEL = "gpt-5-mini"
UNSATISFIED, INTERRUPTED = 4, 130


def main() -> None:
    """Run the command line; errors become a sentence and an exit status here, and nowhere else."""
    try:
        if Path(".env").is_file():
            from dotenv import load_dotenv

            load_dotenv(".env")
        sys.exit(cli.main(standalone_mode=False, prog_name="autoreclab"))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except AutoreclabError as error:
        _end(f"Error: {error}", error.exit_status)
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        _end(f"Error: {error.filename or 'a file'}: {error.strerror}. Mend this and run the command again.", 1)
    except (KeyboardInterrupt, click.Abort):
        _end("Stopped. Nothing is lost: go on with autoreclab resume.", INTERRUPTED)


def _end(text: str, status: int) -> None:
    click.echo(text, err=True)
    sys.exit(status)


class SettingType(click.ParamType):
    """An option's value, read as its setting wants it."""

    envvar_list_splitter = os.pathsep

    def __init__(self, field: str):
        self.field = field
        self.name = FIELDS[field].metadata["metavar"].lower()

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        if self.field == "data":
            return value
        try:
            return read(self.field, value)
        except SettingError as error:
            self.fail(str(error).split(": ", 1)[1].rstrip("."), param, context)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command every setting as an option and as a variable."""
    for name, field in reversed(list(FIELDS.items())):
        command = click.option(
            f"--{name.replace('_', '-')}", name, type=SettingType(name), multiple=name == "data", default=None,
            envvar=f"AUTORECLAB_{name.upper()}", metavar=field.metadata["metavar"], help=_help(name),
        )(command)  # fmt: skip
    return command


def _help(name: str) -> str:
    field = FIELDS[name]
    defaults = {"timeout": "1h", "model_timeout": "10m"}
    default = defaults.get(name, field.default)
    return field.metadata["help"] + ("" if default in (None, ()) else f"  [default: {default}]")


workspace_option = click.option(
    "--workspace", "place", type=click.Path(path_type=Path), default=Path("workspace"), envvar="AUTORECLAB_WORKSPACE",
    metavar="PATH", help="The repository that holds the runs.  [default: ./workspace]",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
run_argument = click.argument("run", required=False)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every option may also stand in the task's front matter or in a variable AUTORECLAB_<OPTION>.",
)
@click.version_option(__version__, prog_name="autoreclab")
def cli() -> None:
    """Answer a recommender-systems question by experiment.

    A task is a Markdown file. autoreclab derives requirements from it, writes experiment programs, runs and scores
    them, and improves them by tree search until one satisfies; every node of the search is a git commit.

    \b
    Examples:
      autoreclab start tasks/quickstart.md
      autoreclab start tasks/seeds.md --data ~/data/ml-100k
      git -C workspace log --graph
      autoreclab resume
    """


@cli.command()
@click.argument("task", required=False)
@settings_options
@workspace_option
@json_option
def start(task: str | None, place: Path, as_json: bool, **options: Any) -> int:
    """Start a run on TASK: a Markdown file, or - for standard input; without it an editor opens.

    \b
    Examples:
      autoreclab start tasks/seeds.md --data ~/data/ml-100k
      autoreclab start tasks/seeds.md --model gpt-5-mini --iterations 5 --timeout 30m
      echo "Compare ItemKNN and ImplicitMF on MovieLens-100K by NDCG@10." | autoreclab start -
    """
    from autoreclab import __version__ as version
    from autoreclab import data, sandbox
    from autoreclab.context import PACKAGES
    from autoreclab.task import parse
    from autoreclab.workspace import Workspace

    name, source, label = _source(task)
    asked = parse(source, label)
    settings = Settings().changed(asked.settings).changed(_given(options))
    settings = settings.changed({"model": settings.model or _default_model()})
    found = data.find(settings.data, asked)
    _check_model(settings, asked)
    workspace = Workspace.create(place)
    versions = {"autoreclab": version, "python": sys.version.split()[0], **sandbox.packages(PACKAGES)}
    run = workspace.begin(name or _slug(asked), asked, settings, {"versions": versions, "datasets": found.facts})
    return _search(workspace, run, found, as_json)


@cli.command()
@run_argument
@settings_options
@workspace_option
@json_option
def resume(run: str | None, place: Path, as_json: bool, **options: Any) -> int:
    """Go on with RUN (the latest if not named): after an interruption, a crash, or with other settings.

    \b
    Examples:
      autoreclab resume
      autoreclab resume seeds --iterations 20
    """
    from autoreclab import data
    from autoreclab.workspace import Workspace

    workspace = Workspace.open(place)
    with_settings = workspace.run(_named(workspace, run))
    if given := _given(options):
        with_settings = workspace.change_settings(with_settings, given)
    _check_model(with_settings.settings, with_settings.task)
    found = data.find(with_settings.settings.data, with_settings.task)
    found.compare(with_settings.facts["datasets"])
    return _search(workspace, with_settings, found, as_json)


@cli.command()
@run_argument
@workspace_option
@json_option
def status(run: str | None, place: Path, as_json: bool) -> None:
    """Say where RUN stands, or every run if none is named.

    \b
    Examples:
      autoreclab status
      autoreclab status seeds --json
    """
    from autoreclab import view
    from autoreclab.workspace import Workspace

    workspace = Workspace.open(place)
    states = [view.state(workspace.load(workspace.run(name)), workspace.searcher(name)) for name in
              ([run] if run else workspace.runs())]  # fmt: skip
    if as_json:
        click.echo(json.dumps(states, indent=2))
    elif not states:
        click.echo("No runs yet. Start one with: autoreclab start TASK")
    for state in [] if as_json else states:
        click.echo(view.state_line(state))


@cli.command()
@run_argument
@workspace_option
@json_option
def tree(run: str | None, place: Path, as_json: bool) -> None:
    """Show the nodes of RUN, one line each, under what they were derived from; * marks the best.

    \b
    Examples:
      autoreclab tree seeds
      git -C workspace tree          # the same by git
    """
    from autoreclab import view
    from autoreclab.experiment import headline

    _, _, found = _load(place, run)
    if as_json:
        click.echo(json.dumps(view.tree_as_dict(found), indent=2))
    else:
        click.echo("\n".join(view.tree_lines(found, headline(found))))


@cli.command()
@click.argument("node")
@click.option("--code", is_flag=True, help="Print the program.")
@click.option("--log", is_flag=True, help="Print the program's output.")
@workspace_option
@json_option
def show(node: str, code: bool, log: bool, place: Path, as_json: bool) -> None:
    """Show NODE, named RUN/N: its plan, what happened when it ran, and its verdicts.

    \b
    Examples:
      autoreclab show seeds/3
      autoreclab show seeds/3 --code
    """
    from autoreclab import view

    run, _, name = node.rpartition("/")
    workspace, loaded, found = _load(place, run or None)
    chosen = _node(found, name)
    if code:
        _write(workspace.files(loaded.name, chosen).get("solution.py", b""))
    elif log:
        _write(workspace.outputs(loaded.name, chosen).get("log.txt", b""))
    elif as_json:
        click.echo(json.dumps(view.node_as_dict(chosen), indent=2))
    else:
        click.echo("\n".join(view.node_lines(found, chosen)))


@cli.command()
@run_argument
@click.option(
    "--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Write report, figures and results there."
)
@workspace_option
def report(run: str | None, to: Path | None, place: Path) -> None:
    """Print the report of RUN, as Markdown; with --to, also write it with its figures and results.

    \b
    Examples:
      autoreclab report seeds
      autoreclab report seeds --to results/
    """
    workspace, loaded, _ = _load(place, run)
    head = workspace.repository.head(f"refs/heads/{loaded.name}/best")
    if not head:
        raise TaskError(f"Run '{loaded.name}' has no report yet. Go on with: autoreclab resume {loaded.name}")
    files = workspace.repository.files(head, loaded.name)
    if to:
        for path, content in files.items():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            (to / path).write_bytes(content)
    _write(files["report.md"])


def _search(workspace: Workspace, run: Run, found: Any, as_json: bool) -> int:
    """Search until done or stopped, show how it goes, and say what to look at next; the exit status."""
    from rich.console import Console

    from autoreclab.experiment import Experiment
    from autoreclab.policy import finished, greedy
    from autoreclab.progress import Display, json_line
    from autoreclab.search import search

    settings = run.settings
    model = _model(settings, workspace.exchanges(run.name))
    if not as_json:
        click.echo(f"{run.name}: {run.task.title}  (model {model.name}, workspace {workspace.path})")
    policy = greedy(settings.drafts, settings.debug_prob, settings.epsilon)
    done = finished(settings.drafts, settings.iterations)
    display = Display(Console())
    show = (lambda event: click.echo(json_line(event))) if as_json else display
    with workspace.searching(run.name), tempfile.TemporaryDirectory(prefix="autoreclab-") as scratch, _Stop() as stop:
        experiment = Experiment(workspace, run, model, found, Path(scratch))
        try:
            with display:
                for event in search(experiment, policy, done, stop.asked, seed=settings.seed):
                    show(event)
        finally:
            tree = workspace.load(run)
            workspace.gather(run.name, tree)
    if stop.asked():
        _end(f"Stopped. Nothing is lost: go on with autoreclab resume {run.name}", INTERRUPTED)
    if not as_json:
        click.echo(f"\nautoreclab report {run.name}\ngit -C {workspace.path} log --graph\ngit -C {workspace.path} tree")
    return 0 if tree.satisfied else UNSATISFIED


class _Stop:
    """Ctrl-C: once to stop after what runs, twice to stop at once."""

    def __init__(self) -> None:
        self._asked = False

    def asked(self) -> bool:
        return self._asked

    def __enter__(self) -> _Stop:
        self._before = {name: signal.signal(name, self._ask) for name in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def _ask(self, number: int, frame: object) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        click.echo("Stopping after what runs now. Press Ctrl-C again to stop at once.", err=True)


def _source(task: str | None) -> tuple[str | None, str, str]:
    """A task's run name (None: from its title), its text, and what errors call it."""
    from autoreclab.task import TEMPLATE, slug

    if task == "-":
        return None, sys.stdin.read(), "standard input"
    if task is None:
        text = click.edit(TEMPLATE, extension=".md")
        if not text or text == TEMPLATE:
            raise TaskError("No task was written. Name a file: autoreclab start TASK.md")
        return None, text, "the task"
    path = _task_file(task)
    try:
        return slug(path.stem), path.read_text(encoding="utf-8"), task
    except UnicodeDecodeError as error:
        raise TaskError(f"{task} isn't UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
    except OSError as error:
        raise TaskError(f"{task} can't be read: {error.strerror}.") from None


def _task_file(task: str) -> Path:
    """The file of that name here, or the shipped task of that name."""
    from autoreclab import resources

    if Path(task).exists():
        return Path(task)
    try:
        return resources.find("tasks", Path(task).name)
    except AutoreclabError:
        raise TaskError(f"There is no task {task}. Give a Markdown file, or - for standard input.") from None


def _slug(task: Task) -> str:
    from autoreclab.task import slug

    return slug(task.title)


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that were really given."""
    return {name: value for name, value in options.items() if value not in (None, ())}


def _default_model() -> str:
    if os.environ.get("OPENAI_API_KEY"):
        return DEFAULT_MODEL
    click.echo("No OPENAI_API_KEY: the offline researcher (recipes, no language model) does this run.", err=True)
    return "offline"


def _check_model(settings: Settings, task: Task) -> None:
    """See before anything is written that there is a model to ask."""
    if settings.model == "offline":
        from autoreclab.models.offline import check

        check(task)
    elif not (os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL")):
        raise ModelError(
            f"Model {settings.model} needs OPENAI_API_KEY (or OPENAI_BASE_URL), or choose --model offline."
        )


def _model(settings: Settings, exchanges: Exchanges) -> Model:
    if settings.model == "offline":
        from autoreclab.models.offline import Offline

        return Offline()
    from autoreclab.models.openai import OpenAI

    assert settings.model
    return OpenAI(
        settings.model, exchanges, api_key=os.environ.get("OPENAI_API_KEY") or "none",
        base_url=os.environ.get("OPENAI_BASE_URL"), temperature=settings.temperature, timeout=settings.model_timeout,
    )  # fmt: skip


def _named(workspace: Workspace, run: str | None) -> str:
    """The run of that name, or the latest."""
    if run:
        return run
    runs = workspace.runs()
    if not runs:
        raise TaskError(f"There are no runs in {workspace.path}. Start one with: autoreclab start TASK")
    return runs[-1]


def _load(place: Path, run: str | None) -> tuple[Workspace, Run, Tree]:
    from autoreclab.workspace import Workspace

    workspace = Workspace.open(place)
    loaded = workspace.run(_named(workspace, run))
    return workspace, loaded, workspace.load(loaded)


def _node(tree: Tree, name: str) -> Node:
    wanted = f"{int(name):04d}" if name.isdigit() else name
    for node in tree.nodes:
        if wanted in (node.name, node.commit, node.commit[:7]):
            return node
    names = ", ".join(node.name for node in tree.nodes)
    raise TaskError(f"Run '{tree.run}' has no node '{name}'. Its nodes: {names or 'none'}.")


def _write(content: bytes) -> None:
    """Print a file; to a terminal without control characters."""
    if sys.stdout.isatty():
        text = content.decode(errors="replace")
        content = "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text).encode()
    click.get_binary_stream("stdout").write(content)


if __name__ == "__main__":
    main()
