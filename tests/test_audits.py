"""Audits one by one on literal evidence: what each accuses, and what only looks like it."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoreclab.audits import audit
from autoreclab.evidence import Coverage, Evidence, coverage
from autoreclab.nodes import Execution
from autoreclab.plan import Design, Factor
from autoreclab.running import by_name


def row(metric="ndcg@10", value=0.2, source="recomputed", split="leave-one-out(seed=1)", **factors):
    where = {"dataset": "ml-100k" if split else "", "filters": "", "split": split, "part": "test" if split else ""}
    return {**factors, **where, "metric": metric, "value": value, "n_users": 943, "seconds": 1.0, "source": source}


def own(metric, value, **factors):
    """A number of the program's own."""
    return row(metric, value, "program", "", **factors)


def trial(algorithm="ItemKNN", content="a", seed=0, **factors):
    names = ("settings", "scoring", "dataset", "sha256", "filters", "split", "part", "fingerprint", "n_users", "own")
    values = ({}, "lenskit", "ml-100k", "sum", "", "leave-one-out(seed=1)", "test", "print", 943, False)
    given = dict(zip(names, values, strict=True)) | {"algorithm": algorithm, "seed": seed, "content": content}
    given |= {name: factors.pop(name) for name in list(factors) if name in given}
    trained = given["algorithm"]
    given["algorithm"] = factors.pop("trained", trained)
    return {"trial": str(factors), "factors": {"algorithm": trained, **factors}, **given}


def design(factors=None, metrics=(), datasets=("ml-100k",), **fixed):
    made = tuple(Factor(name=name, levels=tuple(levels)) for name, levels in (factors or {}).items())
    return Design(datasets=datasets, factors=made, metrics=metrics, **fixed)


def evidence(rows=(), trials=(), asked=None, files=(), data=({"name": "ml-100k", "sha256": "sum"},), status="ok"):
    columns = ["dataset", "filters", "split", "part", "metric", "value", "source"]
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)
    outputs = {
        "results.csv": table.to_csv(index=False).encode(),
        "metadata.json": json.dumps({"trials": list(trials)}).encode(),
    }
    execution = Execution(status, 0, 1.0, 1.0)
    return Evidence(asked or design(), execution, dict.fromkeys(("solution.py", *files), b""), outputs, data)


def names(*arguments, **more):
    return [finding.name for finding in audit(evidence(*arguments, **more))]


SEEDS = design({"algorithm": ["ItemKNN"], "seed": range(40)}, ["ndcg@10"])


def test_nothing_recorded_and_nothing_asked_is_nothing_wrong():
    assert names() == names([own("density", 0.06)]) == []


def test_a_finding_counts_all_rows_and_names_twenty():
    (found,) = audit(evidence([row(algorithm="ItemKNN", seed=0)], asked=SEEDS))
    assert (found.name, found.binding, len(found.rows)) == ("missing", True, 20)
    assert found.sentence == "39 of 40 values of the design are missing."
    assert found.rows[0] == "ndcg@10 on ml-100k for algorithm=ItemKNN, seed=1"


def test_what_the_time_limit_cost_is_said():
    (found,) = audit(evidence(asked=SEEDS, status="timeout"))
    assert "killed at the time limit" in found.sentence
    assert names(asked=SEEDS, status="crashed") == []


def test_a_programs_own_number_is_not_missing():
    asked = design({"algorithm": ["ItemKNN"]}, ["serendipity@10"])
    assert names([own("serendipity@10", 0.4, algorithm="ItemKNN")], asked=asked) == []


def test_a_factor_that_names_datasets_picks_them():
    asked = design({"data": ["ml-100k", "small", "large"]}, ["ndcg@10"], ("ml-100k", "simulated"))
    simulated = [row(data="small") | {"dataset": "simulated"}, row(data="large") | {"dataset": "simulated"}]
    assert coverage(asked, [row(data="ml-100k"), *simulated]) == Coverage(3)
    assert len(coverage(asked, [row(data="ml-100k")]).missing) == 2


