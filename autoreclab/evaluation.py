"""The evaluation that a task owns, as its front matter says it: which data, which split, what is measured."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from autoreclab.errors import TaskError
from autoreclab.settings import nearest

if TYPE_CHECKING:
    from autoreclab.lab.datasets import Dataset
    from autoreclab.lab.owned import Terms
    from autoreclab.lab.splits import Split

Part = Literal["validation", "test"]
KEYS = ("dataset", "filters", "split", "metrics", "cutoffs")
FILTERS = ("above", "at_least", "implicit", "core")
SEEDED = ("leave-one-out", "holdout", "k-fold")  # splits in which chance decides; their seed is 0 if none is given
LARGEST = 10_000  # cut-off


@dataclass(frozen=True)
class Evaluation:
    """What a task fixes, so that no program can change it."""

    dataset: str
    split: str
    """A method of `lab.split`."""
    arguments: Mapping[str, Any]
    """Those of `lab.split`: seed, test, …"""
    metrics: tuple[str, ...]
    cutoffs: tuple[int, ...] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of `lab.implicit` and `lab.core`, by the names of the front matter."""

    @property
    def values(self) -> tuple[str, ...]:
        """What is measured, as results name it: ndcg@5, ndcg@10, …"""
        return tuple(f"{name}@{k}" for name in self.metrics for k in self.cutoffs) or self.metrics

    def terms(self, data: Dataset) -> Mapping[Part, Terms]:
        """How the split for the search and the one for the test are made of the data. Raises `DataError`.

        The search trains on the training part of the training part, and is measured on the rest of it.
        """
        from autoreclab import lab
        from autoreclab.lab.owned import Terms

        bounds = {name: self.filters[name] for name in ("above", "at_least") if name in self.filters}
        data = lab.implicit(data, **bounds) if bounds or self.filters.get("implicit") else data
        data = lab.core(data, self.filters["core"]) if "core" in self.filters else data
        test = lab.split(data, self.split, **self.arguments)
        validation = lab.split(test.training, self.split, **self.arguments)

        def terms(split: Split) -> Terms:
            return Terms(data.name, split.training.steps, self.metrics, self.cutoffs)

        return {"validation": terms(validation), "test": terms(test)}


def read(given: Any, lines: Mapping[str, int], file: str) -> Evaluation:
    """Read the value of `evaluation:`; `lines` are those of its keys. Raises `TaskError` naming file and line."""

    def refuse(key: str, reason: str) -> TaskError:
        return TaskError(f"{file}, line {lines.get(key, min(lines.values(), default=2))}: evaluation: {reason}")

    if not isinstance(given, dict):
        raise refuse("", f"expected lines of 'key: value' ({', '.join(KEYS)}), not {given!r}.")
    arguments = _split(given, refuse)
    for key in ("dataset", "metrics"):
        if key not in given:
            raise refuse("", f"'{key}' is missing.")
    if not isinstance(given["dataset"], str):
        raise refuse("dataset", f"dataset: expected the name of one dataset or file, not {given['dataset']!r}.")
    metrics, cutoffs = _metrics(given, refuse)
    filters = _filters(given.get("filters", {}), not cutoffs, refuse)
    return Evaluation(given["dataset"], given["split"], arguments, metrics, cutoffs, filters)


Refuse = Callable[[str, str], TaskError]


