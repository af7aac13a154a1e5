"""What programs are told of `lab`: read from it, the part that fits the study."""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
from typing import Any

from autoreclab.prompts import Fitted

RATING_METRICS = ("rmse", "mae")


def fitted_lab_reference(metrics: tuple[str, ...], owned: bool = False) -> Fitted:
    """The lab's reference; where there is little room, only the first sentences of its documentation, or signatures."""
    return Fitted(lambda share: lab_reference(metrics, owned, share))


def lab_reference(metrics: tuple[str, ...], owned: bool = False, share: float = 1.0) -> str:
    """Signatures and documentation of lab, read from lab itself: the part that fits a study of these metrics.

    `owned`: does the task own its evaluation, so that there are no data to load and filter? `share`: of the room.
    """
    from autoreclab import lab

    names = {metric.split("@")[0] for metric in metrics}
    unfit = {"predict", "Predictions"} if names and not names & set(RATING_METRICS) else set()
    unfit |= {"recommend", "Recommendations", "implicit"} if names and names <= set(RATING_METRICS) else set()
    unfit |= {"load", "dataset", "implicit", "core"} if owned else {"evaluation"}
    things = {name: getattr(lab, name) for name in lab.__all__ if name not in unfit}
    functions = [
        _documented(f"lab.{name}", thing, share) for name, thing in things.items() if inspect.isfunction(thing)
    ]
    classes = [_described(name, thing, share) for name, thing in things.items() if inspect.isclass(thing)]
    return "\n\n".join(
        [*functions, *classes, f"lab.ALGORITHMS, the names lab.train knows: {', '.join(lab.ALGORITHMS)}"]
    )


def _documented(name: str, function: Any, share: float) -> str:
    """A function's signature and documentation: all of it, its first paragraph, or none, by the share of the room."""
    signature = re.sub(r"((?:: |-> ))'([^']*)'", r"\1\2", str(inspect.signature(function))).replace("(self, ", "(")
    text = inspect.getdoc(function) or ""
    text = text if share == 1 else text.partition("\n\n")[0] if share >= 0.5 else ""
    return f"{name}{signature}\n{textwrap.indent(text, '    ')}".rstrip()


def _described(name: str, kind: type, share: float) -> str:
    """What a program can ask of a class: its documentation, attributes and methods."""
    parts = [f"{name}: {inspect.getdoc(kind)}"]
    fields = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
    public = {key: member for key, member in vars(kind).items() if not key.startswith("_")}
    attributes = [*fields, *(key for key, member in public.items() if not callable(member) and key not in fields)]
    if attributes:
        parts.append(f"    attributes: {', '.join(attributes)}")
    methods = {key: member for key, member in public.items() if inspect.isfunction(member) and key != "then"}
    parts += [textwrap.indent(_documented(key, member, share), "    ") for key, member in methods.items()]
    return "\n".join(parts)