@pytest.mark.parametrize(
    ("metric", "value", "wrong"),
    [
        ("ndcg@10", 1.0, False), ("ndcg@10", 1.0001, True), ("recall@5", -0.1, True), ("rmse", 3.2, False),
        ("rmse", -0.1, True), ("novelty@10", 8.5, False), ("density", 17.0, False), ("balance", -4.0, False),
        ("rmse", float("inf"), True),
    ],
)  # fmt: skip
def test_values_have_their_metrics_range(metric, value, wrong):
    assert ("out-of-range" in names([own(metric, value)])) == wrong


def test_values_that_lab_computes_come_from_lab():
    assert names([own("ndcg@10", 0.2, algorithm="ItemKNN")]) == ["by-hand"]
    assert names([own("distinct items", 900.0, algorithm="ItemKNN")]) == []


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"ndcg@1": 0.2, "precision@1": 0.2, "recall@1": 0.05}, False),
        ({"ndcg@1": 0.2, "precision@1": 0.3}, True),
        ({"hit@10": 0.2, "precision@10": 0.3}, True),
        ({"hit@10": 0.4, "precision@10": 0.3, "recall@10": 0.2}, False),
        ({"recall@5": 0.3, "recall@10": 0.2}, True),
        ({"precision@5": 0.3, "precision@10": 0.2}, False),
        ({"recall@10": 0.2, "precision@10": 0.2}, True),
        ({"recall@10": 0.0, "precision@10": 0.0}, False),
    ],
)
def test_values_of_one_condition_fit_together(values, wrong):
    rows = [own(metric, value, algorithm="ItemKNN") for metric, value in values.items()]
    assert ("inconsistent" in names(rows)) == wrong


def test_equal_recall_and_precision_are_no_copy_where_both_were_recomputed():
    assert names([row("recall@10", algorithm="ItemKNN"), row("precision@10", algorithm="ItemKNN")]) == []


def test_a_copy_beside_the_recomputed_value_is_found():
    rows = [row("recall@10", algorithm="ItemKNN"), own("precision@10", 0.2, algorithm="ItemKNN")]
    assert "inconsistent" in names(rows)


@pytest.mark.parametrize(
    ("of", "found"),
    [
        ({}, []),
        ({"dataset": "simulated", "sha256": "any"}, ["another-dataset"]),
        ({"sha256": "other"}, ["another-dataset"]),
        ({"own": True, "sha256": "other"}, ["own-data"]),
    ],
)
def test_data_is_the_tasks(of, found):
    assert names(trials=[trial(**of)]) == found


def test_simulated_data_may_have_any_size():
    assert names(trials=[trial(dataset="simulated", sha256="any")], data=[{"name": "simulated", "sha256": "sum"}]) == []


def test_saved_trials_among_a_programs_files_are_brought_along():
    assert names(files=["trials/x.json", "names.txt"]) == ["brought-along"]


@pytest.mark.parametrize(
    ("asked", "found", "factors", "right"),
    [
        ("rating > 3, 5-core", "rating > 3.0, 5-core", {}, True),
        ("rating > 3, 5-core", "5-core, rating > 3", {}, False),
        ("rating > 3, 5-core", "rating > 3", {}, False),
        ("rating > 3", "rating >= 3", {}, False),
        ("rating > 3", "rating > 3, 5-core", {}, False),
        ("rating > 3", "rating > 3, 5-core", {"min_interactions": 5}, True),
        ("rating > 3", "rating > 3", {"seed": 0}, True),
        ("", "rating > 3, 5-core", {}, True),
        ("5-core", "ratings ignored, 5-core", {}, True),
    ],
)
def test_filters_are_those_of_the_design(asked, found, factors, right):
    trials = [trial(filters=found, **factors)]
    assert names(trials=trials, asked=design(filters=asked)) == ([] if right else ["another-filter"])


@pytest.mark.parametrize(
    ("asked", "found", "right"),
    [
        ("holdout(test=0.2)", "holdout(test=0.20, seed=4)", True),
        ("holdout(test=0.2)", "holdout(test=0.1, seed=4)", False),
        ("holdout", "holdout(test=0.1, seed=4)", True),
        ("leave-one-out", "leave-one-out(seed=1), then holdout(test=0.2, seed=1)", True),
        ("k-fold(folds=5)", "k-fold(folds=5, fold=3, seed=1)", True),
        ("k-fold(folds=5)", "k-fold(folds=10, fold=3, seed=1)", False),
        ("", "leave-one-out(seed=1)", True),
    ],
)
def test_the_split_is_that_of_the_design(asked, found, right):
    assert names(trials=[trial(split=found)], asked=design(split=asked)) == ([] if right else ["another-split"])


