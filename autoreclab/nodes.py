"""A node of a search as immutable values: what it is, what it did, how it was judged; and what to try next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from autoreclab.usage import Usage, total

Kind = Literal["draft", "improve", "debug", "continue"]
Status = Literal["ok", "crashed", "timeout"]
SHOWN = 20  # rows that a finding names


@dataclass(frozen=True)
class Finding:
    """Something about a node's results that should not be so."""

    name: str
    """What kind, e.g. `disagreement`, `missing`, `worse-than-popularity`."""
    sentence: str
    rows: tuple[str, ...] = ()
    """The rows of the ledger, or the trials, that it concerns, `SHOWN` at most."""
    binding: bool = True
    """An error, which no judge can outweigh; else a warning."""

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence}"


@dataclass(frozen=True)
class Execution:
    """What happened when a node ran: facts, no opinion."""

    status: Status
    exit: int | None
    """The program's exit status; None when it was killed at a bound."""
    seconds: float
    peak_mb: float
    rows: int = 0
    """Rows of the ledger."""
    recomputed: int = 0
    """Rows of the ledger whose value the harness computed itself."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Per metric: the mean over its replicates of the best setting, popularity aside."""
    problems: tuple[Finding, ...] = ()
    """What the harness found wrong while recomputing from the data."""
    error: str = ""
    """The last line a failed program wrote."""
    limit: str = ""
    """The bound at which it was killed: `time`, `cpu`, `memory`, `processes`, `folder`, `file`, `files`, `output`."""
    sandbox: str = ""
    """The level of isolation: `bubblewrap`, `landlock` or `none`."""
    command_line: bool | None = None
    """Does `python solution.py --help` end well and name --data and --out? None where nobody tried."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The problems that bind."""
        return tuple(problem for problem in self.problems if problem.binding)

    @property
    def isolation(self) -> str:
        """How it was isolated, in words."""
        return "not isolated" if self.sandbox in ("", "none") else f"isolated by {self.sandbox}"


@dataclass(frozen=True)
class Verdict:
    """Whether one requirement is met, on what evidence, on whose word."""

    met: bool
    evidence: str
    by: Literal["check", "judge"]


@dataclass(frozen=True)
class Judgement:
    """The verdicts on a node, in the order of the plan's requirements."""

    verdicts: tuple[Verdict, ...]
    plan: str
    """The fingerprint of the plan it was judged by."""
    findings: tuple[Finding, ...] = ()
    """What the audits found."""

    @property
    def met(self) -> int:
        return sum(verdict.met for verdict in self.verdicts)

    @property
    def score(self) -> float:
        """Met requirements / all requirements, 0 to 1."""
        return self.met / len(self.verdicts) if self.verdicts else 0.0


@dataclass(frozen=True)
class Node:
    """One commit of the search."""

    commit: str
    tree: str
    """The hash of the files it is made of."""
    name: str
    """The last part of its branch: `0007`, or what a person called it."""
    number: int | None
    """None for a person's commit."""
    operator: str
    title: str
    plan: str
    parents: tuple[str, ...] = ()
    """Commits of the nodes it was derived from; none for a draft."""
    spent: Mapping[str, Usage] = field(default_factory=dict)
    """What its program and its verdicts cost, by the role that was asked."""
    execution: Execution | None = None
    judgement: Judgement | None = None
    lesson: str = ""
    """What it taught, in one line; empty before it ran."""
    pinned: bool = False
    pruned: bool = False
    hints: tuple[str, ...] = ()
    """What people advise for steps from here; like the pins, from their notes."""

    @property
    def usage(self) -> Usage:
        return total(self.spent.values())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the harness found while recomputing and auditing, errors first."""
        recomputing = self.execution.problems if self.execution else ()
        auditing = self.judgement.findings if self.judgement else ()
        return tuple(sorted((*recomputing, *auditing), key=lambda finding: not finding.binding))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that bind."""
        return tuple(finding for finding in self.findings if finding.binding)

    @property
    def working(self) -> bool:
        """It ended well and the harness found nothing wrong."""
        return bool(self.execution and self.execution.status == "ok" and not self.errors)

    @property
    def rows(self) -> int:
        """Rows of its ledger, 0 before it ran."""
        return self.execution.rows if self.execution else 0

    @property
    def score(self) -> float | None:
        return self.judgement.score if self.judgement else None

    @property
    def satisfactory(self) -> bool:
        """Ended well, nothing wrong, every requirement met."""
        return bool(self.working and self.judgement and self.judgement.met == len(self.judgement.verdicts))

    @property
    def status(self) -> str:
        """One word or two for people: waiting, ok, problems, crashed, timeout."""
        if not self.execution:
            return "waiting"
        return "problems" if self.execution.status == "ok" and self.errors else self.execution.status


@dataclass(frozen=True)
class Action:
    """What to try next."""

    kind: Kind
    parent: Node | None = None
