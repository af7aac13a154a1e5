"""What may be started beside what is under way, on literal trees."""

from dataclasses import replace

import pytest

from autoreclab.nodes import Action
from autoreclab.plan import Design, Plan
from autoreclab.policy import finished, greedy
from autoreclab.schedule import Execute, Judge, Propose, next_step, onto
from autoreclab.tree import Tree
from tests.trees import node

PLAN = Plan(summary="", requirements=(), design=Design(datasets=(), factors=(), metrics=()))


def tree_of(*nodes):
    return Tree("run", "root", PLAN, nodes)


def started(*nodes, under_way=(), workers=4, drafts=3, iterations=10, debug_prob=1.0):
    """All that is started beside what is under way, until there is nothing more to start."""
    steps, policy, done = list(under_way), greedy(drafts, debug_prob, 0.0), finished(drafts, iterations)
    while step := next_step(onto(tree_of(*nodes), steps), steps, policy, done, seed=0, workers=workers):
        assert len(steps) < 20, "it never ends"
        steps.append(step)
    return steps[len(under_way) :]


def shown(steps):
    return [
        (step.number, step.action.kind, step.action.parent and step.action.parent.number)
        if isinstance(step, Propose)
        else (type(step).__name__, step.node.number)
        for step in steps
    ]


def waiting(number, *parents, **more):
    return node(number, *parents, ran=False, **more)


def test_drafts_are_asked_for_at_once_under_different_numbers_and_no_more_of_them():
    assert shown(started()) == [(1, "draft", None), (2, "draft", None), (3, "draft", None)]


def test_at_most_as_many_questions_as_workers():
    assert len(started(workers=2)) == 2


def test_with_one_worker_nothing_overlaps():
    assert shown(started(waiting(1), workers=1)) == [("Execute", 1)]
    assert shown(started(node(1, judged=False), waiting(2), workers=1)) == [("Execute", 2)]
    assert shown(started(node(1, judged=False), workers=1)) == [("Judge", 1)]


def test_nothing_starts_before_there_is_a_plan():
    tree = replace(tree_of(waiting(1)), plan=None)
    assert next_step(tree, [], greedy(3, 0.0, 0.0), finished(3, 10), seed=0, workers=4) is None


def test_at_most_as_many_programs_run_as_there_are_workers():
    assert shown(started(*map(waiting, range(1, 5)), workers=2)) == [("Execute", 1), ("Execute", 2)]


@pytest.mark.parametrize(("already", "more"), [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_proposals_run_ahead_of_executions_by_as_many_as_there_are_workers(already, more):
    running = [Execute(waiting(number)) for number in (1, 2)]
    nodes = [step.node for step in running] + [waiting(number) for number in range(3, 3 + already)]
    assert len(started(*nodes, under_way=running, workers=2, drafts=20)) == more


def test_judging_comes_before_proposing():
    assert shown(started(node(1), node(2, judged=False), drafts=1, workers=2)) == [("Judge", 2), (3, "improve", 1)]


def test_a_failing_leaf_is_not_debugged_twice_at_once():
    steps = started(node(1, status="crashed"), node(2, status="crashed"), drafts=2)
    assert sorted((step.action.kind, step.action.parent.number) for step in steps) == [("debug", 1), ("debug", 2)]


def test_a_program_is_not_continued_twice_at_once():
    steps = started(node(1, status="timeout", rows=5), node(2), drafts=2, debug_prob=0.0)
    assert [step.action.kind for step in steps] == ["continue", "improve", "improve", "improve"]


def test_where_nothing_works_as_yet_it_waits_for_what_is_under_way():
    running = Execute(waiting(1))
    assert started(running.node, under_way=[running], drafts=1) == []
    asked = Propose(2, Action("debug", failed := node(1, status="crashed")))
    assert started(failed, under_way=[asked], drafts=1) == []


def test_a_node_that_was_committed_but_not_announced_is_neither_counted_twice_nor_run():
    asked = Propose(1, Action("draft"))
    tree = onto(tree_of(waiting(1)), [asked])
    assert (tree.drafts, tree.next_number, tree.waiting) == (1, 2, None)
    assert shown(started(waiting(1), under_way=[asked])) == [(2, "draft", None), (3, "draft", None)]


def test_a_node_that_ran_but_was_not_announced_is_not_judged_yet():
    running = Execute(waiting(1))
    assert started(node(1, judged=False), under_way=[running], drafts=1) == []


def test_the_same_files_do_not_run_twice_at_once():
    first, second = waiting(1, files="same"), waiting(2, files="same")
    assert shown(started(first, second, waiting(3))) == [("Execute", 1), ("Execute", 3)]
    assert shown(started(node(1, files="same"), second, waiting(3)))[:2] == [("Execute", 2), ("Execute", 3)]


def test_programs_being_asked_for_count_as_iterations():
    asked = [Propose(3, Action("improve", best := node(1))), Propose(4, Action("improve", best))]
    assert started(best, node(2), under_way=asked, drafts=2, iterations=2) == []
    assert len(started(best, node(2), under_way=asked, drafts=2, iterations=3)) == 1


def test_when_the_search_is_done_what_waits_still_runs_and_is_judged():
    nodes = node(1, met=2), waiting(2), node(3, judged=False)
    assert shown(started(*nodes, drafts=1)) == [("Execute", 2), ("Judge", 3)]
    assert isinstance(started(*nodes, drafts=1)[1], Judge)
