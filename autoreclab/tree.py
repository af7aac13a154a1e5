"""A search as one immutable value: the tree that its nodes form, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autoreclab.nodes import Action, Node
from autoreclab.plan import Plan
from autoreclab.task import Metric
from autoreclab.usage import Paid


@dataclass(frozen=True)
class Tree:
    """A run's nodes, in order of their numbers."""

    run: str
    root: str
    """The commit that holds the task."""
    plan: Plan | None = None
    nodes: tuple[Node, ...] = ()
    metric: Metric | None = None
    crowned: str | None = None
    """The commit of the node that the branch `best` was made from."""
    taken: int = 0
    """The highest number that a branch has, or the kept outputs of a node that is gone."""
    hints: tuple[str, ...] = ()
    """What people advise for every step."""
    paid: tuple[Paid, ...] = ()
    """Every call of a model in this run: also those for the plan, the report, and nodes that are gone."""
    asked: Mapping[int, Action] = field(default_factory=dict)
    """The programs that are being asked for, by the numbers that they will have."""
    busy: frozenset[str] = frozenset()
    """Commits of the nodes at which something is under way: they run, or are judged."""

    @cached_property
    def by_commit(self) -> Mapping[str, Node]:
        return {node.commit: node for node in self.nodes}

    @property
    def next_number(self) -> int:
        return 1 + max([self.taken, *self.asked, *(node.number or 0 for node in self.nodes)])

    @property
    def drafts(self) -> int:
        """How many drafts there are, those among them that are being asked for."""
        return self._operators.count("draft")

    @property
    def steps(self) -> int:
        """How many nodes the search made, or is making, after its drafts."""
        return sum(operator in ("improve", "debug", "continue") for operator in self._operators)

    @property
    def _operators(self) -> list[str]:
        return [*(node.operator for node in self.nodes), *(action.kind for action in self.asked.values())]

    @cached_property
    def pruned(self) -> frozenset[str]:
        """Commits of the nodes that people pruned and of all that was derived from them."""
        return below((node.commit for node in self.nodes if node.pruned), {n.commit: n.parents for n in self.nodes})

    @cached_property
    def live(self) -> tuple[Node, ...]:
        """The nodes that the search goes on with: those that aren't pruned."""
        return tuple(node for node in self.nodes if node.commit not in self.pruned)

    @property
    def queue(self) -> tuple[Node, ...]:
        """The nodes without a record that nobody runs: they wait to be run."""
        return tuple(node for node in self.live if not node.execution and node.commit not in self.busy)

    @property
    def waiting(self) -> Node | None:
        """The first node that waits to be run; not while the same files run, whose results will be its own."""
        running = {node.tree for node in self.nodes if node.commit in self.busy and not node.execution}
        return next((node for node in self.queue if node.tree not in running), None)

    @property
    def unjudged(self) -> Node | None:
        """The first node that ran and has no verdicts under the present plan."""
        ran = (node for node in self.live if node.execution and node.commit not in self.busy)
        return next((node for node in ran if not node.judgement), None)

    @property
    def unsettled(self) -> bool:
        """Is a program being asked for, or a node's worth unknown as yet?"""
        return bool(self.asked) or not all(node.judgement for node in self.live)

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """Nodes that nothing was derived from."""
        return _leaves(self.nodes)

    @property
    def working(self) -> tuple[Node, ...]:
        return tuple(node for node in self.live if node.working and node.judgement)

    @property
    def failing(self) -> tuple[Node, ...]:
        """Leaves, what is pruned aside, that ran and do not work; none from which a program is being made."""
        built_on = {action.parent.commit for action in self.asked.values() if action.parent}
        leaves = (node for node in _leaves(self.live) if node.commit not in built_on)
        return tuple(node for node in leaves if node.execution and not node.working)

    @property
    def unfinished(self) -> tuple[Node, ...]:
        """Failing leaves whose program only needs more time: its time limit brought rows, and none of them is wrong."""
        return tuple(node for node in self.failing if node.commit not in self.continued and self._got_on(node))

    @cached_property
    def continued(self) -> frozenset[str]:
        """Commits of the nodes whose program another node runs on."""
        before = (self.continues(node) for node in self.nodes)
        return frozenset(node.commit for node in before if node)

    @property
    def failed(self) -> tuple[Node, ...]:
        """The nodes that ran and do not work; one that is continued is none of them."""
        ran = (node for node in self.nodes if node.execution and node.commit not in self.continued)
        return tuple(node for node in ran if not node.working)

    @cached_property
    def best(self) -> Node | None:
        """The working node with the highest score; among equals the metric decides, then the earlier node."""
        return self.best_of(self.working)

    @property
    def nearest(self) -> Node | None:
        """Where nothing works, the failed node with most recomputed rows: what a search came to all the same."""
        return None if self.best else max(filter(_recomputed, self.live), key=_recomputed, default=None)

    def best_of(self, nodes: Iterable[Node]) -> Node | None:
        """The one of these nodes with the highest score; among equals the metric decides, then the earlier node."""
        return max(nodes, key=self._merit, default=None)

    @property
    def satisfied(self) -> bool:
        return any(node.satisfactory for node in self.live)

    def value(self, node: Node) -> float | None:
        """The node's value of the task's metric, None where it has none."""
        return node.execution.metrics.get(self.metric.name) if self.metric and node.execution else None

    def twin(self, node: Node) -> Node | None:
        """The node of the same files that ran before and got furthest; a continuation has none, as it runs them on."""
        same = _leaves([other for other in self.nodes if other.tree == node.tree and other.execution])
        return None if self.continues(node) else next(iter(same), None)

    def continues(self, node: Node) -> Node | None:
        """The node whose program this one runs on with more time; None where it is no continuation."""
        if node.operator != "continue":
            return None
        parents = (self.by_commit[parent] for parent in node.parents)
        return next((parent for parent in parents if parent.tree == node.tree), None)

    def time_limits(self, node: Node) -> int:
        """In how many time limits its program got so far: 1, and another for each node that it continues."""
        count, before = 1, self.continues(node)
        while before:
            count, before = count + 1, self.continues(before)
        return count

    def _got_on(self, node: Node) -> bool:
        """Was it killed at its time limit with sound rows that neither what it continues nor an earlier twin had?"""
        if not node.execution or node.execution.status != "timeout" or node.execution.errors:
            return False
        before = self.continues(node)
        same = [other for other in self.nodes if other.tree == node.tree]
        return node.rows > (before.rows if before else 0) and max(same, key=lambda other: other.rows) is node

    def _merit(self, node: Node) -> tuple[float, float]:
        value = self.value(node)
        if value is None:
            return (node.score or 0.0, float("-inf"))
        return (node.score or 0.0, value if self.metric and self.metric.maximize else -value)


def _recomputed(node: Node) -> int:
    return node.execution.recomputed if node.execution else 0


def below(starts: Iterable[str], parents: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """These commits and all that descend from them, where `parents` are every commit's."""
    children: dict[str, list[str]] = {}
    for commit, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(commit)
    found: set[str] = set()
    pending = list(starts)
    while pending:
        if (commit := pending.pop()) not in found:
            found.add(commit)
            pending += children.get(commit, ())
    return frozenset(found)


def _leaves(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Those of the nodes that none of the others was derived from."""
    parents = {parent for node in nodes for parent in node.parents}
    return tuple(node for node in nodes if node.commit not in parents)
