"""Values survive the way through a note's text."""

import dataclasses

import pytest
import yaml

from autoreclab import records
from autoreclab.nodes import Finding, Judgement, Verdict
from autoreclab.plan import Design, Factor, Plan, Requirement
from autoreclab.usage import Usage
from tests.trees import node

PLAN = Plan(
    summary="Seeds: two\nlines",
    requirements=(Requirement(text="All there", check="design"), Requirement(text="It's “clear”: yes")),
    design=Design(
        datasets=("ml-100k",),
        factors=(Factor(name="algorithm", levels=("ImplicitMF",)), Factor(name="seed", levels=(0, 1, 2))),
        metrics=("ndcg@10",),
        filters="rating > 3, 5-core",
        split="holdout(test=0.2)",
    ),
)

SPENT = {
    "coder": Usage(2, 3000, 700, cached_tokens=1024, seconds=12.5, cost=0.0123),
    "judge": Usage(1, 900, 20, unpriced=1),
}


def judged(text="as the ledger shows"):
    verdicts = Verdict(True, text, "check"), Verdict(False, "no\r\nwell: — ☃", "judge")
    ran = node(1, metrics={"ndcg@10": 0.1}, problems=("splits: differ",))
    findings = (Finding("all-zeros", "All\nvalues are 0: — ☃", ("seed=1", "seed=2"), binding=False),)
    judgement = Judgement(verdicts, PLAN.fingerprint, findings)
    return dataclasses.replace(ran, judgement=judgement, spent=SPENT)


def test_a_plan_comes_back_equal():
    assert records.plan_in(records.load(records.dump(records.of_plan(PLAN)))) == PLAN


def test_no_plan_yet_is_none():
    assert records.plan_in({}) is None


@pytest.mark.parametrize("text", ["plain", 'a\nstatus: "ok"', "\u2028 line separator", "tab\tnull\x00", ""])
def test_a_judged_node_comes_back_equal_whatever_its_texts_hold(text):
    bare = dataclasses.replace(judged(text), execution=None, judgement=None, spent={})
    assert records.onto(bare, records.load(records.dump(records.of_node(judged(text)))), PLAN.fingerprint) == judged(
        text
    )


def test_what_a_node_cost_comes_back_by_role_and_of_a_record_without_roles_as_the_coders():
    bare = dataclasses.replace(judged(), spent={})
    record = records.of_node(judged())
    assert records.onto(bare, record, None).spent["coder"].seconds == 12.5
    assert record["judge.calls"] == 1 and record["judge.cost"] is None
    old = {key: value for key, value in record.items() if key.partition(".")[0] not in SPENT}
    old |= {"calls": 3, "input_tokens": 3900, "output_tokens": 720}
    assert records.onto(bare, old, None).spent == {"coder": Usage(3, 3900, 720, unpriced=3)}
    assert records.onto(bare, {**old, "calls": 0}, None).spent == {}


def test_a_record_is_valid_yaml():
    assert yaml.safe_load(records.dump(records.of_node(judged()))) == records.of_node(judged())


def test_a_record_about_another_commit_or_tree_does_not_count():
    bare = dataclasses.replace(judged(), execution=None, judgement=None)
    record = records.of_node(judged())
    assert records.onto(bare, record | {"commit": "another"}, PLAN.fingerprint) == bare
    assert records.onto(bare, record | {"tree": "another"}, PLAN.fingerprint) == bare


def test_verdicts_under_another_plan_or_evaluator_do_not_count_but_the_facts_do():
    record = records.of_node(judged())
    other = PLAN.model_copy(update={"requirements": PLAN.requirements[:1]})
    assert records.onto(judged(), record, other.fingerprint).judgement is None
    assert records.onto(judged(), record | {"evaluator": 0}, PLAN.fingerprint).judgement is None
    assert records.onto(judged(), record, other.fingerprint).execution == judged().execution


def test_the_line_for_people():
    assert records.line(judged(), "ndcg@10") == "0.50  1/2  ndcg@10 0.1000  problems"
    assert records.line(node(1, ran=False), None) == "waiting"
