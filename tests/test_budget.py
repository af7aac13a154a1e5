"""Whether more fits into what a run may spend."""

import dataclasses

import pytest

from autoreclab.budget import LONGEST, Budget, expected, largest, used
from autoreclab.policy import affordable, finished
from autoreclab.tree import Tree
from autoreclab.usage import Paid, Usage
from tests.trees import node

CODER = Paid("coder", Usage(1, 900, 100, seconds=30.0, cost=0.5))
JUDGE = Paid("judge", Usage(1, 400, 100, seconds=10.0, cost=0.25))
STEP = (CODER, JUDGE)


def grown(*nodes, paid=STEP):
    return Tree("run", "root", nodes=nodes, paid=paid)


@pytest.mark.parametrize(
    ("budget", "reason"),
    [(Budget(), None), (Budget(cost=1.5), None), (Budget(tokens=3000), None), (Budget(hours=82 / 3600), None),
     (Budget(cost=1.49), "the budget of 1.49 USD is spent (0.75 USD); to go on, resume with a larger --max-cost"),
     (Budget(tokens=2999), "the budget of 2,999 tokens is spent (1,500 tokens); to go on, resume with a larger "
      "--max-tokens"),
     (Budget(hours=0.02), "the budget of 0.02 hours is spent (0.01 hours); to go on, resume with a larger "
      "--max-hours")],
)  # fmt: skip
def test_a_step_begins_where_the_largest_so_far_would_fit_once_more(budget, reason):
    assert budget.over(grown(node(1))) == reason  # the node ran for 1 s


def test_room_is_kept_for_the_verdicts_on_what_is_under_way():
    assert not Budget(tokens=3499).over(grown(node(1)))
    assert Budget(tokens=3499).over(grown(node(1), node(2, ran=False)))
    assert not Budget(tokens=3499).over(grown(node(1), node(2, ran=False, pruned=True)))


def test_a_budget_that_is_reached_is_spent_though_nothing_more_is_needed():
    assert Budget(tokens=1500).passed(used(grown()), Usage()) and not Budget(tokens=1501).passed(used(grown()), Usage())


def test_what_has_no_price_counts_in_tokens_and_not_in_usd():
    unpriced = Paid("coder", Usage(1, 900, 100, unpriced=1))
    said = Budget(cost=0.4).over(grown(paid=(*STEP, unpriced)))
    assert "(0.75 USD and 1 call unpriced)" in said
    assert not Budget(cost=0.01).over(grown(paid=(unpriced,)))
    assert Budget(tokens=1000).over(grown(paid=(unpriced,)))


def test_done_is_what_was_done_or_more_than_the_budget_allows():
    done = affordable(finished(1, 1), Budget(tokens=2999))
    assert done(grown(node(1, met=2))) == "a node satisfies every requirement"
    assert "2,999 tokens" in done(grown(node(1)))
    assert done(Tree("run", "root")) is None


def test_an_execution_that_two_nodes_share_took_place_once():
    shared = grown(node(1, files="same"), node(2, files="same"), node(3))
    assert used(shared).seconds == 40.0 + 2.0


def test_hours_are_shared_by_the_programs_that_wait_and_leave_time_for_the_verdicts():
    hours = Budget(hours=1.0)
    assert Budget(cost=1.0).seconds_left(grown(node(1))) is None
    assert hours.seconds_left(grown(node(1))) == 3600 - 41 - 10
    assert hours.seconds_left(grown(node(1), node(2, ran=False), node(3, ran=False))) == 3559 / 2 - 10
    assert Budget(hours=0.01).seconds_left(grown(node(1))) < 0


def test_a_question_is_expected_to_be_answered_at_the_length_of_its_roles_longest_answer():
    assert expected(3000, "coder", ()) == Usage(1, 1000, LONGEST)
    longer = dataclasses.replace(CODER, usage=Usage(1, 1, 700, cost=0.1))
    assert expected(3000, "coder", (*STEP, longer)) == Usage(1, 1000, 700)
    assert largest((*STEP, longer), "coder") == Usage(1, 900, 700, cost=0.5)
