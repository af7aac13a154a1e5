"""Events → terminal: a line a step for people, a live line while something runs, or JSON lines for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from autoreclab import events, view
from autoreclab.events import Event
from autoreclab.nodes import Finding, Node
from autoreclab.wording import clean

LEFT_ALONE = (
    "best   is checked out in a work tree or holds a person's commit, and was left alone; switch away, or rename the "
    "branch, and resume to get the new one"
)


class Trials(ProgressColumn):
    """How many trials a running experiment has finished."""

    def render(self, task: Task) -> Text:
        folder = task.fields.get("folder")
        count = len(list(Path(folder, "trials").glob("*.json"))) if folder else 0
        return Text(f"{count} trials done" if count else "")


class Display:
    """Shows a search to people: finished steps stay, each that is under way is a live line."""

    def __init__(self, console: Console):
        self.console = console
        columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn(), Trials()
        self.live = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._lines: dict[str, TaskID] = {}

    def __enter__(self) -> Display:
        self.live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.live.stop()

    def __call__(self, event: Event) -> None:
        if not isinstance(event, events.Lost):
            self._forget(_about(event))
        if type(event) in PENDING:
            running = events.Running | events.Repeating | events.Testing
            folder = event.folder if isinstance(event, running) else None
            text = PENDING[type(event)](event)
            self._lines[_about(event)] = self.live.add_task(text, folder=folder, total=None)
        elif type(event) in DONE:
            for text in DONE[type(event)](event):
                self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _forget(self, name: str) -> None:
        if name in self._lines:
            self.live.remove_task(self._lines.pop(name))


def json_line(event: Event) -> str:
    """An event for programs: one JSON object a line."""
    values: dict[str, Any] = {"event": type(event).__name__.lower()}
    for name, value in vars(event).items():
        if isinstance(value, Node):
            values |= view.node_as_dict(value)
        elif name == "plan":
            values["plan"] = value.model_dump()
        elif name == "comparison":
            values |= {"reproduced": value.reproduced, "counts": value.counts}
        elif name == "action":
            values |= {"operator": value.kind, "parent": value.parent.name if value.parent else None}
        elif name == "problems":
            values["problems"] = [str(problem) for problem in value]
        elif name == "tree":
            values |= {"run": value.run, "best": value.best.name if value.best else None, "satisfied": value.satisfied}
        else:
            values[name] = str(value) if isinstance(value, Path) else value
    return json.dumps(values)


def _about(event: Event) -> str:
    """The node that an event is about, the same at the beginning and the end of a step; nothing: the whole run."""
    if isinstance(event, events.Proposing):
        return f"{event.number:04d}"
    return event.node.name if hasattr(event, "node") else ""


def _planned(event: events.Planned) -> list[str]:
    lines = [
        f"plan   {clean(event.plan.summary)}",
        f"       {event.plan.design.n_values} values, {len(event.plan.requirements)} requirements:",
    ]
    return lines + [f"       {number:2} {clean(item.text)}" for number, item in enumerate(event.plan.requirements, 1)]


def _proposing(event: events.Proposing) -> str:
    parent = f" {event.action.parent.name}" if event.action.parent else ""
    asking = "" if event.action.kind == "continue" else ": asking for a program"
    return f"{event.number:04d}  {event.action.kind}{parent}{asking}"


def _checked(event: events.Checked) -> list[str]:
    count = f"{len(event.problems)} problem{'s' * (len(event.problems) > 1)}"
    shown = [f"      {clean(str(problem))[:160]}" for problem in event.problems[:3]]
    return [f"{event.number:04d}  preflight: {count}, asked again", *shown]


def _ran(event: events.Ran) -> list[str]:
    execution = event.node.execution
    assert execution
    values = "  ".join(f"{name} {value:.4f}" for name, value in execution.metrics.items())
    facts = f"{event.node.status}  {execution.seconds:.1f} s  {execution.peak_mb:.0f} MB  {execution.rows} rows"
    reasons = list(map(str, execution.problems[:3])) or [execution.error] * bool(execution.error)
    line = "  ".join(filter(None, (event.node.name, facts, values)))
    return [line, *(f"      {clean(reason)}" for reason in reasons)]


def _lost(event: events.Lost) -> str:
    return f"{event.node.name}  lost: {clean(event.reason)}; it runs once more"


def _judged(event: events.Judged) -> list[str]:
    judgement = event.node.judgement
    assert judgement
    met = f"{judgement.met} of {len(judgement.verdicts)} requirements met"
    unmet = [(number, verdict) for number, verdict in enumerate(judgement.verdicts, 1) if not verdict.met]
    lines = [f"      not met, {number}: {clean(verdict.evidence)[:160]}" for number, verdict in unmet]
    found = [f"      {_found(finding)}" for finding in judgement.findings]
    told = [f"      learned: {clean(event.node.lesson)}"] if event.node.parents else []
    return [
        f"{event.node.name}  score {judgement.score:.2f}  {met}", *found, *(lines if event.node.working else []), *told
    ]  # fmt: skip


def _repeated(event: events.Repeated) -> str:
    counts, execution = event.comparison.counts, event.comparison.now
    facts = f"{execution.status}  {execution.seconds:.1f} s  {counts['equal']} of {len(event.comparison.values)} values"
    return f"{event.node.name}  again: {facts} exactly equal"


def _found(finding: Finding) -> str:
    return f"{'error' if finding.binding else 'warning'}: {clean(str(finding))[:160]}"


def _crowned(event: events.Crowned) -> str:
    return LEFT_ALONE if event.left_alone else f"best   is now {event.node.name}"


def _reported(event: events.Reported) -> str:
    return LEFT_ALONE if event.left_alone else f"report on {event.run}/best"


PENDING: dict[type, Callable[[Any], str]] = {
    events.Planning: lambda _: "planning",
    events.Proposing: _proposing,
    events.Running: lambda event: f"{event.node.name}  running",
    events.Judging: lambda event: f"{event.node.name}  judging",
    events.Repeating: lambda event: f"{event.node.name}  running a second time",
    events.Testing: lambda event: f"{event.node.name}  running on the test part",
    events.Reporting: lambda _: "writing the report",
}
DONE: dict[type, Callable[[Any], list[str]]] = {
    events.Planned: _planned,
    events.Checked: _checked,
    events.Proposed: lambda event: [f"{event.node.name}  {event.node.operator}: {clean(event.node.title)}"],
    events.Ran: _ran,
    events.Lost: lambda event: [_lost(event)],
    events.Judged: _judged,
    events.Repeated: lambda event: [_repeated(event)],
    events.Tested: lambda event: [f"{event.node.name}  on the test part: {clean(event.line)}"],
    events.Crowned: lambda event: [_crowned(event)],
    events.Reported: lambda event: [_reported(event)],
    events.Finished: lambda event: [f"done   {event.reason}"],
}
