"""The search's decisions, on literal trees."""

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
    assert decide(node(1, problems=("disagreement",)), drafts=1) == ("debug", 1)


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


def done(*nodes, drafts=1, iterations=2, metric=None):
    return finished(drafts, iterations)(Tree("run", "root", nodes=nodes, metric=metric))


def test_a_satisfactory_draft_ends_the_search_once_all_drafts_ran():
    assert done(node(1, met=2), drafts=2) is None
    assert "satisfies" in done(node(1, met=2), node(2), drafts=2)


def test_problems_make_a_node_unsatisfactory():
    assert done(node(1, met=2, problems=("disagreement",))) is None


def test_iterations_are_counted_after_the_drafts():
    assert done(node(1), node(2, 1)) is None
    assert "2 iterations" in done(node(1), node(2, 1), node(3, 1, operator="debug"))


def test_a_metric_goes_on_until_its_target():
    metric = Metric("ndcg@10", target=0.3)
    assert done(node(1, met=2, metrics={"ndcg@10": 0.2}), metric=metric) is None
    assert "target" in done(node(1, met=2, metrics={"ndcg@10": 0.3}), metric=metric)


def test_no_iterations_at_all_is_a_limit_too():
    assert "0 iterations" in done(node(1), iterations=0)