def test_algorithms_of_a_condition_share_a_split():
    other = {"content": "b", "fingerprint": "other"}
    assert names(trials=[trial(), trial("Popular", **other)]) == ["splits-differ"]
    assert names(trials=[trial(), trial("Popular", **other, n_users=900)]) == ["user-counts", "splits-differ"]
    apart = {"split": "holdout(test=0.2, seed=2)", "split_seed": 2, **other}
    assert names(trials=[trial(split_seed=1), trial("Popular", **apart)]) == []


def test_a_baseline_without_the_seed_of_training_must_have_one_of_the_others_splits():
    seeds = seeded(["print"] * 3)
    assert names(trials=[*seeds, trial("Popular", "p")]) == []
    assert names(trials=[*seeds, trial("Popular", "p", fingerprint="other")]) == ["splits-differ"]


def seeded(prints, **factors):
    """ImplicitMF with a seed a test part."""
    return [
        trial("ImplicitMF", f"{seed}", seed, fingerprint=fingerprint)
        | {"factors": {"algorithm": "ImplicitMF", "seed": seed, **factors}}
        for seed, fingerprint in enumerate(prints)
    ]


def test_seeds_have_one_split_or_each_its_own():
    assert names(trials=seeded("aaa")) == names(trials=seeded("abc")) == []
    assert names(trials=seeded("aab")) == ["splits-differ"]
    assert names(trials=seeded("abc", split_seed=1)) == ["splits-differ"]


def test_split_seeds_have_different_splits():
    trials = [trial(content=str(n), split_seed=n, split=f"holdout(test=0.2, seed={n})") for n in range(3)]
    assert names(trials=trials) == ["splits-equal"]


@pytest.mark.parametrize(
    ("said", "trained", "scoring", "right"),
    [
        ("ImplicitMF", "ImplicitMFScorer", "lenskit", True),
        ("ALS", "BiasedMF", "stored", True),
        ("ALS", "Popular", "lenskit", False),
        ("ItemKNN", "Random", "function", False),
        ("most popular", "PopScorer", "lenskit", True),
        ("Popular", "my_popularity", "function", True),
        ("ItemKNN", "ItemKNN", "function", False),
        ("item_item", "cosine", "function", True),
        ("ItemKNN", "Pipeline", "lenskit", True),
        ("SLIM", "slim", "function", True),
        ("SLIM", "ItemKNN", "lenskit", True),
    ],
)
def test_the_algorithm_is_what_its_label_says(said, trained, scoring, right):
    trials = [trial(said, trained=trained, scoring=scoring)]
    assert names(trials=trials) == ([] if right else ["wrong-algorithm"])


@pytest.mark.parametrize(
    ("algorithm", "seed", "split", "right"),
    [
        ("ImplicitMF", 3, "leave-one-out(seed=1)", True),
        ("ImplicitMF", 0, "leave-one-out(seed=1)", False),
        ("ImplicitMF", 0, "leave-one-out(seed=3)", True),
        ("ItemKNN", 0, "leave-one-out(seed=1)", True),
        ("FunkSVDScorer", 0, "leave-one-out(seed=1)", False),
    ],
)
def test_a_seed_was_used_by_training_or_splitting(algorithm, seed, split, right):
    one = trial(algorithm, split=split) | {"seed": seed, "factors": {"algorithm": algorithm, "seed": 3}}
    assert names(trials=[one]) == ([] if right else ["wrong-seed"])


def functions(*pairs):
    """A function of the program's own, trained with seeds and labelled with others."""
    return [
        trial("mine", str(said), scoring="function") | {"seed": used, "factors": {"algorithm": "mine", "seed": said}}
        for used, said in pairs
    ]


def test_a_function_that_never_gets_a_seed_may_have_its_own_way_to_it():
    assert names(trials=functions((0, 0), (0, 1), (0, 2))) == []
    assert names(trials=functions((0, 0), (0, 1), (1, 2))) == ["wrong-seed"]


