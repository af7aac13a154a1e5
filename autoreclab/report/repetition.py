"""The report's section on the second execution of the best node: which values came out the same."""

from __future__ import annotations

from collections.abc import Iterator

from autoreclab.comparison import Comparison, Value
from autoreclab.report.markdown import escaped, table
from autoreclab.report.subject import Subject
from autoreclab.testing import ref

SHOWN = 20  # values that differ


def reproduction(subject: Subject) -> Iterator[str]:
    """What reproduced, the values that did not, and how long it took."""
    if not subject.tree.best:
        return
    yield from ("## Reproduction", "")
    again = subject.again
    if again is None:
        yield from ("The best node has not been executed a second time yet.", "")
        return
    took = f"It took {again.now.seconds:.1f} s; the first execution took {again.then.seconds:.1f} s."
    yield from (f"{escaped(sentence(again))} {took}", "")
    others = [value for value in again.values if value.outcome != "equal"]
    if others:
        yield from table(["value", "then", "now", "difference"], [_row(value) for value in others[:SHOWN]])
    if len(others) > SHOWN:
        yield from (f"… and {len(others) - SHOWN} more.", "")


def sentence(again: Comparison) -> str:
    """What reproduced, without times."""
    counts, total = again.counts, len(again.values)
    if again.now.status != "ok":
        ended = f"The second execution did not end well ({again.now.status}: {again.now.error or 'time limit'}). "
    else:
        ended = ""
    if not total:
        return f"{ended}Neither execution recorded a value."
    equal = f"{ended}{counts['equal']} of {total} values were exactly equal in a second execution"
    if counts["equal"] == total:
        return f"{equal}."
    return f"{equal}: {counts['differs']} differ, {counts['missing']} are missing, {counts['new']} are new."


def _row(value: Value) -> list[str]:
    of = " ".join(f"{name}={text}" for name, text in value.of.items())
    then, now = ("–" if number is None else f"{number:.6g}" for number in (value.then, value.now))
    difference = "–" if value.then is None or value.now is None else f"{value.now - value.then:+.2g}"
    return [escaped(of), then, now, difference]


def test(subject: Subject) -> Iterator[str]:
    """What the test part was used for, where the task owns its evaluation."""
    best, tested, run = subject.tree.best, subject.tested, subject.run
    if run.task.evaluation is None or best is None:
        return
    yield from ("## The test part", "")
    if tested is None:
        yield from (f"Node {best.name} is not measured on it yet: that is done once, when the search has ended.", "")
        return
    if tested.failure:
        yield f"**Node {best.name} failed on it**, so there is no value: {escaped(tested.failure)}. To try it again:"
        yield f"`git -C WORKSPACE update-ref -d {ref(run.name, best)}`, then `autoreclab resume {run.name}`."
    else:
        yield f"The rows of part `test` are of node {best.name}, trained on the whole training part; they stand in"
        yield "`test-results.csv`. The search chose it by the rows of part `validation`, and saw none of the test part."
    often = "once" if tested.times == 1 else f"{tested.times} times, for as many nodes or clones of the run"
    yield from (f"In this run the test part was computed {often}.", "")
