"""Plain news of a search, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autoreclab.comparison import Comparison
from autoreclab.nodes import Action, Node
from autoreclab.plan import Plan
from autoreclab.preflight.problems import Problem
from autoreclab.tree import Tree


@dataclass(frozen=True)
class Planning:
    """The model is asked for a plan."""


@dataclass(frozen=True)
class Planned:
    plan: Plan


@dataclass(frozen=True)
class Proposing:
    """The model is asked for a program, or a node is continued without asking."""

    number: int
    action: Action


@dataclass(frozen=True)
class Checked:
    """A program would crash: it was not committed, and the model is asked again."""

    number: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Proposed:
    """A node was committed; it waits to be run."""

    node: Node


@dataclass(frozen=True)
class Running:
    node: Node
    folder: Path
    """Where it runs; its finished trials appear in `trials/`."""
    timeout: float


@dataclass(frozen=True)
class Ran:
    """A node's execution is recorded."""

    node: Node


@dataclass(frozen=True)
class Lost:
    """The worker that ran a node was lost; the node runs once more."""

    node: Node
    reason: str


@dataclass(frozen=True)
class Judging:
    node: Node


@dataclass(frozen=True)
class Judged:
    """A node's verdicts are recorded."""

    node: Node


@dataclass(frozen=True)
class Repeating:
    """The best node is executed a second time, for the report."""

    node: Node
    folder: Path
    timeout: float


@dataclass(frozen=True)
class Repeated:
    """What the second execution left is kept."""

    node: Node
    comparison: Comparison


@dataclass(frozen=True)
class Testing:
    """The best node runs on the test part of the evaluation that the task owns, once for this node."""

    node: Node
    folder: Path
    """Where it runs; its finished trials appear in `trials/`."""
    timeout: float


@dataclass(frozen=True)
class Tested:
    """What came of the test part is kept."""

    node: Node
    line: str


@dataclass(frozen=True)
class Reporting:
    """The report is being written."""


@dataclass(frozen=True)
class Crowned:
    """The branch `best` has a new node, or was left alone because a person has it checked out."""

    node: Node
    left_alone: bool


@dataclass(frozen=True)
class Reported:
    """The whole report is on the branch `best`, or was left out because a person has it checked out."""

    run: str
    left_alone: bool


@dataclass(frozen=True)
class Finished:
    reason: str
    tree: Tree


Event = (
    Planning
    | Planned
    | Proposing
    | Checked
    | Proposed
    | Running
    | Ran
    | Lost
    | Judging
    | Judged
    | Repeating
    | Repeated
    | Testing
    | Tested
    | Reporting
    | Crowned
    | Reported
    | Finished
)

Tell = Callable[[Event], None]
"""Who carries out a step says by this what happens in the middle of it."""
