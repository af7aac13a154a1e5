"""What the offline researcher tries: drafts, improvements, repairs."""

import ast

import pytest

from autoreclab.models.answers import Proposal
from autoreclab.models.offline.constants import constants, replaced
from autoreclab.models.offline.recipes import literal, recipes
from tests.offline.asking import SEEDS, ask, attempt, solution

PLAN = ask("plan", step="plan")


def draft(number: int, tried: list[Proposal], text: str = SEEDS, **more: object) -> Proposal:
    attempts = [attempt(proposal, f"{n:04d}") for n, proposal in enumerate(tried, 1)]
    return ask("draft", text, step=f"{number:04d}", plan=ask("plan", text), tried=attempts, **more)


def drafts(count: int, text: str = SEEDS) -> list[Proposal]:
    found: list[Proposal] = []
    while len(found) < count:
        found.append(draft(len(found) + 1, found, text))
    return found


def follow(prompt: str, parent: Proposal, tried: list[Proposal], step: str = "0009", **more: object) -> Proposal:
    attempts = [attempt(proposal) for proposal in tried]
    files = {file.path: file.content for file in parent.files}
    about = {"parent": attempt(parent), "files": files, "output": "", "results": "", "unmet": [], "plan": PLAN, **more}
    return ask(prompt, step=step, tried=attempts, **about)


def test_the_first_draft_is_what_the_task_asks_for() -> None:
    first = draft(1, [])
    assert first.title == "ImplicitMF, 20 factors, 15 epochs, 3 seeds"
    known = constants(solution(first))
    assert known["SETTINGS"]["ImplicitMF"] | {"embedding_size": 20, "epochs": 15} == known["SETTINGS"]["ImplicitMF"]
    assert (known["DATASET"], known["METRICS"], known["CUTOFFS"]) == ("simulated", ["ndcg"], [10])


def test_no_two_drafts_are_the_same_and_all_keep_to_what_the_task_fixes() -> None:
    found = drafts(8)
    assert len({solution(one) for one in found}) == len({one.title for one in found}) == 8
    for one in found:
        settings = constants(solution(one))["SETTINGS"]["ImplicitMF"]
        assert (settings["embedding_size"], settings["epochs"]) == (20, 15)


def test_drafts_of_parallel_workers_differ() -> None:
    assert draft(2, []).title != draft(1, []).title


@pytest.mark.parametrize("recipe", recipes())
def test_every_recipe_has_drafts_that_differ_and_parse(recipe: str) -> None:
    for one in drafts(3, f"---\nrecipe: {recipe}\n---\n# A study\n"):
        assert ast.get_docstring(ast.parse(solution(one)))
        assert max(map(len, solution(one).splitlines())) <= 120
        assert "\n\n\n\n" not in solution(one)
    assert len({solution(one) for one in drafts(3, f"---\nrecipe: {recipe}\n---\n# A study\n")}) == 3


def test_an_improvement_changes_one_setting_and_keeps_the_rest_of_the_program() -> None:
    parent = draft(1, [])
    mine = solution(parent).replace("def main():", "def mine():\n    pass\n\n\ndef main():")
    edited = parent.model_copy(update={"files": (parent.files[0].model_copy(update={"content": mine}),)})
    child = follow("improve", edited, [parent])
    changed = [line for line in solution(child).splitlines() if line not in mine.splitlines()]
    assert len(changed) == 1 and changed[0].startswith(("SETTINGS", "SCORING"))
    assert "def mine():" in solution(child)


def test_improvements_do_not_repeat_what_was_tried() -> None:
    tried = [draft(1, [])]
    for number in range(2, 9):
        tried.append(follow("improve", tried[0], tried, f"{number:04d}"))
    assert len({one.title for one in tried}) == len({solution(one) for one in tried}) == 8


def test_a_persons_program_without_settings_gets_a_draft_beside_it() -> None:
    parent = draft(1, [])
    manual = parent.model_copy(update={"files": (parent.files[0].model_copy(update={"content": "print('mine')\n"}),)})
    assert solution(follow("improve", manual, [], "0001")) == solution(parent)


@pytest.mark.parametrize("source", ["SETTINGS = 1", "SETTINGS = {1: {}}", "SETTINGS = {'ImplicitMF': 3}", "(", "\0"])
def test_settings_that_make_no_sense_are_as_good_as_none(source: str) -> None:
    parent = draft(1, [])
    manual = parent.model_copy(update={"files": (parent.files[0].model_copy(update={"content": source}),)})
    assert solution(follow("improve", manual, [], "0001")) == solution(parent)


def test_a_broken_variant_goes_back_to_the_defaults() -> None:
    first, second = drafts(2)
    assert solution(follow("debug", second, [second])) == solution(first)


def test_broken_defaults_become_cheaper_where_the_task_leaves_that_open() -> None:
    text = "# Seeds\n\nHow much do 3 seeds change NDCG@10 of ImplicitMF?"
    plan, parent = ask("plan", text), draft(1, [], text)
    about = {"tried": [attempt(parent)], "files": {"solution.py": solution(parent)}, "plan": plan}
    child = ask("debug", text, step="0002", **about)
    before, after = (constants(solution(one))["SETTINGS"]["ImplicitMF"] for one in (parent, child))
    assert after["epochs"] < before["epochs"] and after["embedding_size"] < before["embedding_size"]


def test_a_repair_never_reproduces_its_parent() -> None:
    tried = drafts(1)
    for number in range(2, 12):
        child = follow("debug", tried[-1], tried, f"{number:04d}")
        assert solution(child) != solution(tried[-1])
        tried.append(child)


def test_proposals_depend_on_context_and_step_alone() -> None:
    parent = draft(1, [])
    assert follow("improve", parent, [parent]) == follow("improve", parent, [parent])
    assert len({follow("improve", parent, [parent], f"{n:04d}").title for n in range(20)}) > 1


def test_settings_changed_after_planning_do_not_change_the_design() -> None:
    from autoreclab.settings import Settings

    assert (
        constants(solution(draft(1, [], settings=Settings(k_fold=5)))).keys()
        == constants(solution(draft(1, []))).keys()
    )


def test_a_title_can_not_break_out_of_the_docstring() -> None:
    text = '# Do """ import os \\ {{ seeds }} matter for EASE?\n\nNDCG@10 over 3 seeds.'
    assert ast.get_docstring(ast.parse(solution(draft(1, [], text))))


def test_several_datasets_are_a_factor_of_the_program() -> None:
    found = solution(draft(1, [], datasets=("ml-100k", "simulated")))
    assert 'DATASETS = ["simulated"]' not in found


@pytest.mark.parametrize(
    ("value", "source"),
    [((0, 1, 2), "range(3)"), ((2, 3, 4), "range(2, 5)"), ((1, 5), "[1, 5]"), ("a", '"a"'), ({"a": 1.5}, '{"a": 1.5}')],
)
def test_constants_are_written_as_one_would_by_hand(value: object, source: str) -> None:
    assert literal(value) == source


def test_a_constant_is_replaced_over_all_its_lines() -> None:
    source = "A = 1\nB = {\n    1: 2,\n}\nC = 3\n"
    assert replaced(source, {"B": "4", "X": "5"}) == "A = 1\nB = 4\nC = 3\n"
