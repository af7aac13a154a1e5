"""What a question to the model is asked about: the variables of every prompt."""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from autoreclab import checks, excerpts, memory, sandbox
from autoreclab.data import Data
from autoreclab.evidence import Evidence
from autoreclab.prompts import Fitted
from autoreclab.settings import Settings
from autoreclab.task import Task
from autoreclab.tree import Finding, Node, Tree

PACKAGES = ("lenskit", "numpy", "pandas", "scipy", "matplotlib", "pyarrow", "torch")
# Characters that a prompt shows at most of a file of the program, and of what its run left
PROGRAM, LOG, SUMMARY, COMPARISONS, FILES, METADATA = 60_000, 8_000, 10_000, 14_000, 5_000, 8_000
ROWS = 8  # of the ledger that a finding names
RATING_METRICS = ("rmse", "mae")


def of_study(task: Task, settings: Settings, data: Data, metrics: tuple[str, ...] = ()) -> dict[str, Any]:
    """The task, the data, and what experiments on them can use."""
    return {
        "task": task,
        "settings": settings,
        "datasets": data.datasets,
        "data": data.preview,
        "packages": packages(),
        "lab": fitted_lab_reference(metrics, owned=bool(data.terms)),
        "checks": checks.listing(),
    }


def excerpt(make: Callable[[str, int], str], text: str, room: int) -> Fitted:
    """An excerpt that becomes shorter where there is less room; `room` is what it may have at most, in characters."""
    return Fitted(lambda share: make(text, int(room * share)))


def of_node(tree: Tree, node: Node, evidence: Evidence, audited: Iterable[Finding] = ()) -> dict[str, Any]:
    """A node that ran, with its program, its output, its results, what it missed, and what audits found.

    `audited` are findings that aren't part of a judgement yet.
    """
    requirements = tree.plan.requirements if tree.plan else ()
    verdicts = node.judgement.verdicts if node.judgement else ()
    program = [(path, evidence.text(evidence.program, path)) for path in evidence.program]
    results = {path: _shown(evidence, path) for path in ("summary.csv", "comparisons.csv", "metadata.json")}
    return {
        "parent": memory.attempt(tree, node),
        "siblings": memory.children(tree, node),
        "files": Fitted(lambda share: {path: excerpts.of_text(text, int(PROGRAM * share)) for path, text in program}),
        "output": excerpt(excerpts.of_log, evidence.text(evidence.outputs, "log.txt"), LOG),
        "results": results["summary.csv"],
        "summary": excerpt(excerpts.of_text, results["summary.csv"], SUMMARY),
        "comparisons": excerpt(excerpts.of_table, results["comparisons.csv"], COMPARISONS),
        "listing": Fitted(lambda share: excerpts.of_files(evidence.outputs, evidence.left_out, int(FILES * share))),
        "metadata": excerpt(excerpts.of_metadata, results["metadata.json"], METADATA),
        "findings": [worded(finding) for finding in (*node.findings, *audited)],
        "verdicts": [(r.text, v.met, v.evidence) for r, v in zip(requirements, verdicts, strict=False)],
        "unmet": [(r.text, v.evidence) for r, v in zip(requirements, verdicts, strict=False) if not v.met],
    }


def worded(finding: Finding) -> str:
    """A finding in one line, with the first rows that it concerns."""
    more = f"; and {len(finding.rows) - ROWS} more" if len(finding.rows) > ROWS else ""
    rows = f" ({'; '.join(finding.rows[:ROWS])}{more})" if finding.rows else ""
    return f"{'error' if finding.binding else 'warning'}, {finding}{rows}"


def _shown(evidence: Evidence, path: str) -> str:
    return excerpts.as_shown(path, evidence.text(evidence.outputs, path))


def hints(tree: Tree, node: Node | None) -> tuple[str, ...]:
    """What people advise for a step from a node: for every step, then of its ancestors, then of the node itself."""
    above: dict[str, Node] = {}
    pending = [node] if node else []
    while pending:
        one = pending.pop(0)
        above.setdefault(one.commit, one)
        pending += [tree.by_commit[parent] for parent in one.parents if parent not in above]
    lines = [hint for one in reversed(above.values()) for hint in one.hints]
    return tuple(dict.fromkeys([*tree.hints, *lines]))


def packages() -> str:
    """Names and versions of what experiments can import."""
    return "\n".join(f"{name} {version}" for name, version in sandbox.packages(PACKAGES).items())


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
