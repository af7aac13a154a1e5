"""Why nodes fail: causes that are one whatever their numbers and paths, and repairs that left them as they were."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autoreclab.nodes import Node
from autoreclab.tree import Tree

REPAIRS = 2  # so many repairs in a row that left a failure as it was are enough: a third would most likely, too
LONGEST_KEY = 200  # characters
AFTER = 20  # lines, at most, that follow the line of an uncaught exception: the rest of its message, last words
TRACEBACK = re.compile(r"^Traceback \(most recent call last\):$", re.MULTILINE)
QUOTED = re.compile(r"(?<!\w)(['\"`])(.+?)\1(?!\w)|“(.+?)”")
NAME = re.compile(r"[A-Za-z_]\w*")
PATH = re.compile(r"[\w.~-]*(?:/[\w.~-]+)+/?")
NUMBER = re.compile(r"(?<!\w)[+-]?\d[\w.]*(?:,\d{3})*")


@dataclass(frozen=True)
class Cause:
    """Why a node failed."""

    key: str
    """Equal for failures that only differ in numbers, addresses, paths and quoted values."""
    sentence: str
    """What happened to this node."""


@dataclass(frozen=True)
class Failure:
    """A cause of failures in a run."""

    sentence: str
    """As the first node had it."""
    nodes: tuple[Node, ...]
    """Those that failed of it."""
    fix: Node | None
    """The first that was derived from one of them and did not fail of it; one that works before others."""


def cause(node: Node) -> Cause | None:
    """Why a node failed: the bound that ended it, its error, or what the harness found; None where it didn't fail."""
    execution = node.execution
    if not execution or node.working:
        return None
    if execution.limit or execution.status == "timeout":
        return Cause(f"limit: {execution.limit or 'time'}", execution.error or "killed at its time limit")
    if execution.status == "crashed":
        return Cause(f"error: {blurred(execution.error)}", execution.error)
    names = list(dict.fromkeys(finding.name for finding in node.errors))
    more = f" (also found: {', '.join(names[1:])})" if names[1:] else ""
    return Cause(f"found: {', '.join(sorted(names))}", f"{node.errors[0]}{more}")


def blurred(error: str) -> str:
    """An error's line without what changes from try to try. Names in quotes stay: another name is another error.

    >>> blurred("ValueError: could not convert '3.5 stars' in /tmp/a.csv, line 12, column 'rating'")
    "ValueError: could not convert … in …, line N, column 'rating'"
    """

    def quoted(found: re.Match[str]) -> str:
        return found[0] if NAME.fullmatch(found[2] or found[3]) else "…"

    line = QUOTED.sub(quoted, " ".join(error.split()))
    return NUMBER.sub("N", PATH.sub("…", line))[:LONGEST_KEY]


def raised(log: str) -> str:
    """The line that names the exception which ended a program, also where a long message follows; empty without one."""
    traceback = next(reversed(list(TRACEBACK.finditer(log))), None)
    lines = log[traceback.end() :].splitlines()[1:] if traceback else []
    place = next((number for number, line in enumerate(lines) if line and not line[0].isspace()), None)
    return lines[place].strip() if place is not None and len(lines) - place <= AFTER else ""


def repeated(tree: Tree, node: Node) -> Node | None:
    """The node from which this one was derived and whose failure it has again; running on is no repair."""
    found = cause(node)
    if not found or node.operator == "continue":
        return None
    parents = (tree.by_commit[parent] for parent in node.parents)
    return next((parent for parent in parents if (had := cause(parent)) and had.key == found.key), None)


def in_vain(tree: Tree, node: Node) -> tuple[Node, ...]:
    """The nodes above with the same failure, one repair after the other, the first of them first."""
    above: list[Node] = []
    now: Node | None = node
    while now:
        before = repeated(tree, now)
        above += [before] if before else []
        now = before or tree.continues(now)
    return tuple(reversed(above))


def stuck(tree: Tree, node: Node) -> bool:
    """Did so many repairs in a row leave its failure as it was that another is not worth its price?"""
    return len(in_vain(tree, node)) >= REPAIRS


def failures(tree: Tree) -> list[Failure]:
    """The causes of all failures of a run, in the order in which they came up."""
    groups: dict[str, list[Node]] = {}
    for node in tree.failed:
        if found := cause(node):
            groups.setdefault(found.key, []).append(node)
    return [Failure(_sentence(nodes[0]), tuple(nodes), _fix(tree, key, nodes)) for key, nodes in groups.items()]


def _sentence(node: Node) -> str:
    found = cause(node)
    return found.sentence if found else ""


def _fix(tree: Tree, key: str, nodes: list[Node]) -> Node | None:
    failed = {node.commit for node in nodes}
    after = [node for node in tree.nodes if failed & {*node.parents} and _without(node, key)]
    return next((node for node in after if node.working), next(iter(after), None))


def _without(node: Node, key: str) -> bool:
    """Did it run on its own account without failing of that cause?"""
    found = cause(node)
    return node.execution is not None and node.operator != "continue" and (found is None or found.key != key)
