"""Numbers in an interpretation: found in the files of the experiment, or marked."""

import dataclasses

import pytest

from autoreclab.models.answers import Interpretation
from autoreclab.report.words import answer, interpretation, unsupported
from tests.report.subjects import comparisons, evidence, subject
from tests.trees import node

COMPARED = comparisons({"algorithm_a": "ImplicitMF", "difference": "0.0601", "t_p_holm": "0.00321"})
WARNED = node(1, met=2, metrics={"ndcg@10": 0.1201})
TREE = (WARNED, dataclasses.replace(node(2, met=1, metrics={"ndcg@10": 0.1349}), title="MF, regularization 0.015"))


def missing(text):
    words = Interpretation(answer="Yes.", interpretation=text, limitations="Few.")
    about = subject(*TREE, evidence=evidence(comparisons=COMPARED), preview="density 6.30%")
    return unsupported(about, words)


@pytest.mark.parametrize(
    "text",
    [
        "NDCG@10 of ImplicitMF is 0.1201 on average of 3 seeds (standard deviation 0.0034, 2.8 % of the mean)",
        "the 95 % confidence interval goes from 0.1117 to 0.1285, so ±0.0084",
        "the seeds lie between 0.1167 and 0.1235, 0.0068 apart, the best 5.8 % above the worst",
        "it is twice Popular's 0.06: 0.0601 more, 100 % more, 2.0 times as much",
        "p = 0.003 after Holm, thus p < 0.05",
        "node 0002 reaches 0.1349 with a regularization of 0.015, 12 % more than node 1",
        "54,413 of 100,000 interactions are left (54 %), 938 users, 1,008 items; about 54,000",
        "ratings above 3, the 5-core, an 80/20 split, 20 % held out, 10,882 test interactions",
        "3 seeds, 6 values, 2 metrics, 20 factors, 40.5 as weight, 2 of 2 requirements, 1 dataset",
        "recall is 22 %; density 6.3 %; LensKit 2025.8.1; ml-100k",
    ],
)
def test_what_the_files_say_is_borne_out(text):
    assert missing(text) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("NDCG@10 is 0.42", ["0.42"]),
        ("NDCG@20 is 0.1201", ["20"]),
        ("it varies by 3.8 %", ["3.8 %"]),
        ("over 30 seeds and 7 datasets", ["30", "7"]),
        ("recall of 0.23 against 0.77 and 0.78 in the comments", ["0.77", "0.78"]),
        ("as published in 2008", ["2008"]),
        ("it took 12.5 s", ["12.5"]),
    ],
)
def test_what_no_file_says_is_not(text, numbers):
    assert missing(text) == numbers


def test_what_is_not_borne_out_is_marked_in_its_place_and_listed_at_the_top():
    words = Interpretation(answer="It is 0.42 [sic].", interpretation="0.1201, not 17 %.", limitations="0.42 again.")
    about = subject()
    top = "\n".join(answer(about, words))
    assert "It is 0.42 [unsupported] \\[sic\\]." in top and "**Numbers without a source: 0.42, 17 %.**" in top
    assert "0.1201, not 17 % [unsupported]." in "\n".join(interpretation(about, words, "gpt"))


def test_without_unsupported_numbers_nothing_is_said_of_them():
    words = Interpretation(answer="It is 0.1201.", interpretation="", limitations="")
    assert "unsupported" not in "\n".join(answer(subject(), words))
