"""What a planner derives once from a task: the requirements, and the design of the study.

These are values and, at the same time, the schema a language model answers in; so lists stand where Python would
use a dict (strict JSON schemas know no free keys).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

Level = str | int | float | bool

CHECKED = re.compile(r"(?P<text>.+?)(?:\s+\[check: *(?P<check>[^\]]*?) *\])?\s*", re.DOTALL | re.IGNORECASE)
REPLICATES = re.compile(r"(^|_)(seed|fold|repeat|replicate)$")


class Value(BaseModel):
    """An immutable value that knows exactly its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Requirement(Value):
    """One thing a solution must satisfy."""

    text: str = Field(description="one sentence that can be judged true or false of a finished experiment")
    check: str | None = Field(
        default=None,
        description="the built-in check that decides the whole sentence by code, with its arguments, such as `design` "
        "or `rows results.csv 60`; null where a judge must",
    )

    @classmethod
    def of(cls, line: str) -> Requirement:
        """The requirement that a person writes as `text [check: rows results.csv 60]`; the check may be left out."""
        found = CHECKED.fullmatch(line.strip())
        if not found or found["check"] is None:
            return cls(text=line.strip())
        return cls(text=found["text"], check=" ".join(found["check"].split()))

    def __str__(self) -> str:
        return f"{self.text} [check: {self.check}]" if self.check else self.text


class Factor(Value):
    """What the study varies. A factor named seed, fold, split_seed … replicates the others."""

    name: str = Field(description="a Python identifier, e.g. algorithm, seed, min_rating")
    levels: tuple[Level, ...] = Field(description="every value it takes, written out")

    @property
    def replicates(self) -> bool:
        return is_replicate(self.name)


class Design(Value):
    """The conditions of the study: every combination of the factors' levels, each with every metric."""

    datasets: tuple[str, ...] = Field(description="names as lab.load takes them, e.g. ml-100k")
    factors: tuple[Factor, ...]
    metrics: tuple[str, ...] = Field(description="e.g. ndcg@10, recall@10, rmse")
    filters: str = Field(
        default="",
        description="the filters that the task fixes, as lab words them: `rating > 3, 5-core`, `rating >= 4`; "
        "empty where it fixes none or varies them",
    )
    split: str = Field(
        default="",
        description="the split that the task fixes, without its seed: `leave-one-out`, `holdout(test=0.2)`, "
        "`k-fold(folds=5)`; empty where it leaves that open or varies it",
    )

    def conditions(self) -> Iterator[dict[str, Level]]:
        """Yield each combination of levels, the last factor varying fastest."""
        names = [factor.name for factor in self.factors]
        for levels in itertools.product(*(factor.levels for factor in self.factors)):
            yield dict(zip(names, levels, strict=True))

    @property
    def n_values(self) -> int:
        """How many values the study has: each metric of each condition on each dataset."""
        return len(list(self.conditions())) * len(self.metrics) * len(self.datasets)


class Plan(Value):
    """What a task asks for, in terms that can be checked."""

    summary: str = Field(description="the study in one or two sentences")
    requirements: tuple[Requirement, ...]
    design: Design

    @property
    def fingerprint(self) -> str:
        """A hash of what nodes are judged by: verdicts under another plan do not count."""
        judged = self.model_dump(include={"requirements", "design"})
        return hashlib.sha256(json.dumps(judged, sort_keys=True).encode()).hexdigest()[:16]


def is_replicate(factor: str) -> bool:
    """Does a factor of this name repeat a setting rather than define one?"""
    return bool(REPLICATES.search(factor))
