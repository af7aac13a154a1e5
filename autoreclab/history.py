"""A run's commits → its tree: a pure fold over what one `git log` returned."""

from __future__ import annotations

import dataclasses
import json
import re
import textwrap
from collections.abc import Container, Iterator, Mapping, Sequence

from autoreclab import lessons, records, requirements
from autoreclab.changes import EMAIL
from autoreclab.git import Commit
from autoreclab.nodes import Node
from autoreclab.task import Metric
from autoreclab.tree import Tree, below
from autoreclab.usage import Usage, usage_in
from autoreclab.wording import paragraphs, subject

NUMBERED = re.compile("[0-9]{4,9}")
RESERVED = ("task", "best")  # branches of a run that are no nodes
LAST = 10**9  # where people's commits, which have no number, stand in the order of nodes
COSTS = {
    "Model-Calls": "calls",
    "Input-Tokens": "input_tokens",
    "Cached-Tokens": "cached_tokens",
    "Output-Tokens": "output_tokens",
    "Model-Seconds": "seconds",
    "Cost-USD": "cost",
    "Unpriced-Calls": "unpriced",
}
LONGEST = 4_000  # characters of a person's message that prompts show


def fold(run: str, root: str, log: Sequence[Commit], branches: Mapping[str, str], metric: Metric | None) -> Tree:
    """The tree of a run: our commits by their trailers, the tips of people's branches, and what once was one and ran.

    `branches` are the run's, by their names without the run's. Raises `WorkspaceError` for a malformed record of the
    plan.
    """
    commits = {commit.hash: commit for commit in log}
    if root in commits:
        requirements.check(commits[root].note, run)
    best = commits.get(branches.get("best", ""))
    plan = records.plan_in(records.load(commits[root].note)) if root in commits else None
    judged_by = plan.fingerprint if plan else None
    within = below([root], {commit.hash: commit.parents for commit in log})
    numbers_last = sorted(branches.items(), key=lambda branch: bool(NUMBERED.fullmatch(branch[0])))
    tips = {tip: name for name, tip in numbers_last if name not in RESERVED}
    nodes = [
        _node(commit, tips.get(commit.hash), judged_by)
        for commit in log
        if commit not in (commits.get(root), best) and _is_node(commit, tips, within)
    ]
    ordered = sorted(nodes, key=lambda node: (node.number or LAST, commits[node.commit].time))
    known = {node.commit for node in ordered}
    linked = (dataclasses.replace(node, parents=_ancestors(node.commit, commits, known)) for node in ordered)
    crowned = trailers(best.message).get("Node") if best and best.email == EMAIL else None
    taken = max((int(name) for name in branches if name.isdecimal()), default=0)
    tree = Tree(run, root, plan, tuple(linked), metric, crowned, taken)
    return dataclasses.replace(tree, nodes=tuple(_with_lesson(tree, node) for node in tree.nodes))


def message(operator: str, number: int, title: str, plan: str, usage: Usage) -> str:
    """The message of a node of ours; `fold` reads it."""
    return (
        f"{operator}: {subject(title)}\n\n{paragraphs(plan)}\n\n"
        f"Operator: {operator}\nNumber: {number}\n{''.join(_costs(usage))}"
    )


def _costs(usage: Usage) -> Iterator[str]:
    """The trailers that say what a program cost; none where no model was asked."""
    values = dataclasses.asdict(usage)
    yield from (f"{key}: {json.dumps(values[name])}\n" for key, name in COSTS.items() if usage.calls)


def _spent(found: Mapping[str, str]) -> dict[str, Usage]:
    """What trailers say that a program cost."""
    usage = usage_in({name: json.loads(found[key]) for key, name in COSTS.items() if key in found})
    return {"coder": usage} if usage.calls else {}


def trailers(message: str) -> dict[str, str]:
    """The last paragraph's `Key: value` lines; earlier paragraphs are a model's text and do not count."""
    block = message.rstrip().rsplit("\n\n", 1)[-1]
    return dict(re.findall(r"^([A-Z][A-Za-z-]*): (.*)$", block, re.MULTILINE))


def _ours(commit: Commit) -> bool:
    return commit.email == EMAIL and "Operator" in trailers(commit.message)


def _is_node(commit: Commit, tips: Mapping[str, str], within: Container[str]) -> bool:
    """Ours, a person's tip, or a person's commit that ran; what a merge brought from another run is none."""
    if _ours(commit):
        return commit.hash in within
    return commit.hash in tips or (commit.hash in within and f'commit: "{commit.hash}"' in commit.note)


def _node(commit: Commit, tip: str | None, plan: str | None) -> Node:
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
        title=subject.partition(": ")[2] if ours else textwrap.shorten(subject, 100, placeholder="…") or "untitled",
        plan=rest.strip().rpartition("\n\n")[0] if ours else rest.strip()[:LONGEST],
        spent=_spent(ours),
    )
    return records.onto(node, records.load(commit.note), plan)


def _with_lesson(tree: Tree, node: Node) -> Node:
    """The node with its recorded lesson; records of older versions have none, nor has a node before its verdicts."""
    return node if node.lesson or not node.execution else lessons.learned(tree, node)


def _number(given: int, tip: str | None) -> int:
    """The number a node is known by: its branch's, which differs from the given one after two clones were merged."""
    return int(tip) if tip and NUMBERED.fullmatch(tip) else given


def _ancestors(commit: str, commits: Mapping[str, Commit], known: set[str]) -> tuple[str, ...]:
    """The nearest nodes above a commit, through commits that are no nodes; above one on `best`, the best node."""
    found: dict[str, None] = {}
    pending = list(commits[commit].parents)
    while pending:
        parent = pending.pop(0)
        if parent in known:
            found[parent] = None
        elif parent in commits:
            crowned = trailers(commits[parent].message).get("Node")
            pending.extend([crowned] if crowned in known else commits[parent].parents)
    return tuple(found)
