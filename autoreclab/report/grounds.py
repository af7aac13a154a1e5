"""What the numbers of an interpretation may come from: result files, design, task and tree."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autoreclab.comparison import MEASURED
from autoreclab.evidence import Evidence, Row, ledger
from autoreclab.nodes import Node
from autoreclab.numbers import Sources, find
from autoreclab.plan import Design, is_replicate
from autoreclab.tree import Tree
from autoreclab.workspace import Run

TABLES = ("results.csv", "summary.csv", "comparisons.csv")
TIMES = ("seconds", "recorded")
CONVENTIONS = (0.95, 0.05)  # the level of the harness's intervals, and what p values are held against
SIZES = (("interactions", "n_interactions", "n_training", "n_test"), ("users", "n_users", "n_test_users"),
         ("items", "n_items"))  # fmt: skip


def of(run: Run, tree: Tree, evidence: Evidence | None, told: Iterable[str]) -> Sources:
    """All sources of a report on a run; `told` are further texts that code wrote."""
    given = run.facts.get("datasets", ())
    values = [*CONVENTIONS, *_numbers(run.settings.as_dict()), *_numbers(given), *_counts(tree)]
    texts = [run.task.source, *told, *_words(tree)]
    values += _in(texts)
    exact, groups = list(_in(node.title for node in tree.nodes)), list(_over_nodes(tree.nodes))
    if evidence:
        results, summary, compared = (ledger(evidence.text(evidence.outputs, path)) for path in TABLES)
        values += [*_numbers(evidence.metadata), *_of_design(evidence.design), *_shares(results), *_widths(summary)]
        values += _cells([*results, *summary, *compared])
        exact += _literals(evidence.program)
        groups += [*_means(summary), *_ranges(results), *_sizes([*given, *_statistics(evidence.metadata)])]
        texts += [*evidence.design.metrics, *dict.fromkeys(row["metric"] for row in results)]
    return Sources(values, exact, groups, [number.value for text in texts for number in find(text) if number.cutoff])


def _in(texts: Iterable[str]) -> Iterator[float]:
    """The numbers of texts."""
    return (number.value for text in texts for number in find(text))


def _numbers(value: Any) -> Iterator[float]:
    """The numbers of a plain value, at any depth, times aside."""
    if isinstance(value, Mapping):
        value = [inner for key, inner in value.items() if key not in TIMES]
    if isinstance(value, list | tuple):
        yield from itertools.chain.from_iterable(map(_numbers, value))
    elif isinstance(value, int | float):
        yield value


def _words(tree: Tree) -> Iterator[str]:
    """What checks and audits say of the best node."""
    if tree.best and tree.best.judgement:
        yield from (verdict.evidence for verdict in tree.best.judgement.verdicts if verdict.by == "check")
        yield from map(str, tree.best.findings)


def _counts(tree: Tree) -> Iterator[float]:
    """Nodes, requirements, and how they did."""
    yield from range(1, len(tree.nodes) + 1)
    yield from (len(tree.working), sum(node.status in ("crashed", "timeout", "problems") for node in tree.nodes))
    for node in tree.nodes:
        yield from [node.number] if node.number else []
        if node.execution:
            yield from (node.execution.rows, node.execution.recomputed, *node.execution.metrics.values())
        if node.judgement:
            yield from (node.judgement.met, len(node.judgement.verdicts), node.judgement.score)


def _of_design(design: Design) -> Iterator[float]:
    """Levels, how many there are, and how many settings, replicates, conditions and values they make."""
    counts = {True: 1, False: 1}
    for factor in design.factors:
        yield from (len(factor.levels), *_numbers(factor.levels), *_in(map(str, factor.levels)))
        counts[factor.replicates] *= len(factor.levels)
    sizes = (*counts.values(), math.prod(counts.values()))
    yield from (len(design.datasets), len(design.metrics), *sizes)
    yield from (size * len(design.metrics) * datasets for size in sizes for datasets in (1, len(design.datasets)))
    yield from _in([*design.metrics, design.filters, design.split])


def _cells(rows: Iterable[Row]) -> Iterator[float]:
    """The numbers in tables, also those in labels such as `ndcg@10`; times aside."""
    cells = {text for row in rows for name, text in row.items() if name not in TIMES and text}
    for text in cells:
        try:
            yield float(text)
        except ValueError:
            yield from _in([text])


def _shares(rows: Iterable[Row]) -> Iterator[float]:
    """Of a test share of 0.2: 20, 80 and 0.8."""
    for share in _in({row["split"] for row in rows if row["split"]}):
        if 0 < share < 1:
            yield from (100 * share, 100 * (1 - share), 1 - share)


def _widths(summary: Iterable[Row]) -> Iterator[float]:
    """How far intervals reach to either side."""
    for row in summary:
        if row["ci_low"] and row["ci_high"]:
            yield (float(row["ci_high"]) - float(row["ci_low"])) / 2


def _literals(program: Mapping[str, bytes]) -> Iterator[float]:
    """The numbers in a program's code; what its comments and texts say is no source."""
    for path, content in program.items():
        if path.endswith(".py"):
            try:
                nodes = ast.walk(ast.parse(content))
            except (SyntaxError, ValueError):
                continue
            yield from _numbers([node.value for node in nodes if isinstance(node, ast.Constant)])


def _over_nodes(nodes: Sequence[Node]) -> Iterator[list[float]]:
    """Each metric's values over the nodes."""
    metrics = [node.execution.metrics for node in nodes if node.execution]
    for name in dict.fromkeys(itertools.chain.from_iterable(metrics)):
        yield [found[name] for found in metrics if name in found]


def _means(summary: Iterable[Row]) -> Iterator[list[float]]:
    """The means of each metric and dataset."""
    yield from _grouped(((row["metric"], row["dataset"]), row["mean"]) for row in summary)


def _ranges(results: Iterable[Row]) -> Iterator[list[float]]:
    """Each setting's lowest and highest value over its replicates."""

    def setting(row: Row) -> tuple[str, ...]:
        return tuple(text for name, text in row.items() if name not in (*MEASURED, "split") and not is_replicate(name))

    for values in _grouped((setting(row), row["value"]) for row in results):
        yield [min(values), max(values)]


def _statistics(metadata: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sizes of datasets and splits that the harness wrote down."""
    return [*metadata.get("datasets", ()), *(split["statistics"] for split in metadata.get("splits", ()))]


def _sizes(counted: Iterable[Mapping[str, Any]]) -> Iterator[list[float]]:
    """Numbers of interactions, of users and of items, each of which can be shares of one another."""
    counted = list(counted)
    for names in SIZES:
        yield [found[name] for found in counted for name in names if found.get(name)]


def _grouped(pairs: Iterable[tuple[tuple[str, ...], str]]) -> Iterator[list[float]]:
    """The numbers of each key."""
    groups: dict[tuple[str, ...], list[float]] = {}
    for key, text in pairs:
        if text:
            groups.setdefault(key, []).append(float(text))
    yield from groups.values()
