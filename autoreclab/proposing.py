"""Asking for a program: what preflight finds in it goes back to the model at once, as part of the same node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autoreclab import events, excerpts
from autoreclab.changes import folders_of, safe
from autoreclab.context import PROGRAM
from autoreclab.data import Data
from autoreclab.models import Answer, Model
from autoreclab.models.answers import Proposal
from autoreclab.preflight import Preflight, Problem, There
from autoreclab.workspace import OWN_FILES

ROUNDS = 2  # how often a program is asked for again; then it runs, and shows its crash


@dataclass(frozen=True)
class Rejected:
    """A program that was not run, as the prompt that asks for another shows it."""

    files: Mapping[str, str]
    problems: tuple[Problem, ...]


def ask(
    model: Model, kind: str, number: int, about: Mapping[str, Any], preflight: Preflight, there: There,
    tell: events.Tell,
) -> Answer[Proposal]:  # fmt: skip
    """A program for a node of this number, mended as far as that helps. Raises `ModelError`."""
    step = f"{number:04d}"
    answer = model.ask(kind, Proposal, step=step, **about, rejected=None)
    value, usage = checked(answer.value), answer.usage
    for again in range(1, ROUNDS + 1) if model.mends else ():
        files = {file.path: file.content for file in value.files}
        problems = preflight.check(files, there)
        if not problems:
            break
        tell(events.Checked(number, problems))
        rejected = Rejected({path: excerpts.of_text(text, PROGRAM) for path, text in files.items()}, problems)
        answer = model.ask(kind, Proposal, step=f"{step}-check-{again}", **about, rejected=rejected)
        value, usage = checked(answer.value), usage + answer.usage
    return Answer(value, usage)


def checked(proposal: Proposal) -> Proposal:
    """The proposal without files that can't be placed. One without a program is a node all the same: it will crash."""
    files = [file for file in proposal.files if safe(file.path) and file.path not in OWN_FILES]
    paths = {file.path for file in files}
    placeable = tuple(file for file in files if paths.isdisjoint(folders_of(file.path)))
    return proposal.model_copy(update={"files": placeable})


def there(data: Data, network: bool) -> There:
    """The files and datasets that a program finds; with the network, lab downloads the other known ones."""
    from autoreclab.lab import simulation, sources

    return There({*data.names}, (*data.datasets, *simulation.PRESETS, *(sources.KNOWN if network else ())))
