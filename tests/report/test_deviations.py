"""Where results depart from the request: each kind is found, and nothing is where there is nothing."""

import pytest

from autoreclab.nodes import Judgement, Verdict
from autoreclab.plan import Requirement
from autoreclab.report import deviations
from autoreclab.report.deviations import unseeded
from tests.report.subjects import DESIGN, LEDGER, METADATA, evidence


def found(design=DESIGN, ledger=LEDGER, **changes):
    return list(deviations.of(evidence(design=design, ledger=ledger, **changes)))


def changed(**fields):
    return DESIGN.model_copy(update=fields)


def lines(keep):
    head, *rows = LEDGER.splitlines(keepends=True)
    return head + "".join(row for row in rows if keep(row))


def test_what_was_asked_for_is_no_deviation():
    assert found() == []


@pytest.mark.parametrize("filters", ["rating > 3.0, 5-core", "ratings ignored, rating > 3, 5-core", ""])
def test_filters_that_mean_the_same_or_were_left_open_are_none(filters):
    assert found(design=changed(filters=filters)) == []


@pytest.mark.parametrize("filters", ["rating >= 3, 5-core", "rating > 3", "5-core, rating > 3", "rating > 3, 10-core"])
def test_other_filters_are_found(filters):
    expected = f"Filters: '{filters}' was asked for, and 6 rows of the ledger have 'rating > 3, 5-core'."
    assert found(design=changed(filters=filters)) == [expected]


def test_a_ledger_without_filters_is_found():
    (sentence,) = found(ledger=LEDGER.replace('"rating > 3, 5-core"', ""))
    assert sentence.endswith("6 rows of the ledger have 'none'.")


@pytest.mark.parametrize("split", ["holdout(test=0.1)", "leave-one-out", "k-fold(folds=5)"])
def test_another_split_is_found(split):
    expected = f"Split: '{split}' was asked for, and 6 rows of the ledger have 'holdout(test=0.2)'."
    assert found(design=changed(split=split)) == [expected]


@pytest.mark.parametrize(
    ("label", "plain"),
    [
        ("leave-one-out(seed=42)", "leave-one-out"),
        ("k-fold(folds=5, fold=3, seed=0)", "k-fold(folds=5)"),
        ("holdout(test=0.2, seed=1), then holdout(test=0.1, seed=1)", "holdout(test=0.2)"),
        ("holdout(test=0.2)", "holdout(test=0.2)"),
    ],
)
def test_seeds_folds_and_inner_splits_make_no_other_split(label, plain):
    assert unseeded(label) == plain


def test_data_that_nobody_asked_for_is_found():
    ledger = LEDGER + LEDGER.splitlines()[1].replace("ml-100k", "mock") + "\n"
    assert found(ledger=ledger) == ["Data: there are results on 'mock', which was not asked for."]


def test_data_of_the_same_name_and_another_checksum_are_found():
    other = {**METADATA, "datasets": [{**METADATA["datasets"][0], "sha256": "cd" * 32}]}
    (sentence,) = found(metadata=other)
    assert sentence.startswith("Data: 'ml-100k' is not what the run was started with (sha256 'cdcdcd")


def test_missing_values_and_too_few_replicates_are_found():
    assert found(ledger=lines(lambda row: ",2," not in row or "recall" not in row)) == [
        "Missing: 1 of the 6 values of the design: recall@10 on ml-100k for algorithm=ImplicitMF, seed=2.",
        "Replicates: 2 instead of 3 for recall@10 of algorithm=ImplicitMF on ml-100k.",
    ]


def test_of_many_missing_values_the_first_are_named():
    (sentence,) = found(ledger=lines(lambda row: False))
    assert sentence.startswith("Missing: 6 of the 6 values") and sentence.endswith("seed=2, … (1 more).")


def test_more_replicates_than_asked_for_are_found():
    more = LEDGER + "".join(row.replace(",2,", ",3,", 1) for row in LEDGER.splitlines(keepends=True)[-2:])
    assert found(ledger=more) == [
        "Replicates: 4 instead of 3 for ndcg@10, recall@10 of algorithm=ImplicitMF on ml-100k."
    ]


def test_a_baseline_beside_the_design_is_no_deviation():
    popular = LEDGER.splitlines()[1].replace("ImplicitMF,0", "Popular,")
    assert found(ledger=LEDGER + popular + "\n") == []


def test_the_programs_word_is_found():
    assert found(ledger=LEDGER.replace("recomputed", "program", 2)) == [
        "Not recomputed: 2 of 6 rows are the program's word (ndcg@10, recall@10)."
    ]


def test_metrics_that_nobody_asked_for_are_found():
    assert found(ledger=LEDGER + LEDGER.splitlines()[1].replace("ndcg@10", "mrr@10") + "\n") == [
        "Metrics beside those asked for: mrr@10."
    ]


def test_a_study_without_a_design_departs_from_nothing():
    open_ended = changed(factors=(), metrics=(), filters="", split="")
    assert found(design=open_ended) == []


def test_unmet_requirements_are_found():
    verdicts = Verdict(True, "", "check"), Verdict(False, "no figure", "check")
    requirements = Requirement(text="complete"), Requirement(text="A figure shows it.")
    assert deviations.unmet(requirements, Judgement(verdicts, "plan")) == (
        "Not met, requirement 2: A figure shows it.",
    )  # fmt: skip
