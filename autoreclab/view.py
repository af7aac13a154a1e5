"""Nodes and trees as text for people and as plain values for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from autoreclab import causes, records
from autoreclab.comparison import Comparison, Value
from autoreclab.listing import Listed
from autoreclab.nodes import Node
from autoreclab.tree import Tree
from autoreclab.usage import by_role, total, usage_in
from autoreclab.wording import clean


def tree_lines(tree: Tree, headline: str | None) -> Iterator[str]:
    """One line a node, indented under what it was derived from."""

    def below(parent: str | None, depth: int) -> Iterator[str]:
        for node in tree.nodes:
            if (node.parents[0] if node.parents else None) == parent:
                star = "*" if tree.best and node.commit == tree.best.commit else " "
                line = f"[{records.line(node, headline)}]{_mark(tree, node)}"
                yield f"{star} {'  ' * depth}{node.name} {node.operator}: {clean(node.title)}  {line}"
                yield from (f"  {'  ' * depth}     hint: {clean(hint)}" for hint in node.hints)
                yield from below(node.commit, depth + 1)

    yield f"{tree.run}"
    yield from (f"  hint: {clean(hint)}" for hint in tree.hints)
    yield from below(None, 0)


def node_lines(tree: Tree, node: Node) -> Iterator[str]:
    """All that is known of a node, but for its files."""
    yield f"{tree.run}/{node.name}  {node.operator}: {clean(node.title)}{_mark(tree, node)}"
    yield f"commit {node.commit}"
    parents = [tree.by_commit[parent].name for parent in node.parents]
    yield f"parents: {', '.join(parents) or 'the task'}"
    yield from (f"hint: {clean(hint)}" for hint in node.hints)
    yield from ("", node.plan) if node.plan else ()
    if execution := node.execution:
        yield from ("", f"{node.status}, exit {execution.exit}, {execution.seconds:.1f} s, {execution.peak_mb:.0f} MB, "
                        f"{execution.rows} rows, {execution.recomputed} recomputed, {execution.isolation}")  # fmt: skip
        yield from (f"{name} {value:.4f}" for name, value in execution.metrics.items())
        yield from [f"error: {clean(execution.error)}"] if execution.error else ()
    else:
        yield from ("", "waiting to be run")
    yield from (f"{role}: {usage}" for role, usage in node.spent.items())
    yield from [f"learned: {clean(node.lesson)}"] if node.lesson else ()
    yield from finding_lines(node)
    if node.judgement and tree.plan:
        yield from ("", f"score {node.judgement.score:.2f}")
        for requirement, verdict in zip(tree.plan.requirements, node.judgement.verdicts, strict=True):
            yield f"[{'x' if verdict.met else ' '}] {clean(requirement.text)}"
            yield f"    {verdict.by}: {clean(verdict.evidence)}"


def finding_lines(node: Node) -> Iterator[str]:
    """What was found wrong with a node's results, and the rows it concerns."""
    for finding in node.findings:
        yield f"{'error' if finding.binding else 'warning'}: {clean(str(finding))}"
        yield from (f"    {clean(row)}" for row in finding.rows)


def rerun_lines(reruns: Mapping[int, str]) -> Iterator[str]:
    """What came of a node's reruns."""
    yield from [""] if reruns else []
    yield from (f"rerun {number}: {clean(line)}" for number, line in reruns.items())


def file_lines(files: Iterable[Listed]) -> Iterator[str]:
    """A node's files: size in bytes, path, and where it is."""
    shown = [(f"{file.size:,}", file.path, file.where) for file in files]
    widths = [max((len(line[column]) for line in shown), default=0) for column in (0, 1)]
    yield from (f"{size:>{widths[0]}}  {path:{widths[1]}}  {where}" for size, path, where in shown)


