"""What a report says, and that nothing a model or a program wrote can change its shape."""

import json

from autoreclab import report
from autoreclab.models.answers import Interpretation
from autoreclab.plan import Design, Plan, Requirement
from autoreclab.settings import Settings
from autoreclab.task import parse
from autoreclab.tree import Tree
from autoreclab.workspace import Run
from tests.trees import node

RUN = Run("seeds", "root", parse("# Seeds <b>\n\nHow much?\n", "t.md"), Settings(), {}, "")
PLAN = Plan(
    summary="", requirements=(Requirement(text="complete"), Requirement(text="clear")),
    design=Design(datasets=("ml-100k",), factors=(), metrics=("ndcg@10",)),
)  # fmt: skip
SUMMARY = (
    "algorithm,dataset,filters,part,metric,n,mean,sd,cv,ci_low,ci_high,n_users,seconds,source\n"
    "ImplicitMF,ml-100k,,test,ndcg@10,30,0.12010,0.00360,0.029975,0.11876,0.12144,943,12.5,recomputed\n"
    "Popular,ml-100k,,test,ndcg@10,1,0.06,,,,,943,0.5,recomputed\n"
)
METADATA = {
    "versions": {"python": "3.11", "lenskit": "2025.8.1"},
    "datasets": [
        {
            "name": "ml-100k",
            "sha256": "ab" * 32,
            "filters": "5-core",
            "n_interactions": 99287,
            "n_users": 943,
            "n_items": 1349,
        }
    ],
    "splits": [{"label": "leave-one-out(seed=42)", "part": "test", "statistics": {"n_test": 943}}],
    "trials": [
        {"algorithm": "ImplicitMF", "seed": s, "settings": {"epochs": 15}, "scoring": "stored"} for s in range(30)
    ],
}
OUTPUTS = {"summary.csv": SUMMARY.encode(), "metadata.json": json.dumps(METADATA).encode(), "figures/ndcg@10.png": b""}
WORDS = Interpretation(answer="It varies by 3 %.", interpretation="Small.", limitations="One dataset.")


def tree(*nodes):
    return Tree("seeds", "root", plan=PLAN, nodes=nodes)


def written(*nodes, outputs=OUTPUTS, words=WORDS):
    return report.write(RUN, tree(*nodes), outputs, words, "offline")


def test_the_table_is_the_summary():
    text = written(node(1, met=2))
    assert "| algorithm | dataset | part | metric | n_users | n | mean | sd | CV | 95 % CI from | to |" in text
    assert "| ImplicitMF | ml-100k | test | ndcg@10 | 943 | 30 | 0.1201 | 0.0036 | 3.0 % | 0.1188 | 0.1214 |" in text
    assert "| Popular | ml-100k | test | ndcg@10 | 943 | 1 | 0.0600 | – | – | – | – |" in text
    assert "![ndcg@10](figures/ndcg@10.png)" in text


ROW = {
    "dataset": "ml-100k", "filters": "", "part": "test", "metric": "ndcg@10", "algorithm_a": "EASE",
    "algorithm_b": "Popular", "paired_over": "users", "n": "943", "mean_a": "0.12", "mean_b": "0.06",
    "difference": "0.06", "ci_low": "0.05", "ci_high": "0.07", "t_p": "1e-9", "wilcoxon_p": "", "t_p_holm": "2e-9",
    "wilcoxon_p_holm": "", "d_z": "0.5", "source": "recomputed",
}  # fmt: skip


def differences(*rows):
    lines = [",".join(ROW), *(",".join((ROW | row).values()) for row in rows)]
    return written(node(1, met=2), outputs=OUTPUTS | {"comparisons.csv": "\n".join(lines).encode()})


