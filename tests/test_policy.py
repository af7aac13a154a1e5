"""The search's decisions, on literal trees."""

from dataclasses import replace
from random import Random

from autoreclab.policy import finished, greedy
from autoreclab.task import Metric
from autoreclab.tree import Tree
from tests.trees import node


def decide(*nodes, drafts=3, debug_prob=0.0, epsilon=0.0, metric=None, seed=0):
    action = greedy(drafts, debug_prob, epsilon)(Tree("run", "root", nodes=nodes, metric=metric), Random(seed))
    return action.kind, action.parent and action.parent.number


def test_an_empty_tree_is_drafted():
    assert decide() == ("draft", None)


def test_all_drafts_come_first_even_after_a_satisfactory_one():
    assert decide(node(1, met=2), node(2, status="crashed")) == ("draft", None)


def test_a_broken_leaf_is_debugged_when_nothing_works():
    assert decide(*(node(i, status="crashed") for i in (1, 2, 3)))[0] == "debug"


def test_a_node_with_problems_is_debugged_like_a_crash():
    assert decide(node(1, problems=("disagreement: 0.1 is 0.2",)), drafts=1) == ("debug", 1)


def test_a_debugged_failure_is_no_leaf_any_more():
    assert decide(node(1, status="crashed"), node(2, 1, status="timeout"), drafts=1) == ("debug", 2)


def test_debugging_happens_with_its_probability():
    assert decide(node(1, status="crashed"), node(2), drafts=2, debug_prob=1.0) == ("debug", 1)
    assert decide(node(1, status="crashed"), node(2), drafts=2, debug_prob=0.0) == ("improve", 2)


def test_the_best_is_improved():
    assert decide(node(1, met=0), node(2, met=1), node(3, met=0)) == ("improve", 2)


def test_epsilon_improves_any_working_node():
    picks = {decide(node(1, met=0), node(2), node(3, status="crashed"), epsilon=1.0, seed=s)[1] for s in range(20)}
    assert picks == {1, 2}


def test_among_equal_scores_the_metric_decides_then_the_earlier_node():
    nodes = node(1, metrics={"rmse": 0.9}), node(2, metrics={"rmse": 0.8}), node(3, metrics={"rmse": 0.8})
    assert decide(*nodes, metric=Metric("rmse", maximize=False)) == ("improve", 2)
    assert decide(*nodes) == ("improve", 1)


def test_the_same_random_source_decides_the_same():
    tree = node(1), node(2), node(3)
    assert decide(*tree, epsilon=0.5, seed=7) == decide(*tree, epsilon=0.5, seed=7)


def test_what_is_pruned_and_what_was_derived_from_it_is_never_chosen_nor_best():
    nodes = node(1, met=2, pruned=True), node(2, 1, met=2), node(3, 2, status="crashed"), node(4, met=0)
    assert {decide(*nodes, drafts=2, debug_prob=0.5, epsilon=0.5, seed=seed) for seed in range(20)} == {("improve", 4)}
    assert Tree("run", "root", nodes=nodes).best == nodes[3]


def test_a_merge_with_a_pruned_parent_is_derived_from_it():
    tree = Tree("run", "root", nodes=(node(1), node(2, pruned=True), node(3, 1, 2)))
    assert [one.number for one in tree.live] == [1]


def test_a_whole_pruned_tree_is_drafted_anew():
    assert decide(node(1, met=2, pruned=True), node(2, 1, status="crashed"), drafts=1) == ("draft", None)


def test_a_failure_whose_repair_was_pruned_is_debugged_again():
    assert decide(node(1, status="crashed"), node(2, 1, status="crashed", pruned=True), drafts=1) == ("debug", 1)


def test_the_best_of_the_pinned_is_improved_even_where_another_is_better():
    nodes = node(1, met=2), node(2, met=0, pinned=True), node(3, met=1, pinned=True)
    assert {decide(*nodes, seed=seed) for seed in range(5)} == {("improve", 3)}
    assert {decide(*nodes, epsilon=1.0, seed=seed)[1] for seed in range(20)} == {2, 3}


def test_a_pinned_failing_leaf_is_debugged_first():
    nodes = node(1, status="crashed"), node(2, status="crashed", pinned=True), node(3, status="crashed")
    assert {decide(*nodes, seed=seed) for seed in range(9)} == {("debug", 2)}


def test_a_pin_on_what_can_not_be_improved_changes_nothing():
    assert decide(node(1, status="crashed", pinned=True), node(2), drafts=2) == ("improve", 2)


def timeout(number, *parents, rows, files="slow", **about):
    """A node that was killed at its time limit with that many rows: a draft, or the continuation of its parent."""
    operator = "continue" if parents else "draft"
    return node(number, *parents, operator=operator, status="timeout", rows=rows, files=files, **about)


def test_what_its_time_limit_killed_with_rows_is_continued_before_anything_else():
    nodes = node(1, met=1), node(2, status="crashed"), timeout(3, rows=4)
    assert decide(*nodes, debug_prob=1.0, epsilon=1.0) == ("continue", 3)
    assert decide(*nodes, drafts=4) == ("draft", None)


def test_a_time_limit_that_brought_nothing_or_something_wrong_is_debugged():
    assert decide(timeout(1, rows=0), drafts=1) == ("debug", 1)
    assert decide(timeout(1, rows=4, problems=("disagreement: 0.1 is 0.2",)), drafts=1) == ("debug", 1)
    assert decide(node(1, status="crashed", rows=4), drafts=1) == ("debug", 1)