def _split(given: Mapping[str, Any], refuse: Refuse) -> dict[str, Any]:
    """The arguments of the split, checked by splitting a few made-up interactions."""
    import pandas as pd

    from autoreclab import lab
    from autoreclab.errors import DataError
    from autoreclab.lab.splits import METHODS

    known = [name for name in inspect.signature(lab.split).parameters if name not in ("data", "method")]
    for key in given:
        if key not in (*KEYS, *known):
            raise refuse(key, f"unknown key '{key}'.{nearest(str(key), (*KEYS, *known))}")
    method = given.get("split")
    if method not in METHODS:
        hint = nearest(str(method), METHODS)
        raise refuse("split", f"split: expected one of {', '.join(METHODS)}, not {method!r}.{hint}")
    arguments = {name: given[name] for name in known if name in given}
    if method in SEEDED:
        arguments.setdefault("seed", 0)
    example = pd.DataFrame({"user": [1] * 10 + [2] * 10, "item": [*range(10)] * 2, "timestamp": range(20)})
    try:
        step = lab.split(lab.dataset(example, "example"), method, **arguments).training.steps[-1]
    except (ValueError, TypeError) as error:
        raise refuse("split", str(error).removeprefix("lab.split: ")) from None
    except DataError:  # of these few interactions alone
        return arguments
    for name in arguments.keys() - step.keys():
        raise refuse(name, f"split {method} knows no '{name}'.")
    return arguments


def _metrics(given: Mapping[str, Any], refuse: Refuse) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The names, all of rankings or all of ratings, and the cut-offs of rankings."""
    from autoreclab.lab.metrics import RANKING, RATING

    names, cutoffs = _listed(given["metrics"]), _listed(given.get("cutoffs", []))
    for name in names:
        if name not in (*RANKING, *RATING):
            apart = " Cut-offs stand apart, as in 'cutoffs: [5, 10]'." if "@" in str(name) else ""
            hint = apart or nearest(str(name), (*RANKING, *RATING))
            raise refuse("metrics", f"metrics: unknown metric {name!r}.{hint}")
    if not names or len({name in RATING for name in names}) > 1:
        raise refuse("metrics", f"metrics: expected some of {', '.join(RANKING)}, or some of {', '.join(RATING)}.")
    if names[0] in RATING and cutoffs:
        raise refuse("cutoffs", f"cutoffs: {', '.join(names)} have none. Leave them out.")
    whole = all(isinstance(k, int) and not isinstance(k, bool) and 1 <= k <= LARGEST for k in cutoffs)
    if names[0] in RANKING and not (cutoffs and whole):
        raise refuse("cutoffs", f"cutoffs: expected whole numbers such as [5, 10], not {cutoffs!r}.")
    return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(cutoffs))


def _filters(given: Any, predicts: bool, refuse: Refuse) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise refuse("filters", f"filters: expected e.g. {{above: 3, core: 5}}, not {given!r}.")
    filters = {str(key).replace("-", "_"): value for key, value in given.items()}
    for key, value in filters.items():
        if key not in FILTERS:
            raise refuse("filters", f"filters: unknown filter '{key}'.{nearest(key, FILTERS)}")
        if not _fits(key, value):
            what = {"implicit": "true or false", "core": "a whole number from 1"}.get(key, "a number")
            raise refuse("filters", f"filters: {key}: expected {what}, not {value!r}.")
    if "above" in filters and "at_least" in filters:
        raise refuse("filters", "filters: give either above or at_least, not both.")
    if predicts and filters.keys() - {"core"}:
        raise refuse("filters", "filters: where ratings are predicted they must stay, so core is the only filter.")
    return filters


def _fits(filter: str, value: Any) -> bool:
    if filter == "implicit" or isinstance(value, bool):
        return filter == "implicit" and isinstance(value, bool)
    return isinstance(value, int) and value >= 1 if filter == "core" else isinstance(value, int | float)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def seedless(label: str) -> str:
    """A split's label without its seed.

    >>> seedless("holdout(test=0.2, seed=1)"), seedless("leave-one-out(seed=1)")
    ('holdout(test=0.2)', 'leave-one-out')
    """
    return re.sub(r"(?:, )?seed=\d+", "", label).replace("()", "")


def design(terms: Terms, values: Sequence[str]) -> dict[str, Any]:
    """What a study's design is bound to by the terms of the test."""
    *filters, split = (step["label"] for step in terms.recipe[1:])
    return {
        "datasets": (terms.dataset,),
        "metrics": tuple(values),
        "filters": ", ".join(filters),
        "split": seedless(split),
    }