@pytest.mark.parametrize(
    ("factors", "of", "found"),
    [
        ({"split_seed": 3}, {"split": "holdout(test=0.2, seed=3)"}, []),
        ({"split_seed": 3}, {"split": "holdout(test=0.2, seed=0)"}, ["wrong-split"]),
        ({"fold": 2}, {"split": "k-fold(folds=5, fold=2, seed=0)"}, []),
        ({"fold": 2}, {"split": "k-fold(folds=5, fold=4, seed=0)"}, ["wrong-split"]),
        ({"fold": 5}, {"split": "k-fold(folds=5, fold=4, seed=0)"}, []),
        ({"test_size": 0.3}, {"split": "holdout(test=0.2, seed=0)"}, ["wrong-split"]),
        ({"above": 3}, {"filters": "rating > 3.0"}, []),
        ({"above": 3}, {"filters": "rating >= 3"}, ["wrong-filter"]),
        ({"threshold": 4}, {"filters": "rating >= 4"}, []),
        ({"at_least": None}, {"filters": "ratings ignored"}, []),
        ({"at_least": 4}, {"filters": ""}, ["wrong-filter"]),
        ({"min_interactions": 1}, {"filters": "rating > 3"}, []),
        ({"min_interactions": 10}, {"filters": "rating > 3, 10-core"}, []),
        ({"core": 10}, {"filters": "rating > 3, 5-core"}, ["wrong-filter"]),
        ({"core": 0}, {"filters": "5-core"}, ["wrong-filter"]),
        ({"max_nbrs": 10}, {"settings": {"max_nbrs": 10.0}}, []),
        ({"max_nbrs": 10}, {"settings": {"max_nbrs": 20}}, ["wrong-setting"]),
        ({"max_nbrs": 10}, {"settings": {}}, []),
        ({"data": "ml-100k"}, {}, []),
        ({"data": "dense"}, {}, []),
    ],
)
def test_labels_are_true(factors, of, found):
    assert names(trials=[trial(**factors, **of)]) == found


def test_the_label_of_the_data_is_true():
    data = [{"name": name, "sha256": "sum"} for name in ("ml-100k", "simulated")]
    assert names(trials=[trial(data="simulated")], data=data) == ["wrong-data"]


def test_two_algorithms_that_recommend_the_same_are_identical():
    (found,) = audit(evidence(trials=[trial("Popular"), trial("SLIM", trained="slim", scoring="function")]))
    assert found.name == "identical" and found.sentence.startswith("Popular and SLIM ")
    assert names(trials=[trial("Popular"), trial("SLIM", "b"), trial("EASE", "c")]) == []


def test_a_mocked_algorithm_is_found_beside_a_baseline_of_other_splits():
    mocked = [trial("SLIM", str(n), split_seed=n, split=f"holdout(seed={n})", fingerprint=str(n)) for n in range(3)]
    assert "identical" in names(trials=[*mocked, trial("Popular", "1", fingerprint="1")])


@pytest.mark.parametrize(
    ("first", "second", "right"),
    [
        ({"algorithm": "KNN wide", "settings": {"max_nbrs": 50}}, {"algorithm": "KNN", "settings": {}}, True),
        ({"algorithm": "ItemKNN 50"}, {"algorithm": "ItemKNN 60"}, True),
        ({"algorithm": "KNN wide"}, {"algorithm": "KNN"}, False),
        ({"algorithm": "a", "scoring": "function"}, {"algorithm": "b", "scoring": "function"}, False),
    ],
)
def test_settings_that_do_nothing_are_no_error(first, second, right):
    trials = [trial(trained="ItemKNN", **each) for each in (first, second)]
    assert names(trials=trials) == ([] if right else ["identical"])


def test_own_values_equal_everywhere_are_identical():
    rows = [
        own(metric, 0.1 * seed + len(metric) / 50, algorithm=algorithm, seed=seed)
        for algorithm in ("A", "B") for seed in (1, 2) for metric in ("ndcg@10", "recall@10")
    ]  # fmt: skip
    assert "identical" in names(rows)
    rows[0]["value"] += 1e-12
    assert "identical" not in names(rows)


