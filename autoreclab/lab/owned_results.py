"""Recomputing results where the task owns the evaluation: on its split, by its metrics, whatever a trial claims."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Literal

from autoreclab.lab import recipes, records
from autoreclab.lab.datasets import Step
from autoreclab.lab.owned import OwnedSplit
from autoreclab.lab.recompute import Recomputation, Row, facts
from autoreclab.lab.records import Level, Result
from autoreclab.lab.splits import Split


class Tuning(Split):
    """A program's own split of the training part, to choose settings on."""

    @property
    def part(self) -> Literal["tuning"]:
        return "tuning"


class OwnedRecomputation(Recomputation):
    """Recomputes what was recorded on the task's own split, and on a program's splits of its training part."""

    def __init__(self, folder: Path, evaluation: OwnedSplit, since: float | None = None) -> None:
        super().__init__(folder, since)
        self.evaluation = evaluation
        self.recipe = records.plain(evaluation.training.steps)
        if not evaluation.hidden:
            self.splits.append(facts(evaluation))

    def _rows(self, name: str, factors: dict[str, Level], result: Result) -> Iterator[Row]:
        if result.recipe == self.recipe:
            yield from self._evaluated(name, factors, result)
        elif (result.recipe or [])[: len(self.recipe)] == self.recipe:
            yield from super()._rows(name, factors, result)
        else:
            self._note("not-owned", f"{result.dataset} with {result.split} is not the evaluation of the task.", name)
            yield from self._claimed(factors, result)

    def _evaluated(self, name: str, factors: dict[str, Level], result: Result) -> Iterator[Row]:
        """The values of the task's metrics; none where what was held out is withheld."""
        if result.part != self.evaluation.part:
            self._note("not-owned", f"it claims the {result.part} part, which it was never given.", name)
        elif (result.kind == "predictions") != self.evaluation.predicts:
            wanted = ", ".join(self.evaluation.metrics)
            self._note("not-owned", f"the task evaluates {wanted}, not {result.kind}.", name)
        elif self.evaluation.hidden:
            self.withheld += 1
        else:
            by_task = {"metrics": list(self.evaluation.metrics), "k": list(self.evaluation.cutoffs)}
            yield from super()._rows(name, factors, result.model_copy(update=by_task))

    def _rebuilt(self, name: str, result: Result) -> Split | None:
        return self.evaluation if result.recipe == self.recipe else super()._rebuilt(name, result)

    def _split_of(self, recipe: Sequence[Step]) -> Split:
        split = recipes.rebuild(recipe, self.evaluation.training)
        return Tuning(*(getattr(split, part.name) for part in fields(Split)))

    def _compare(self, name: str, metric: str, value: float, claimed: dict[str, float]) -> None:
        if claimed:  # a program that was given no held-out items claims nothing
            super()._compare(name, metric, value, claimed)
