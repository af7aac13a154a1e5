"""Which values of a ledger are paired with which, and over what."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from autoreclab import lab
from autoreclab.lab import comparisons


def ledger(*lines, **common):
    """A table of dicts with the columns that lines leave out."""
    usual = {"dataset": "d", "filters": "", "split": "s", "part": "test", "metric": "ndcg@10", "source": "recomputed"}
    return pd.DataFrame([usual | common | line for line in lines], dtype=object)


def values(algorithm, numbers, **more):
    return [{"algorithm": algorithm, "seed": seed, "value": value, **more} for seed, value in enumerate(numbers)]


def pairs(found):
    return list(found[["algorithm_a", "algorithm_b", "paired_over", "n"]].itertuples(index=False, name=None))


A, B = [0.11, 0.12, 0.15], [0.10, 0.10, 0.11]


def test_every_two_levels_are_paired_by_their_replicates():
    """The rows' order doesn't matter, and of three seeds and two only the common ones count."""
    table = ledger(*values("A", A), *values("B", B)[::-1], *values("C", [0.3, 0.1]))
    found = lab.compare(table)
    assert pairs(found) == [("A", "B", "replicates", 3), ("A", "C", "replicates", 2), ("B", "C", "replicates", 2)]
    assert found["t_p"].iloc[0] == pytest.approx(scipy.stats.ttest_rel(A, B).pvalue)
    assert found["difference"].iloc[0] == pytest.approx(np.mean(A) - np.mean(B))
    assert found["mean_a"].tolist() == pytest.approx([np.mean(A), 0.115, 0.10])


def test_a_family_is_all_pairs_of_a_dataset_and_metric():
    rows = [*values("A", A), *values("B", B), *values("C", [0.3, 0.1, 0.2])]
    found = lab.compare(ledger(*rows, *(row | {"metric": "hit@10"} for row in rows)))
    assert found["metric"].tolist() == ["ndcg@10"] * 3 + ["hit@10"] * 3
    for _, family in found.groupby("metric"):
        p = sorted(family["t_p"])
        assert min(family["t_p_holm"]) == pytest.approx(3 * p[0])
        assert max(family["t_p_holm"]) == pytest.approx(max(3 * p[0], 2 * p[1], p[2]))


def test_datasets_parts_and_filters_are_never_mixed():
    table = ledger(*values("A", A, dataset="e"), *values("B", B), *values("C", B, part="validation"),
                   *values("D", B, filters="5-core"))  # fmt: skip
    assert lab.compare(table).empty


def test_values_of_other_splits_are_not_pairs():
    assert lab.compare(ledger(*values("A", A), *values("B", B, split="t"))).empty


def test_a_seed_that_only_one_has_is_averaged_over():
    """A is trained three times on each of two splits, B once."""
    rows = [
        {"algorithm": "A", "split_seed": split, "seed": seed, "value": value + split, "split": f"s{split}"}
        for split in range(2) for seed, value in enumerate(A)
    ] + [{"algorithm": "B", "split_seed": split, "seed": None, "value": 3 * split, "split": f"s{split}"}
         for split in range(2)]  # fmt: skip
    (found,) = lab.compare(ledger(*rows)).itertuples()
    assert (found.paired_over, found.n) == ("replicates", 2)
    assert (found.mean_a, found.mean_b) == (pytest.approx(np.mean(A) + 0.5), pytest.approx(1.5))


def users(*rows):
    return {place: pd.Series(row, index=[7, 8, 9]) for place, row in enumerate(rows)}


def test_without_replicates_users_are_paired():
    table = ledger({"algorithm": "A", "value": 0.5}, {"algorithm": "B", "value": 0.3})
    a, b = [0.1, 0.5, 0.9], [0.2, 0.2, 0.5]
    (found,) = lab.compare(table, users=users(a, b)).itertuples()
    assert (found.paired_over, found.n, found.t_p) == ("users", 3, pytest.approx(scipy.stats.ttest_rel(a, b).pvalue))
    assert lab.compare(table).empty
    assert lab.compare(table.assign(split=["s", "t"]), users=users(a, b)).empty


def test_a_users_value_is_the_mean_over_replicates_that_the_other_lacks():
    table = ledger(*values("A", A[:2]), {"algorithm": "B", "seed": None, "value": 0.3})
    (found,) = lab.compare(table, users=users([0, 0, 1], [1, 0, 1], [0, 0, 0])).itertuples()
    assert (found.paired_over, found.n, found.mean_a, found.mean_b) == ("users", 3, 0.5, 0)


def test_replicates_that_never_differ_are_none():
    """Training seeds of two algorithms that know no chance: users tell more, where they are known."""
    table = ledger(*values("A", [0.3] * 2), *values("B", [0.2] * 2))
    (found,) = lab.compare(table, users=users([1, 0, 1], [1, 0, 1], [0, 0, 1], [0, 0, 1])).itertuples()
    assert (found.paired_over, found.n) == ("users", 3)
    (found,) = lab.compare(table).itertuples()
    assert (found.paired_over, found.n, found.t_p, found.t_p_holm, found.d_z) == ("replicates", 2, None, None, None)


def test_other_factors_keep_apart_and_a_baseline_is_compared_with_all_of_their_levels():
    rows = [*values("A", A, size=10), *values("A", B, size=20), *values("B", B, size=10),
            *values("Popular", [0.01, 0.02, 0.01], size=None)]  # fmt: skip
    found = lab.compare(ledger(*rows))
    assert list(found[["size", "algorithm_a", "algorithm_b"]].itertuples(index=False, name=None)) == [
        (10, "A", "B"), (10, "A", "Popular"), (20, "A", "Popular"), (10, "B", "Popular"),
    ]  # fmt: skip


def test_a_table_from_a_file_is_compared_like_the_one_written(tmp_path):
    table = ledger(*values("A", A, size=10), *values("B", B, size=None))
    table.to_csv(tmp_path / "results.csv", index=False)
    read = pd.read_csv(tmp_path / "results.csv", keep_default_na=False, na_values=[""])
    assert pairs(lab.compare(read)) == pairs(lab.compare(table)) == [("A", "B", "replicates", 3)]


def test_any_factor_can_be_compared():
    found = lab.compare(ledger(*values("A", A, size=10), *values("A", B, size=20)), "size")
    assert found[["algorithm", "size_a", "size_b", "n"]].to_numpy().tolist() == [["A", 10, 20, 3]]


def test_the_programs_word_stays_marked():
    table = ledger(*values("A", A, source="program"), *values("B", B))
    assert lab.compare(table)["source"].tolist() == ["program"]


@pytest.mark.parametrize("factor", ["colour", "metric", "value"])
def test_an_unknown_factor_is_refused(factor):
    with pytest.raises(ValueError, match=rf"no factor '{factor}', only algorithm, seed"):
        lab.compare(ledger(*values("A", A)), factor)


def test_nothing_to_compare_is_an_empty_table():
    empty = lab.compare(ledger(*values("A", A)))
    assert empty.empty
    assert list(empty.columns) == [*comparisons.FAMILY, "algorithm_a", "algorithm_b", "paired_over", "n", "mean_a",
                                   "mean_b", "difference", "ci_low", "ci_high", "t_p", "wilcoxon_p", "t_p_holm",
                                   "wilcoxon_p_holm", "d_z", "source"]  # fmt: skip
