"""What a report is about: a run, its best node with its evidence, and what came of executing that a second time."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from autoreclab.comparison import Comparison
from autoreclab.evidence import Evidence
from autoreclab.nodes import Node
from autoreclab.numbers import Sources
from autoreclab.report import deviations, grounds
from autoreclab.testing import Tested
from autoreclab.tree import Tree
from autoreclab.workspace import Run


@dataclass(frozen=True)
class Subject:
    """All that code knows when it writes a report."""

    run: Run
    tree: Tree
    evidence: Evidence | None = None
    """Of the node that the report is about; None where there is none."""
    again: Comparison | None = None
    """The best node's second execution beside its first; None before there is one."""
    preview: str = ""
    """What the harness says of the data."""
    tested: Tested | None = None
    """What came of the best node on the test part, where the task owns its evaluation; its values are in `evidence`."""

    @property
    def best(self) -> Node | None:
        """The node that the report is about: the best, or where nothing works the one that came nearest."""
        return self.tree.best or self.tree.nearest

    @property
    def outputs(self) -> Mapping[str, bytes]:
        return self.evidence.outputs if self.evidence else {}

    def table(self, path: str) -> Sequence[Mapping[str, str]]:
        """The rows of a CSV file of the best node; none where there is no such file."""
        return list(csv.DictReader(io.StringIO(self.outputs.get(path, b"").decode(errors="replace"))))

    @cached_property
    def deviations(self) -> Sequence[str]:
        """Where the best node departs from what was asked for, a sentence each."""
        if not (self.evidence and self.best):
            return ()
        requirements = self.tree.plan.requirements if self.tree.plan else ()
        unmet = deviations.unmet(requirements, self.best.judgement) if self.best.judgement else ()
        return (*deviations.of(self.evidence), *unmet)

    @cached_property
    def sources(self) -> Sources:
        """What the numbers in an interpretation may come from."""
        return grounds.of(self.run, self.tree, self.evidence, [self.preview, *self.deviations])