def test_seeds_that_change_nothing_are_a_warning_where_they_should():
    trials = seeded("aaa")
    for each in trials:
        each["content"] = "same"
    (found,) = audit(evidence(trials=trials))
    assert (found.name, found.binding) == ("zero-variance", False)
    assert names(trials=[each | {"algorithm": "ItemKNN", "factors": {"seed": each["seed"]}} for each in trials]) == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"ItemKNN": 0.2, "Popular": 0.15}, []),
        ({"ItemKNN": 0.65, "Popular": 0.15}, ["implausible"]),
        ({"ItemKNN": 0.28, "Popular": 0.02}, []),
        ({"ItemKNN": 0.7}, []),
        ({"ItemKNN": 0.8}, ["implausible"]),
        ({"ItemKNN": 0.1, "Popular": 0.15}, ["worse-than-popularity"]),
        ({"ItemKNN": 0.145, "Popular": 0.15}, []),
        ({"Random": 0.01, "Popular": 0.15}, []),
    ],
)
def test_values_stand_beside_popularitys(values, found):
    findings = audit(evidence([row(value=value, algorithm=name) for name, value in values.items()]))
    assert [finding.name for finding in findings] == found and not any(finding.binding for finding in findings)


@pytest.mark.parametrize(
    ("value", "found"), [(0.9, []), (0.31, ["implausible"]), (0.05, ["implausible"]), (1.1, ["worse-than-bias"])]
)
def test_errors_stand_beside_the_biass(value, found):
    assert names([row("rmse", value, algorithm="BiasedMF"), row("rmse", 0.95, algorithm="Bias")]) == found


def test_only_the_best_setting_and_shared_splits_are_compared_with_popularity():
    rows = [row(value=0.1, algorithm="ItemKNN", max_nbrs=5), row(value=0.2, algorithm="ItemKNN", max_nbrs=50)]
    assert names([*rows, row(value=0.15, algorithm="Popular")]) == []
    assert names([rows[0], row(value=0.15, algorithm="Popular", split="leave-one-out(seed=2)")]) == []
    better = row("recall@10", 0.3, algorithm="ItemKNN", max_nbrs=5)
    popular = [row(name, 0.15, algorithm="Popular") for name in ("ndcg@10", "recall@10")]
    assert names([rows[0], better, *popular]) == []


def test_problems_of_one_kind_are_one_finding():
    problems = [{"name": "stale", "sentence": f"{n} s.", "trial": f"seed={n}", "binding": True} for n in range(30)]
    problems.append({"name": "short-lists", "sentence": "few.", "trial": "seed=1", "binding": False})
    stale, short = by_name(problems)
    assert (stale.name, stale.sentence) == ("stale", "30 times in 30 trials, e.g. seed=0: 0 s.")
    assert len(stale.rows) == 20 and (short.sentence, short.rows, short.binding) == ("few.", ("seed=1",), False)


LEVELS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4))
NAMES = st.sampled_from(["algorithm", "seed", "split_seed", "fold", "core", "above", "data", "max_nbrs", "x"])
LABELS = st.sampled_from(["holdout(test=0.2, seed=1)", "seed=1.2.3", "k-fold(fold=1), ²", "rating > 3, 5-core", ""])
METRICS = st.sampled_from(["ndcg@10", "ndcg@²", "ndcg@", "@1", "recall@01", "hit@1", "rmse", "rmse@x", "density"])


@given(
    st.lists(st.tuples(st.dictionaries(NAMES, LEVELS), LABELS, LABELS, st.text(max_size=3)), max_size=6),
    st.lists(st.tuples(st.dictionaries(NAMES, LEVELS), METRICS, st.floats(-1, 2), st.booleans()), max_size=6),
)
def test_whatever_a_program_saves_no_audit_fails(measured, given_rows):
    trials = [
        trial(split=split, filters=filters, fingerprint=mark, content=mark, settings=dict(list(factors.items())[:1]))
        | {"factors": factors}
        for factors, split, filters, mark in measured
    ]
    rows = [row(metric, value, "program", "any" * place, **factors) for factors, metric, value, place in given_rows]
    asked = design({"algorithm": ["A", "B"], "above": [1, 2.5]}, ["ndcg@10"], filters="rating > 3", split="holdout(x")
    assert all(finding.sentence for finding in audit(evidence(rows, trials, asked)))