def comparison_lines(name: str, number: int, found: Comparison) -> Iterator[str]:
    """What a rerun reproduced, value by value."""
    for value in found.values:
        of = " ".join(f"{name}={clean(text)}" for name, text in value.of.items())
        yield f"{value.outcome:7}  {of}  {_change(value)}"
    yield ""
    yield f"then: {found.then.status}, {found.then.seconds:.1f} s.  now: {found.now.status}, {found.now.seconds:.1f} s."
    yield from [f"error: {clean(found.now.error)}"] if found.now.error else []
    verdict = "reproduced" if found.reproduced else "not reproduced"
    yield f"{name}, rerun {number}: {verdict} ({found.line})"


def comparison_as_dict(number: int, found: Comparison) -> dict[str, Any]:
    """What a rerun reproduced, as plain values."""
    return {
        "rerun": number,
        "reproduced": found.reproduced,
        "then": dataclasses.asdict(found.then),
        "now": dataclasses.asdict(found.now),
        "counts": dict(found.counts),
        "values": [{"outcome": value.outcome, **dataclasses.asdict(value)} for value in found.values],
    }


def _change(value: Value) -> str:
    """A value, or the two, and by how much they differ."""
    if value.then is None or value.now is None or value.outcome == "equal":
        return f"{value.now if value.then is None else value.then!r}"
    difference = value.now - value.then
    share = f", {abs(difference / value.then):.2g} of it" if value.then else ""
    return f"{value.then!r} -> {value.now!r}  (by {difference:+.3g}{share})"


def _mark(tree: Tree, node: Node) -> str:
    """Whether people pinned a node, or pruned it or what it was derived from; and whose failure it has again."""
    before = causes.repeated(tree, node)
    again = f"  fails as {before.name} did" if before else ""
    return again + ("  pruned" if node.commit in tree.pruned else "  pinned" if node.pinned else "")


def node_as_dict(node: Node) -> dict[str, Any]:
    """A node as plain values."""
    values = dataclasses.asdict(node)
    usage = dataclasses.asdict(node.usage)
    return {"node": values.pop("name"), "status": node.status, "score": node.score, "usage": usage, **values}


def tree_as_dict(tree: Tree) -> dict[str, Any]:
    """A tree as plain values."""
    return {
        "run": tree.run,
        "root": tree.root,
        "plan": tree.plan.model_dump() if tree.plan else None,
        "best": tree.best.name if tree.best else None,
        "satisfied": tree.satisfied,
        "hints": tree.hints,
        "spent": spent_as_dict(tree),
        "nodes": [node_as_dict(node) for node in tree.nodes],
    }


def state(tree: Tree, searcher: int | None) -> dict[str, Any]:
    """Where a run stands, as plain values."""
    best = tree.best
    return {
        "run": tree.run,
        "searched_by": searcher,
        "nodes": len(tree.nodes),
        "failed": len(tree.failed),
        "waiting": sum(node.execution is None for node in tree.live),
        "best": best.name if best else None,
        "score": best.score if best else None,
        "satisfied": tree.satisfied,
        "spent": spent_as_dict(tree),
    }


def state_line(state: dict[str, Any]) -> str:
    """Where a run stands, in one line."""
    best = f"best {state['best']} ({state['score']:.2f})" if state["best"] else "nothing works yet"
    under_way = f"  being searched by process {state['searched_by']}" if state["searched_by"] else ""
    counts = f"{state['nodes']} nodes, {state['failed']} failed, {state['waiting']} waiting"
    spent = f"  {usage_in(state['spent']['total'])}" if state["spent"] else ""
    satisfied = "satisfied" if state["satisfied"] else "not satisfied"
    return f"{state['run']}  {satisfied}  {best}  {counts}{spent}{under_way}"


def cost_lines(tree: Tree) -> Iterator[str]:
    """What each role of a run cost, and all of them; nothing where no language model was asked."""
    roles = by_role(tree.paid)
    yield from (f"cost   {role}: {usage}" for role, usage in roles.items())
    yield from [f"cost   in all: {total(roles.values())}"] if roles else []


def spent_as_dict(tree: Tree) -> dict[str, Any]:
    """What each role of a run cost, and all of them, as plain values; empty where no language model was asked."""
    roles = by_role(tree.paid)
    costs = {**roles, "total": total(roles.values())} if roles else {}
    return {name: dataclasses.asdict(usage) for name, usage in costs.items()}
