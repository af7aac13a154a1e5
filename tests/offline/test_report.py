"""What the offline researcher reads off a results table, and what it says of requirements no check decides."""

import pytest

from tests.offline.asking import ask

HEADER = "algorithm,dataset,filters,part,metric,n,mean,sd,cv,ci_low,ci_high,n_users,seconds,source\n"
SEEDS = (
    HEADER
    + "ImplicitMF,simulated,,test,ndcg@10,3,0.1000,0.0030,0.03,0.0925,0.1075,300,1.5,recomputed\n"
    + "Popular,simulated,,test,ndcg@10,1,0.0500,,,,,300,0.1,recomputed\n"
)
COMPARISON = "# C\n\nCompare EASE and ItemKNN by NDCG@10."
TUNING = "# T\n\nTune ItemKNN with 5 and 20 neighbours for NDCG@10."
TUNED = (
    "algorithm,max_nbrs,stage," + HEADER.partition(",")[2] + "ItemKNN,5,,simulated,,validation,ndcg@10,1,0.2,,,,,300,1,"
    "recomputed\nItemKNN,20,,simulated,,validation,ndcg@10,1,0.3,,,,,300,1,recomputed\n"
    "ItemKNN,,chosen,simulated,,test,ndcg@10,1,0.25,,,,,300,1,recomputed\n"
    "Popular,,,simulated,,test,ndcg@10,1,0.1,,,,,300,1,recomputed\n"
)


def test_the_answer_gives_the_size_of_the_spread_and_the_mean() -> None:
    answer = ask("report", results=SEEDS, plan=None).answer
    assert "vary by 3.0%" in answer
    assert "ndcg@10 0.1000 on average of 3 (standard deviation 0.0030" in answer
    assert "0.0925 to 0.1075" in answer


def test_the_interpretation_compares_with_the_baseline() -> None:
    interpretation = ask("report", results=SEEDS, plan=None).interpretation
    assert "ImplicitMF is 100% above Popular (0.0500) in ndcg@10." in interpretation


def test_the_limitations_name_what_was_not_understood() -> None:
    text = "# Seeds\n\nHow much do 3 seeds change NDCG@10 of ImplicitMF? Add a t-test."
    assert "t-test" in ask("report", text, results=SEEDS, plan=None).limitations


def test_a_comparison_is_answered_with_the_best() -> None:
    rows = SEEDS.replace("ImplicitMF", "EASE") + "ItemKNN,simulated,,test,ndcg@10,1,0.12,,,,,300,1,recomputed\n"
    assert ask("report", COMPARISON, results=rows, plan=None).answer.startswith(
        "The highest mean ndcg@10 is 0.1200, of ItemKNN"
    )


def test_a_tuned_setting_is_named_and_its_value_is_that_of_the_test_part() -> None:
    answer = ask("report", TUNING, results=TUNED, plan=None).answer
    assert "Of 2 candidates, max_nbrs 20 is best on the validation part (0.3000)." in answer
    assert "ItemKNN (stage chosen) has ndcg@10 0.2500" in answer


def test_of_errors_the_lowest_is_best() -> None:
    text, rows = TUNING.replace("NDCG@10", "RMSE"), TUNED.replace("ndcg@10", "rmse").replace("Popular", "Bias")
    assert "max_nbrs 5 is best on the validation part (0.2000)." in ask("report", text, results=rows, plan=None).answer


def test_repeating_what_knows_no_chance_is_called_that() -> None:
    text = "# C\n\nCompare EASE and ImplicitMF by NDCG@10 over 5 seeds."
    assert "Training EASE knows no chance" in ask("report", text, results=SEEDS, plan=None).limitations


@pytest.mark.parametrize("results", ["", HEADER, SEEDS.replace("recomputed", "program")])
def test_without_recomputed_values_the_question_stays_open(results: str) -> None:
    assert "stays open" in ask("report", results=results, plan=None).answer


@pytest.mark.parametrize(
    ("requirement", "results", "met"),
    [
        ("The standard deviation is given.", SEEDS, True),
        ("The standard deviation is given.", HEADER, False),
        ("The standard deviation is given.", SEEDS.replace("recomputed", "program"), False),
        ("The setting was chosen on a validation part, and only that.", TUNED, True),
        ("The setting was chosen on a validation part, and only that.", SEEDS, False),
        ("Not understood offline: “The standard deviation of joy.”", SEEDS, False),
        ("It is beautiful.", SEEDS, False),
    ],
)
def test_an_opinion_rests_on_the_table_alone(requirement: str, results: str, met: bool) -> None:
    opinions = ask("judge", results=results, undecided=[(4, requirement)], plan=None).opinions
    assert [(opinion.requirement, opinion.met) for opinion in opinions] == [(4, met)]
    assert opinions[0].evidence
    assert opinions[0].quote in results and bool(opinions[0].quote) == met
