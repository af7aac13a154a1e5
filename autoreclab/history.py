"""A run's commits → its tree: a pure fold over what one `git log` returned."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from autoreclab import records
from autoreclab.git import EMAIL, Commit
from autoreclab.plan import Plan
from autoreclab.task import Metric
from autoreclab.tree import Node, Tree

NUMBERED = re.compile("[0-9]{4,9}")
LAST = 10**9  # where people's commits, which have no number, stand in the order of nodes


def fold(run: str, root: str, log: Sequence[Commit], branches: Mapping[str, str], metric: Metric | None) -> Tree:
    """The tree of a run: our commits by their trailers, and the tips of people's branches.

    `branches` are the run's, by the last part of their names.
    """
    commits = {commit.hash: commit for commit in log}
    best = commits.get(branches.get("best", ""))
    plan = records.plan_in(records.load(commits[root].note)) if root in commits else None
    numbers_last = sorted(branches.items(), key=lambda branch: bool(NUMBERED.fullmatch(branch[0])))
    tips = {tip: name for name, tip in numbers_last if name not in ("task", "best")}
    nodes = [
        _node(commit, tips.get(commit.hash), plan)
        for commit in log
        if commit not in (commits.get(root), best) and (_ours(commit) or commit.hash in tips)
    ]
    ordered = sorted(nodes, key=lambda node: (node.number or LAST, commits[node.commit].time))
    known = {node.commit for node in ordered}
    linked = (dataclasses.replace(node, parents=_ancestors(node.commit, commits, known)) for node in ordered)
    crowned = trailers(best.message).get("Node") if best and best.email == EMAIL else None
    return Tree(run, root, plan, tuple(linked), metric, crowned)


def trailers(message: str) -> dict[str, str]:
    """The last paragraph's `Key: value` lines; earlier paragraphs are a model's text and do not count."""
    block = message.rstrip().rsplit("\n\n", 1)[-1]
    return dict(re.findall(r"^([A-Z][A-Za-z-]*): (.*)$", block, re.MULTILINE))


def _ours(commit: Commit) -> bool:
    return commit.email == EMAIL and "Operator" in trailers(commit.message)


def _node(commit: Commit, tip: str | None, plan: Plan | None) -> Node:
    """A commit as a node: ours by its trailers, else a person's, named after its branch."""
    ours = trailers(commit.message) if _ours(commit) else {}
    subject, _, rest = commit.message.strip().partition("\n")
    number = _number(int(ours["Number"]), tip) if ours else None
    node = Node(
        commit=commit.hash,
        tree=commit.tree,
        name=f"{number:04d}" if number is not None else tip if tip and not tip.isdigit() else commit.hash[:7],
        number=number,
        operator=ours.get("Operator", "manual"),
        title=subject.partition(": ")[2] if ours else subject,
        plan=rest.strip().rpartition("\n\n")[0] if ours else rest.strip(),
        calls=int(ours.get("Model-Calls", 0)),
        input_tokens=int(ours.get("Input-Tokens", 0)),
        output_tokens=int(ours.get("Output-Tokens", 0)),
    )
    return records.onto(node, records.load(commit.note), plan)


def _number(given: int, tip: str | None) -> int:
    """The number a node is known by: its branch's, which differs from the given one after two clones were merged."""
    return int(tip) if tip and NUMBERED.fullmatch(tip) else given


def _ancestors(commit: str, commits: Mapping[str, Commit], known: set[str]) -> tuple[str, ...]:
    """The nearest nodes above a commit, through commits that are no nodes."""
    found: dict[str, None] = {}
    pending = list(commits[commit].parents)
    while pending:
        parent = pending.pop(0)
        if parent in known:
            found[parent] = None
        elif parent in commits:
            pending.extend(commits[parent].parents)
    return tuple(found)