def test_a_continuation_is_continued_as_long_as_it_brings_new_rows():
    assert decide(timeout(1, rows=4), timeout(2, 1, rows=6), drafts=1) == ("continue", 2)
    assert decide(timeout(1, rows=4), timeout(2, 1, rows=6), timeout(3, 2, rows=6), drafts=1) == ("debug", 3)


def test_a_continuation_that_ended_well_is_improved_and_one_that_crashed_debugged():
    ended = {"operator": "continue", "files": "slow", "rows": 6}
    assert decide(timeout(1, rows=4), node(2, 1, **ended), drafts=1) == ("improve", 2)
    assert decide(timeout(1, rows=4), node(2, 1, status="crashed", **ended), drafts=1) == ("debug", 2)


def test_of_several_the_one_with_most_rows_is_continued_and_pinned_ones_first():
    nodes = timeout(1, rows=2, files="a"), timeout(2, rows=6, files="b"), timeout(3, rows=4, files="c")
    assert decide(*nodes) == ("continue", 2)
    assert decide(nodes[0], nodes[1], timeout(3, rows=4, files="c", pinned=True)) == ("continue", 3)


def test_what_is_pruned_is_not_continued_nor_what_a_pruned_node_continues():
    assert decide(timeout(1, rows=4, pruned=True), node(2), drafts=1) == ("improve", 2)
    pruned = node(2, 1, operator="continue", files="slow", ran=False, pruned=True)
    assert decide(timeout(1, rows=4), pruned, drafts=1) == ("debug", 1)


def test_of_twins_one_alone_is_continued():
    twins = timeout(1, rows=4), timeout(2, rows=4)
    assert decide(*twins, drafts=2) == ("continue", 1)
    assert decide(*twins, timeout(3, 1, rows=6), drafts=2) == ("continue", 3)
    assert decide(*twins, timeout(3, 1, rows=4), drafts=2)[0] == "debug"


def test_a_persons_program_that_was_killed_is_continued_and_no_longer_than_it_gets_on():
    """A person's node has no number and stands after those that have one."""
    theirs = replace(timeout(9, rows=4), number=None, operator="manual")
    assert decide(node(1), theirs, drafts=1) == ("continue", None)
    assert decide(node(1), timeout(2, 9, rows=6), theirs, drafts=1) == ("continue", 2)
    assert decide(node(1), timeout(2, 9, rows=4), theirs, drafts=1, debug_prob=1.0) == ("debug", 2)


def test_a_twin_takes_what_its_program_came_to_and_a_continuation_takes_nothing():
    waiting = (
        node(4, operator="debug", files="slow", ran=False),
        node(5, 2, operator="continue", files="slow", ran=False),
    )
    tree = Tree("run", "root", nodes=(timeout(1, rows=4), timeout(2, 1, rows=6), node(3), *waiting))
    assert [twin and twin.number for twin in map(tree.twin, waiting)] == [2, None]


def test_a_continuation_has_the_time_of_all_that_it_continues():
    nodes = timeout(1, rows=2), timeout(2, 1, rows=4), timeout(3, 2, rows=6), node(4)
    tree = Tree("run", "root", nodes=nodes)
    assert [tree.time_limits(one) for one in nodes] == [1, 2, 3, 1]
    assert tree.failed == (nodes[2],), "what was continued did not fail"


def test_without_the_program_that_it_continued_a_continuation_is_one_of_any_program():
    amended = timeout(1, rows=4, files="amended"), timeout(2, 1, rows=6)
    tree = Tree("run", "root", nodes=amended)
    assert (tree.continues(amended[1]), tree.time_limits(amended[1])) == (None, 1)


def test_what_is_pruned_before_it_ran_is_not_run():
    tree = Tree("run", "root", nodes=(node(1, ran=False, pruned=True), node(2, judged=False, pruned=True)))
    assert (tree.waiting, tree.unjudged) == (None, None)


def done(*nodes, drafts=1, iterations=2, metric=None):
    return finished(drafts, iterations)(Tree("run", "root", nodes=nodes, metric=metric))


def test_a_satisfactory_draft_ends_the_search_once_all_drafts_ran():
    assert done(node(1, met=2), drafts=2) is None
    assert "satisfies" in done(node(1, met=2), node(2), drafts=2)


def test_problems_make_a_node_unsatisfactory():
    assert done(node(1, met=2, problems=("disagreement: 0.1 is 0.2",))) is None


def test_a_pruned_node_satisfies_nobody():
    assert done(node(1, met=2, pruned=True)) is None


def test_iterations_are_counted_after_the_drafts():
    assert done(node(1), node(2, 1)) is None
    assert "2 iterations" in done(node(1), node(2, 1), node(3, 1, operator="debug"))
    assert "2 iterations" in done(timeout(1, rows=2), timeout(2, 1, rows=4), timeout(3, 2, rows=6))


def test_a_metric_goes_on_until_its_target():
    metric = Metric("ndcg@10", target=0.3)
    assert done(node(1, met=2, metrics={"ndcg@10": 0.2}), metric=metric) is None
    assert "target" in done(node(1, met=2, metrics={"ndcg@10": 0.3}), metric=metric)


def test_no_iterations_at_all_is_a_limit_too():
    assert "0 iterations" in done(node(1), iterations=0)