def test_differences_are_the_comparisons_with_corrected_p_values():
    text = differences({}, {"algorithm_b": "Bias", "t_p_holm": "0.03", "d_z": ""})
    assert "| metric | a | b | pairs | a − b | 95 % CI from | to | p (t) | p (Wilcoxon) | d_z |" in text
    assert "| ndcg@10 | EASE | Popular | 943 users | 0.0600 | 0.0500 | 0.0700 | < 0.0001 | – | 0.5000 |" in text
    assert "| ndcg@10 | EASE | Bias | 943 users | 0.0600 | 0.0500 | 0.0700 | 0.0300 | – | – |" in text
    assert "more stand in" not in text
    assert "### Differences" not in differences()
    assert "### Differences" not in written(node(1, met=2))


def test_of_many_comparisons_those_with_the_best_are_shown():
    """Of 8 algorithms A0 has the highest mean, which is best for ndcg; A7 the lowest, which is for gini."""
    rows = [
        {"metric": metric, "algorithm_a": f"A{a}", "algorithm_b": f"A{b}", "mean_a": str(-a), "mean_b": str(-b)}
        for metric in ("ndcg@10", "gini@10") for a in range(8) for b in range(a + 1, 8)
    ]  # fmt: skip
    shown = [line for line in differences(*rows).splitlines() if " users |" in line]
    assert [line.split(" | ")[:3] for line in shown] == [
        *(["| ndcg@10", "A0", f"A{other}"] for other in range(1, 8)),
        *(["| gini@10", f"A{other}", "A7"] for other in range(7)),
    ]
    assert "42 more stand in `comparisons.csv`." in differences(*rows)


def test_it_says_what_was_run():
    text = written(node(1, met=2))
    assert (
        "- Dataset **ml-100k**: 99,287 interactions, 943 users, 1,349 items (5-core); sha256 `abababababababab`" in text
    )
    assert "- Split **leave-one-out(seed=42)** (test part): 943 test interactions" in text
    assert "- **ImplicitMF**: epochs=15, scoring=stored; seeds 0–29" in text
    assert "lenskit 2025.8.1" in text and "> How much?" in text


def test_the_programs_word_is_marked():
    assert "| program |" in written(
        node(1, met=2), outputs=OUTPUTS | {"summary.csv": SUMMARY.replace("5,recomputed", "5,program").encode()}
    )


def test_failures_are_counted_and_named():
    text = written(node(1, met=2), node(2, status="timeout"), node(3, problems=("disagreement: 0.1 is 0.2",)))
    assert "3 nodes were tried, 2 failed." in text
    assert "- 0003 failed: disagreement: 0.1 is 0.2" in text


def test_what_was_continued_did_not_fail():
    text = written(node(1, status="timeout", files="same"), node(2, 1, operator="continue", files="same", met=2))
    assert "2 nodes were tried, 1 continued after the time limit, 0 failed." in text
    assert "| 0002 | continue: node 2 |" in text and "0001 failed" not in text


def test_an_unsatisfactory_best_is_said_first():
    assert "**Not every requirement is met** (1 of 2)" in written(node(1, met=1))


def test_nothing_worked():
    text = written(node(1, status="crashed"), outputs={}, words=None)
    assert "**No experiment worked.**" in text and "The ledger is empty" in text and "Interpretation" not in text


def test_while_the_search_runs_the_report_is_the_computed_part():
    assert "## Interpretation" not in written(node(1, met=2), words=None)


def test_a_report_says_who_interpreted():
    assert "*Written by the offline researcher, without a language model, from the table above.*" in written(
        node(1, met=2)
    )


def test_foreign_text_is_escaped():
    hostile = Interpretation(
        answer="<script>alert(1)</script> [x](http://e)", interpretation="# Fake\n| a |", limitations=""
    )
    text = written(node(1, met=2), words=hostile)
    assert "<script>" not in text and "\n# Fake" not in text and "\\](http" in text
    assert text.startswith("# Seeds \\<b\\>\n")


def test_figures_are_in_natural_order():
    assert sorted(["ndcg@10", "ndcg@5"], key=report.natural) == ["ndcg@5", "ndcg@10"]


def test_seeds_are_shown_as_ranges():
    assert report.spans([0, 1, 2, 5, 7, 8]) == "0–2, 5, 7–8"
