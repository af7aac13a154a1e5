"""`start` and `resume`: a search from the command line."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autoreclab.cli import packages
from autoreclab.cli.models import check_model, default_model, model_of, named_models
from autoreclab.cli.options import (
    json_option,
    named,
    run_argument,
    scheduler_option,
    settings_options,
    unsafe_option,
    workspace_option,
)
from autoreclab.errors import AutoreclabError, TaskError
from autoreclab.settings import Settings

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from autoreclab.data import Data
    from autoreclab.sandbox import Level
    from autoreclab.task import Task
    from autoreclab.workspace import Run, Workspace

UNSATISFIED, INTERRUPTED = 4, 130


@click.command()
@click.argument("task", required=False)
@settings_options
@workspace_option
@unsafe_option
@scheduler_option
@json_option
def start(task: str | None, place: Path, as_json: bool, unsafe: bool, scheduler: str | None, **options: Any) -> int:
    """Start a run on TASK: a Markdown file, or - for standard input; without it an editor opens.

    \b
    Examples:
      autoreclab start tasks/seeds.md --data ~/data/ml-100k
      autoreclab start tasks/seeds.md --model gpt-5-mini --iterations 5 --timeout 30m
      autoreclab start tasks/seeds.md --model replay:seeds     # again, from the recorded answers
      echo "Compare ItemKNN and ImplicitMF on MovieLens-100K by NDCG@10." | autoreclab start -
    """
    from autoreclab import __version__ as version
    from autoreclab import data, environments, sandbox
    from autoreclab.context import PACKAGES
    from autoreclab.requirements import examine
    from autoreclab.task import parse
    from autoreclab.workspace import Workspace

    name, source, label = _source(task)
    asked = parse(source, label)
    examine(asked, label)
    settings = settled(asked, given(options), place, Path(label).parent)
    found = data.find(settings.data, asked)
    check_model(settings, asked, place)
    lock = packages.lock(settings, place)
    python = environments.interpreter(lock, packages.told)
    workers = _workers(scheduler, settings, found, place, unsafe)
    workspace = Workspace.create(place)
    versions = {"autoreclab": version, "python": sys.version.split()[0], **sandbox.packages(PACKAGES, python)}
    facts = {"versions": versions, "datasets": found.facts} | ({"environment": lock.as_dict()} if lock else {})
    run = workspace.begin(name or _slug(asked), asked, settings, facts)
    return _search(workspace, run, found, workers, as_json, here=not scheduler, unsafe=unsafe)


@click.command()
@run_argument
@settings_options
@workspace_option
@unsafe_option
@scheduler_option
@json_option
def resume(run: str | None, place: Path, as_json: bool, unsafe: bool, scheduler: str | None, **options: Any) -> int:
    """Go on with RUN (the latest if not named): after an interruption, a crash, or with other settings.

    \b
    Examples:
      autoreclab resume
      autoreclab resume seeds --iterations 20
      autoreclab resume seeds --max-cost 5          # USD, in all
    """
    from autoreclab import data
    from autoreclab.workspace import Workspace

    workspace = Workspace.open(place)
    with_settings = workspace.run(named(workspace, run))
    if changed := given(options):
        packages.keep(with_settings, changed)
        with_settings = workspace.change_settings(with_settings, changed)
    check_model(with_settings.settings, with_settings.task, place)
    found = data.find(with_settings.settings.data, with_settings.task)
    found.compare(with_settings.facts["datasets"])
    workers = _workers(scheduler, with_settings.settings, found, place, unsafe)
    return _search(workspace, with_settings, found, workers, as_json, here=not scheduler, unsafe=unsafe)


def _search(
    workspace: Workspace, run: Run, found: Data, workers: Executor, as_json: bool, *, here: bool, unsafe: bool
) -> int:
    """Search until done or stopped, show how it goes, and say what to look at next; the exit status.

    Programs run by the workers, which isolate them by themselves if they are not `here`.
    """
    from rich.console import Console

    from autoreclab import environments, sandbox, view
    from autoreclab.budget import Budget
    from autoreclab.experiment import Experiment, headline
    from autoreclab.policy import affordable, finished, greedy
    from autoreclab.progress import Display, json_line
    from autoreclab.running import Runner
    from autoreclab.scratch import scratch
    from autoreclab.search import search, within_budget

    settings = run.settings
    python = environments.interpreter(environments.locked(run.facts), packages.told)
    if not as_json:
        click.echo(f"{run.name}: {run.task.title}  ({named_models(settings)}, workspace {workspace.path})")
    _warn_of_memory(settings)
    policy = greedy(settings.drafts, settings.debug_prob, settings.epsilon)
    done = affordable(finished(settings.drafts, settings.iterations), Budget.of(settings))
    display = Display(Console())
    show = (lambda event: click.echo(json_line(event))) if as_json else display
    with (
        workspace.searching(run.name), scratch(workspace.path, run.name) as folder, workers, _Stop() as stop,
    ):  # fmt: skip
        model = model_of(settings, workspace.exchanges(run.name), workspace.path)
        level = isolation(unsafe, folder) if here else sandbox.strongest(True, folder)
        runner = Runner.of(settings, found, folder, workspace.bulk, level, python)
        experiment = Experiment(workspace, run, model, runner, workers)
        try:
            with display:
                begin = partial(
                    search, experiment, policy, stop=stop.asked, seed=settings.seed, workers=settings.workers
                )
                for event in within_budget(begin, done, experiment):
                    show(event)
        except (AutoreclabError, OSError):
            click.echo(f"Nothing is lost: once the error is mended, go on with autoreclab resume {run.name}", err=True)
            raise
        finally:
            tree = workspace.load(run)
            workspace.show_scores(tree, headline(tree))
            workspace.gather(run.name, tree)
    if stop.asked():
        click.echo(f"Stopped. Nothing is lost: go on with autoreclab resume {run.name}", err=True)
        return INTERRUPTED
    if not as_json:
        click.echo("".join(f"{line}\n" for line in view.cost_lines(tree)), nl=False)
        click.echo(f"\nautoreclab report {run.name}\ngit -C {workspace.path} log --graph\ngit -C {workspace.path} tree")
    return 0 if tree.satisfied else UNSATISFIED


def _warn_of_memory(settings: Settings) -> None:
    """Say so where the experiments that run at a time may use more memory together than there is for them."""
    from autoreclab import sandbox

    each, there = settings.memory or 0, sandbox.machine_memory()
    if settings.workers * each > there:
        click.secho(
            f"WARNING: {settings.workers} experiments of {each / 1e9:.1f} GB (--memory) at a time may use more than "
            f"the {there / 1e9:.1f} GB that this machine has for them, and the system may kill some. Give fewer "
            "--workers, or less --memory.", fg="yellow", bold=True, err=True,
        )  # fmt: skip


def isolation(unsafe: bool, folder: Path) -> Level:
    """How experiments will be isolated; a warning where they won't. Raises `SandboxError`."""
    from autoreclab import sandbox

    level = sandbox.strongest(unsafe, folder)
    if level == "none":
        click.secho(
            "WARNING: experiments are NOT isolated. Programs that a model wrote can read and change your files, and "
            "use the network, as you can. autoreclab doctor says what is missing.", fg="red", bold=True, err=True,
        )  # fmt: skip
    return level


