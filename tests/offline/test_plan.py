"""The plan that follows from a task: design, requirements and summary."""

from autoreclab.errors import TaskError
from autoreclab.models.offline.recipes import recipes
from autoreclab.plan import Plan
from tests.offline.asking import ask

OWN = """# Seeds

How much do 3 seeds change NDCG@10 of ImplicitMF?

## Requirements

- NDCG@10 is recorded for every seed.
- The standard deviation is given.
- There is a plot.
- Popularity is beside it.
- The plot is a histogram.
- It is elegant.
"""


def plan(text: str, **more: object) -> Plan:
    return ask("plan", text, step="plan", **more)


def test_the_design_holds_the_factors_with_all_their_levels() -> None:
    design = plan("# S\n\nHow much do 3 seeds change NDCG@5 of EASE and ImplicitMF?").design
    assert {factor.name: factor.levels for factor in design.factors} == {
        "algorithm": ("EASE", "ImplicitMF"),
        "seed": (0, 1, 2),
    }
    assert (design.datasets, design.metrics) == (("simulated",), ("ndcg@5",))


def test_the_baseline_is_no_level_of_the_design() -> None:
    design = plan("# C\n\nCompare EASE with popularity by NDCG.").design
    assert all("Popular" not in factor.levels for factor in design.factors)


def test_the_requirements_are_the_recipes_then_soundness_and_clarity_then_the_tasks_own() -> None:
    checks = [(item.text, item.check) for item in plan(OWN).requirements]
    assert [check for _, check in checks[:5]] == ["design", "baseline", "figures", "recomputed", "clear"]
    assert [text.split(":")[0] for text, _ in checks[3:5]] == ["The method is sound", "The code is clear"]
    assert checks[5:] == [
        ("NDCG@10 is recorded for every seed.", "design"),
        ("The standard deviation is given.", None),
        ("There is a plot.", "figures"),
        ("Popularity is beside it.", "baseline"),
        ("Not understood offline: “The plot is a histogram.”", None),
        ("Not understood offline: “It is elegant.”", None),
    ]


def test_what_was_not_understood_becomes_a_requirement_that_stays_unmet() -> None:
    requirements = plan("# C\n\nCompare EASE with SASRec by NDCG.").requirements
    assert requirements[-1].text == "Not understood offline: “SASRec”"
    opinion = ask("judge", undecided=[(6, requirements[-1].text)], results="", plan=None).opinions[0]
    assert (opinion.requirement, opinion.met) == (6, False)


def test_the_summary_says_what_was_understood() -> None:
    summary = plan("# C\n\nCompare EASE and ItemKNN by NDCG@10 on ratings above 3, the 5-core, 3-fold.").summary
    for part in ("EASE and ItemKNN", "simulated", "ndcg@10", "3 folds", "ratings above 3", "5-core", "Popular"):
        assert part in summary


def test_a_plan_is_a_pure_function_of_its_context() -> None:
    assert plan(OWN) == plan(OWN)


def test_every_recipe_plans_a_design_and_checks_it() -> None:
    for name in recipes():
        found = plan(f"---\nrecipe: {name}\n---\n# A study\n")
        assert list(found.design.conditions()) and found.design.metrics
        assert {"design", "baseline", "figures", "recomputed", "clear"} <= {item.check for item in found.requirements}


def test_without_a_recipe_nothing_is_planned() -> None:
    try:
        plan("# Poem\n\nWrite a poem.")
    except TaskError as error:
        assert "no recipe" in str(error)
    else:
        raise AssertionError("a poem was planned")


def test_a_check_that_the_task_names_or_that_its_words_mean_is_in_the_plan() -> None:
    own = "- LensKit is used.\n- It runs by its command line.\n- It is elegant. [check: file elegance.txt]\n"
    requirements = plan(f"# C\n\nCompare EASE and ItemKNN by NDCG.\n\n## Requirements\n\n{own}").requirements
    assert [(item.text, item.check) for item in requirements[-3:]] == [
        ("LensKit is used.", "package lenskit"),
        ("It runs by its command line.", "reruns"),
        ("It is elegant.", "file elegance.txt"),
    ]
