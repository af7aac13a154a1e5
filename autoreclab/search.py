"""The loop. Starting, resuming, extending and taking up a person's commit are this one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from autoreclab import events
from autoreclab.events import Event
from autoreclab.experiment import Experiment
from autoreclab.flights import Flights, Work
from autoreclab.policy import Done, Policy
from autoreclab.schedule import Execute, Judge, Propose, Step, next_step, onto
from autoreclab.tree import Tree


def search(
    experiment: Experiment, policy: Policy, done: Done, stop: Callable[[], bool], *, seed: int, workers: int
) -> Iterator[Event]:
    """Grow the tree until it is done; what to do next is read from git each time, with what is under way laid on it.

    Once it is to stop, or a step failed, nothing starts any more, and what is under way comes to its end.
    """
    with Flights() as flights:
        while True:
            going_on = not stop() and not flights.failed
            tree = onto(experiment.tree(), flights.steps)
            if going_on and (step := next_step(tree, flights.steps, policy, done, seed=seed, workers=workers)):
                event, work = _begun(experiment, tree, step)
                yield event
                flights.start(step, work)
            elif flights:
                for event in flights.news():
                    yield event
                    yield from experiment.crown() if isinstance(event, events.Judged) else ()
            elif going_on and (alone := _alone(experiment, tree)):
                event, work = alone
                yield event
                flights.start(None, work)
            else:
                break
        flights.check()
        if not stop() and (reason := done(tree)):
            yield events.Reporting()
            yield from experiment.report()
            yield events.Finished(reason, tree)


def _begun(experiment: Experiment, tree: Tree, step: Step) -> tuple[Event, Work]:
    """The event at the beginning of a step, and the work that gives the one at its end."""
    match step:
        case Propose(number, action):
            return events.Proposing(number, action), lambda _: events.Proposed(experiment.propose(tree, action))
        case Execute(node):
            running = events.Running(node, experiment.folder(node), experiment.timeout)
            return running, lambda tell: events.Ran(experiment.execute(tree, node, tell))
        case Judge(node):
            return events.Judging(node), lambda _: events.Judged(experiment.judge(tree, node))


def _alone(experiment: Experiment, tree: Tree) -> tuple[Event, Work] | None:
    """What comes before the first node and after the last, when nothing else is under way."""
    if tree.plan is None:
        return events.Planning(), lambda _: events.Planned(experiment.plan())
    if again := experiment.unrepeated(tree):
        repeating = events.Repeating(again, experiment.folder(again), experiment.timeout)
        return repeating, lambda tell: events.Repeated(again, experiment.repeat(tree, again, tell))
    if untested := experiment.untested(tree):
        testing = events.Testing(untested, experiment.folder(untested), experiment.timeout)
        return testing, lambda tell: events.Tested(untested, experiment.test(tree, untested, tell))
    return None