def _workers(scheduler: str | None, settings: Settings, found: Data, place: Path, unsafe: bool) -> Executor:
    """What runs programs: threads here, or the workers of a cluster. Raises `ClusterError`."""
    from concurrent.futures import ThreadPoolExecutor

    if not scheduler:
        return ThreadPoolExecutor(settings.workers)
    from autoreclab.cluster import Cluster, conditions

    cluster = Cluster(scheduler, conditions(found, place, memory=settings.memory, unsafe=unsafe))
    click.echo(
        f"Experiments run on the cluster at {scheduler}, {settings.workers} at a time (--workers); "
        f"it has room for {cluster.threads or 'none yet'}.", err=True,
    )  # fmt: skip
    if unsafe:
        click.secho(
            "WARNING: a worker that can't isolate experiments runs them NOT isolated: programs that a model wrote can "
            "read and change your files there. The record of each node says how it ran (sandbox).",
            fg="red", bold=True, err=True,
        )  # fmt: skip
    return cluster


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
            from autoreclab import sandbox

            sandbox.stop()
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
    return slug(path.stem), text_of(path), task


def text_of(path: Path) -> str:
    """A task file's text. Raises `TaskError`."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TaskError(f"{path} isn't UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
    except OSError as error:
        raise TaskError(f"{path} can't be read: {error.strerror}.") from None


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


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that were really given."""
    return packages.listed({name: value for name, value in options.items() if value not in (None, ())}, Path())


def settled(task: Task, options: Mapping[str, Any], place: Path, folder: Path) -> Settings:
    """The settings of a run that starts: given, else the task's; a replay's: given, else the original's.

    `folder` is where the files lie that the task names.
    """
    from autoreclab.models.replay import original
    from autoreclab.workspace import Workspace

    settings = Settings().changed(packages.listed(task.settings, folder)).changed(options)
    if name := original(settings.model):
        settings = Workspace.open(place).run(name).settings.changed({"model": settings.model, **options})
    return settings.changed({"model": settings.model or default_model()})
