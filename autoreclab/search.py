"""The loop. Starting, resuming, extending and taking up a person's commit are this one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from autoreclab import events
from autoreclab.errors import BudgetSpent
from autoreclab.events import Event
from autoreclab.experiment import Experiment
from autoreclab.policy import Done, Policy


def search(
    experiment: Experiment, policy: Policy, done: Done, stop: Callable[[], bool], *, seed: int
) -> Iterator[Event]:
    """Grow the tree until it is done, one change of state at a time; what to do next is read from git each time."""
    while not stop():
        tree = experiment.tree()
        if tree.plan is None:
            yield events.Planning()
            yield events.Planned(experiment.plan())
        elif node := tree.waiting:
            yield events.Running(node, experiment.folder(node), experiment.time_limit(tree))
            yield events.Ran(experiment.execute(tree, node))
        elif node := tree.unjudged:
            yield events.Judging(node)
            yield events.Judged(experiment.judge(tree, node))
            yield from experiment.crown()
        elif (reason := done(tree)) and (node := experiment.unrepeated(tree)):
            yield events.Repeating(node, experiment.folder(node), experiment.timeout)
            yield events.Repeated(node, experiment.repeat(tree, node))
        elif reason and (node := experiment.untested(tree)):
            yield events.Testing(node, experiment.folder(node), experiment.timeout)
            yield events.Tested(node, experiment.test(tree, node))
        elif reason:
            yield events.Reporting()
            yield from experiment.report()
            yield events.Finished(reason, tree)
            return
        else:
            action = policy(tree, Random(f"{seed}/{tree.next_number}"))
            yield events.Proposing(tree.next_number, action)
            news: list[Event] = []
            node = experiment.propose(tree, action, news.append)
            yield from news
            yield events.Proposed(node)


def within_budget(begin: Callable[[Done], Iterator[Event]], done: Done, experiment: Experiment) -> Iterator[Event]:
    """A search that ends, with its report, where a step would pass the budget. `begin` begins it, until a done.

    What then still waits for its run or its verdicts waits on, for a resume with a larger budget.
    """
    try:
        yield from begin(done)
    except BudgetSpent as spent:
        reason = str(spent)
        try:
            yield from begin(lambda tree: reason)
        except BudgetSpent:
            yield events.Reporting()
            yield from experiment.report()
            yield events.Finished(reason, experiment.tree())
