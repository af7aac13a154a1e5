"""Failures that are one, repairs that left them as they were, and what the search makes of that."""

from dataclasses import replace
from random import Random

import pytest

from autoreclab import causes, events, lessons
from autoreclab.nodes import Action
from autoreclab.policy import finished, greedy
from autoreclab.progress import DONE
from autoreclab.report.course import taught
from autoreclab.tree import Tree
from autoreclab.view import node_lines, tree_lines
from tests.trees import node

KEY = "KeyError: 'user'"
LONG = """\
starting
Traceback (most recent call last):
  File "solution.py", line 3, in <module>
    main()
ValueError: 2 validation errors
metrics
  Input should be a list
    For further information visit a page
"""


def crashed(number, *parents, error=KEY, operator=None, **more):
    one = node(number, *parents, operator=operator or ("debug" if parents else "draft"), status="crashed", **more)
    return replace(one, execution=replace(one.execution, error=error))


def tree(*nodes):
    return Tree("run", "root", nodes=nodes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IndexError: index 12 is out of bounds for size 1,000", "IndexError: index 7 is out of bounds for size 3"),
        ("No such file or directory: 'u.data'", "No such file or directory: '/data/ml-100k/u.data'"),
        ("could not convert string to float: '3 stars'", "could not convert string to float: 'five stars'"),
        ("OSError: can't read /tmp/a/b.csv at 0x7f3a", "OSError: can't read data/c.csv at 0x11"),
    ],
)
def test_errors_that_differ_in_numbers_paths_and_values_have_one_cause(one, other):
    assert causes.blurred(one) == causes.blurred(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (KEY, "KeyError: 'item'"),
        ("AttributeError: no attribute 'als'", "AttributeError: no attribute 'knn'"),
        ("TypeError: expected int64", "TypeError: expected int32"),
    ],
)  # fmt: skip
def test_errors_that_name_another_thing_have_another_cause(one, other):
    assert causes.blurred(one) != causes.blurred(other)


def test_a_bound_an_error_and_what_the_harness_found_are_causes():
    killed = replace(node(1, status="crashed"), execution=replace(node(1).execution, status="crashed", limit="memory"))
    found = node(2, problems=("missing: ndcg@10 of seed 1", "all-zeros: all are 0"))
    assert causes.cause(killed).key == "limit: memory"
    assert causes.cause(node(3, status="timeout")) == causes.Cause("limit: time", "killed at its time limit")
    assert causes.cause(found).key == "found: all-zeros, missing"
    assert causes.cause(found).sentence == "missing: ndcg@10 of seed 1 (also found: all-zeros)"
    assert causes.cause(node(4)) is None and causes.cause(node(5, ran=False)) is None


def test_the_exception_is_found_above_its_long_message():
    assert causes.raised(LONG) == "ValueError: 2 validation errors"
    assert causes.raised(LONG.replace("ValueError", "OSError") + LONG) == "ValueError: 2 validation errors"


def test_an_exception_that_the_program_went_on_after_is_not_what_ended_it():
    assert causes.raised(LONG + "fold done\n" * causes.AFTER) == ""
    assert causes.raised("Traceback (most recent call last):\n  File") == causes.raised("too few users") == ""


def test_a_repair_that_fails_as_its_parent_did_is_recognised():
    run = tree(
        crashed(1), crashed(2, 1), crashed(3, 2, error="KeyError: 'item'"), crashed(4, 3, error="KeyError: 'item'")
    )
    assert [one and one.name for one in (causes.repeated(run, each) for each in run.nodes)] == [
        None,
        "0001",
        None,
        "0003",
    ]
    assert [one.name for one in causes.in_vain(run, run.nodes[3])] == ["0003"]


def test_running_on_is_no_repair_but_the_repairs_before_count():
    slow = {"status": "timeout", "files": "slow"}
    run = tree(
        node(1, status="timeout"), node(2, 1, operator="debug", **slow), node(3, 2, operator="continue", **slow),
        node(4, 3, operator="debug", status="timeout"),
    )  # fmt: skip
    assert [len(causes.in_vain(run, each)) for each in run.nodes] == [0, 1, 1, 2]


def test_failures_are_grouped_by_cause_with_what_removed_them():
    otherwise = crashed(4, 1, error="OSError: no")
    run = tree(crashed(1), crashed(2), otherwise, node(5, 2, operator="debug"), node(6, status="timeout"))
    first, second, third = causes.failures(run)
    assert (first.sentence, [one.name for one in first.nodes], first.fix.name) == (KEY, ["0001", "0002"], "0005")
    assert (second.sentence, second.fix) == ("OSError: no", None) and third.sentence == "killed at its time limit"
    assert causes.failures(tree(crashed(1), otherwise))[0].fix == otherwise, "better than nothing"


def decide(*nodes, debug_prob=1.0):
    return greedy(1, debug_prob, 0.0)(tree(*nodes), Random(0))


CHAIN = (crashed(1), crashed(2, 1), crashed(3, 2))


def test_what_two_repairs_left_as_it_was_is_not_debugged_again():
    assert decide(*CHAIN[:2]) == Action("debug", CHAIN[1])
    assert decide(*CHAIN) == Action("draft")
    assert decide(*CHAIN, working := node(4)) == Action("improve", working)
    assert decide(*CHAIN, other := crashed(4)) == Action("debug", other)


def test_a_chain_that_moves_from_error_to_error_is_debugged_on():
    moving = crashed(1), crashed(2, 1, error="OSError: a"), crashed(3, 2, error="TypeError: b")
    assert decide(*moving) == Action("debug", moving[2])


def test_a_person_who_pins_such_a_failure_has_it_debugged():
    pinned = crashed(3, 2, pinned=True)
    assert decide(*CHAIN[:2], pinned, crashed(4)) == Action("debug", pinned)


def test_drafts_made_instead_are_iterations_so_that_a_hopeless_search_ends():
    nodes, done = [], finished(1, 8)
    while not done(tree(*nodes)):
        action = decide(*nodes)
        nodes.append(crashed(len(nodes) + 1, *([action.parent.number] if action.parent else [])))
    assert [one.operator for one in nodes] == ["draft", "debug", "debug"] * 3


def test_people_see_that_a_repair_left_the_failure_as_it_was():
    run = tree(*CHAIN[:2])
    again = lessons.learned(run, run.nodes[1])
    assert [line.endswith("[0.50  1/2  crashed]  fails as 0001 did") for line in tree_lines(run, None)] == [
        False,
        False,
        True,
    ]
    assert f"learned: The same failure as 0001: {KEY}" in node_lines(run, again)
    assert DONE[events.Judged](events.Judged(again))[-1] == f"      learned: The same failure as 0001: {KEY}"
    assert list(taught(run, again)) == [f"- 0002 failed as 0001 did: {KEY}"]
