"""What is remembered: a lesson of each node, and what prompts are told within their budgets."""

from dataclasses import replace

import pytest

from autoreclab import lessons, memory, records
from autoreclab.nodes import Finding, Judgement, Verdict
from autoreclab.prompts import render
from autoreclab.tree import Tree
from tests.test_causes import KEY, crashed, tree
from tests.test_prompts import CONTEXT
from tests.trees import node


def lesson(run, number, said=""):
    return lessons.learned(run, run.nodes[number - 1], said).lesson


def test_what_failed_teaches_its_cause_whatever_a_judge_says_of_it():
    run = tree(crashed(1), crashed(2, 1), node(3, 2, operator="debug"), node(4, ran=False))
    assert lesson(run, 1, "All is well.") == KEY
    assert lesson(run, 2) == f"The same failure as 0001: {KEY}"
    assert lesson(run, 3) == f"without the failure of 0002 ({KEY}); score 0.50; not met: seen"
    assert lesson(run, 4) == ""


def test_what_works_teaches_what_the_judge_says_or_its_values_beside_its_parents():
    run = tree(
        node(1, metrics={"ndcg@10": 0.1201, "hit@10": 0.5}),
        node(2, 1, met=2, metrics={"ndcg@10": 0.1245, "hit@10": 0.5}),
    )
    assert lesson(run, 1) == "score 0.50, ndcg@10 0.1201, hit@10 0.5000; not met: seen"
    assert lesson(run, 2) == "score 0.50 → 1.00, ndcg@10 0.1201 → 0.1245, hit@10 0.5000, from 0001"
    assert lesson(run, 2, " More epochs\nhelp. ") == "More epochs help."
    assert len(lesson(run, 2, "x" * 1_000)) <= lessons.LONGEST


def test_a_lesson_comes_back_from_the_record_as_long_as_its_verdicts_count():
    told = replace(node(1), lesson="Epochs: ☃\u2028help")
    bare = replace(told, execution=None, judgement=None, lesson="")
    record = records.load(records.dump(records.of_node(told)))
    assert records.onto(bare, record, "plan") == told
    assert records.onto(bare, record, "another plan").lesson == ""


def test_a_record_of_before_has_no_lesson_and_is_read():
    record = records.of_node(node(1))
    assert "lesson" not in record and records.onto(node(1), record, "plan") == node(1)


def long_run(count):
    return Tree(
        "run",
        "root",
        nodes=tuple(
            replace(
                node(n),
                plan="why " * 200,
                execution=replace(node(n).execution, metrics={f"m{k}": 0.1 for k in range(90)}),
                lesson=f"Lesson {n}.",
            )
            for n in range(1, count + 1)
        ),
    )


def tried(count, share=1.0):
    return memory.of_tree(long_run(count))["tried"].shown(share)


def test_the_latest_are_told_whole_earlier_ones_in_a_few_words_and_the_first_counted():
    told = [one.told for one in tried(150)]
    assert told == ["counted"] * 20 + ["brief"] * 100 + ["whole"] * 30
    assert all(len(one.plan) <= memory.PLAN for one in tried(3))
    assert [one.told for one in tried(150, 0.5)] == ["counted"] * 80 + ["brief"] * 50 + ["whole"] * 20


def test_the_list_grows_at_its_end_so_that_what_was_sent_before_stays_a_prefix():
    texts = [render("draft", **(CONTEXT | {"tried": tried(count), "failures": []})) for count in range(30, 40)]
    ends = [text.index(f"Lesson {count}.") for count, text in zip(range(30, 40), texts, strict=True)]
    assert all(later.startswith(text[:end]) for text, later, end in zip(texts, texts[1:], ends, strict=False))


@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_what_was_tried_stays_within_its_budget(count):
    about = memory.of_tree(long_run(count))
    assert len(render("draft", **(CONTEXT | about | {"plan": CONTEXT["plan"]}))) < 60_000


def test_an_improvement_sees_what_was_made_of_its_node_before():
    nodes = (
        node(1),
        *(replace(node(n, 1), plan=f"plan {n}", lesson=f"lesson {n}") for n in range(2, 20)),
        node(20, 1, ran=False),
    )
    run = tree(*nodes)
    found = memory.children(run, run.nodes[0])
    assert [one.name for one in found] == [f"{n:04d}" for n in range(10, 20)]
    prompt = render("improve", **(CONTEXT | {"siblings": found}))
    assert "0019 improve, ok, score 0.50: node 19\n  Plan: plan 19\n  Lesson: lesson 19\n" in prompt


def test_failures_that_are_many_are_told_by_the_most_frequent_and_the_rest_counted():
    each = [crashed(n, error=f"OSError: {'ab' * n}") for n in range(1, 15)]
    told, more = memory.failures(tree(*each, crashed(15), crashed(16)))
    assert (len(told), more) == (memory.CAUSES, 3) and (told[-1].sentence, told[-1].nodes) == (KEY, "0015, 0016")


PROGRAMS = {1: "a = 1\nb = 2\nc = 3\n", 2: "a = 1\nb = 3\nc = 3\n", 3: "a = 1\nb = 3\nc = 3\n"}


def files(one):
    return {"solution.py": PROGRAMS.get(one.number, "x\n" * 9_000 if one.number % 2 else "y\n" * 9_000).encode()}


def test_a_repair_sees_what_each_node_above_changed_and_which_changes_were_in_vain():
    run = tree(crashed(1), crashed(2, 1), crashed(3, 2))
    about = memory.of_repair(run, run.nodes[2], files)
    assert [step.change for step in about["chain"]] == [
        "", "@@ -1,3 +1,3 @@\n a = 1\n-b = 2\n+b = 3\n c = 3", "(solution.py stayed as it was)",
    ]  # fmt: skip
    prompt = render("debug", **(CONTEXT | about))
    assert "It has the same failure as 0001, 0002: what was changed since then did not remove it" in prompt
    assert "0002 debug, crashed: node 2\n" in prompt and "+b = 3\n c = 3\n```" in prompt


def test_the_way_to_a_repair_stays_within_its_budget():
    run = tree(crashed(4), *(crashed(n, n - 1) for n in range(5, 30)))
    chain = memory.of_repair(run, run.nodes[-1], files)["chain"]
    assert [step.attempt.name for step in chain] == [f"{n:04d}" for n in range(24, 30)]
    assert all(0 < len(step.change) <= memory.CHANGE and "left out …" in step.change for step in chain)


def test_a_finding_is_a_lesson_too():
    judgement = Judgement((Verdict(True, "seen", "check"),), "plan", (Finding("all-zeros", "All are 0."),))
    run = tree(replace(node(1), judgement=judgement))
    assert lesson(run, 1, "It is perfect.") == "all-zeros: All are 0."
