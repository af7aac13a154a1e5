"""What a report says, and that nothing a model or a program wrote can change its shape."""

import json
from dataclasses import replace

import pytest

from autoreclab import report
from autoreclab.models.answers import Interpretation
from autoreclab.nodes import Finding
from autoreclab.report.markdown import LONGEST_TABLE, natural, spans
from tests.report.subjects import METADATA, OUTPUTS, SUMMARY, WORDS, again, comparisons, evidence, subject
from tests.trees import node


def written(*nodes, words=WORDS, **changes):
    return report.write(subject(*nodes, **changes), words, "offline")


def section(text, name):
    return text.partition(f"\n## {name}\n")[2].partition("\n## ")[0].strip()


def test_the_table_is_the_summary_and_each_row_names_its_node():
    text = written(node(7, met=2))
    assert "| metric | algorithm | n | mean | sd | CV | 95 % CI | node |" in text
    assert (
        "| ndcg@10 | ImplicitMF | 3 | 0.1201 | 0.0034 | 2.8 % | 0.1117 to 0.1285 | 0007 |\n"
        "| ndcg@10 | Popular | 1 | 0.0600 | – | – | – | 0007 |\n| recall@10 | ImplicitMF |" in text
    ), "what is to be compared stands one below the other"
    assert "In all rows: dataset ml-100k, rating \\> 3, 5-core, test part, 938 test users." in text
    assert "![ndcg@10](figures/ndcg@10.png)" in text


def test_what_differs_between_rows_is_a_column():
    other = SUMMARY.replace("Popular,ml-100k", "Popular,ml-20m")
    text = written(evidence=evidence(summary=other))
    assert "| dataset | metric | algorithm | n |" in text and "| ml-20m | ndcg@10 | Popular |" in text
    looped = "\n".join(f"{line.split(',')[1]},{line}" for line in other.splitlines()).replace("dataset", "data", 1)
    assert "| dataset | metric | algorithm | n |" in written(evidence=evidence(summary=looped))


def test_a_long_table_is_cut_and_says_where_the_rest_is():
    long = SUMMARY + SUMMARY.splitlines()[1] + "\n"
    long += (SUMMARY.splitlines()[1] + "\n") * LONGEST_TABLE
    text = written(evidence=evidence(summary=long))
    assert text.count("| ImplicitMF |") + text.count("| Popular |") == LONGEST_TABLE
    assert "The other 4 rows stand in `summary.csv`." in text


def differences(*rows):
    return section(written(evidence=evidence(comparisons=comparisons(*rows))), "Results")


def test_differences_are_the_comparisons_with_corrected_p_values():
    text = differences({}, {"algorithm_b": "Bias", "t_p_holm": "0.03", "d_z": ""})
    assert "| metric | a | b | pairs | a − b | 95 % CI | p (t) | p (Wilcoxon) | d_z | node |" in text
    assert "| ndcg@10 | EASE | Popular | 943 users | 0.0600 | 0.0500 to 0.0700 | < 0.0001 | – | 0.5000 | 0001 |" in text
    assert "| ndcg@10 | EASE | Bias | 943 users | 0.0600 | 0.0500 to 0.0700 | 0.0300 | – | – | 0001 |" in text
    assert "more stand in" not in text
    assert "### Differences" not in differences() and "### Differences" not in written()


def test_of_many_comparisons_those_with_the_best_are_shown():
    """Of 8 algorithms A0 has the highest mean, which is best for ndcg; A7 the lowest, which is for rmse."""
    rows = [
        {"metric": metric, "algorithm_a": f"A{a}", "algorithm_b": f"A{b}", "mean_a": str(-a), "mean_b": str(-b)}
        for metric in ("ndcg@10", "rmse") for a in range(8) for b in range(a + 1, 8)
    ]  # fmt: skip
    shown = [line for line in differences(*rows).splitlines() if " users |" in line]
    assert [line.split(" | ")[:3] for line in shown] == [
        *(["| ndcg@10", "A0", f"A{other}"] for other in range(1, 8)),
        *(["| rmse", f"A{other}", "A7"] for other in range(7)),
    ]
    assert "42 more stand in `comparisons.csv`." in differences(*rows)


def test_where_there_is_no_room_for_all_metrics_the_first_are_shown_on_every_dataset():
    rows = [
        {"metric": metric, "dataset": dataset, "algorithm_b": f"A{other}", "n": "5", "wilcoxon_p": "0.06"}
        for metric in ("ndcg@5", "ndcg@10", "recall@10") for dataset in ("a", "b", "c") for other in range(3)
    ]  # fmt: skip
    text = differences(*rows)
    shown = [line.split(" | ")[:2] for line in text.splitlines() if " users |" in line]
    assert {tuple(each) for each in shown} == {(f"| {d}", m) for m in ("ndcg@5", "ndcg@10") for d in "abc"}
    assert "Wilcoxon's p can't be below 0.05" in text


def test_it_says_what_was_run():
    text = written()
    assert (
        "- Dataset **ml-100k**: 54,413 interactions, 938 users, 1,008 items (rating \\> 3, 5-core); "
        "sha256 `abababababababab`" in text
    )
    assert "- Split of ml-100k, **holdout(test=0.2, seed=1)**, test part: 10,882 test interactions" in text
    assert "- **ImplicitMF**: embedding\\_size=20, scoring=stored; seeds 0–2" in text
    assert "lenskit 2025.8.1" in text


def test_splits_that_differ_in_seed_or_fold_alone_are_told_together():
    (split,) = METADATA["splits"]
    other = {**split, "label": "holdout(test=0.2, seed=2)", "statistics": {"n_test": 10_900}}
    inner = {**split, "part": "validation"}
    text = written(evidence=evidence(metadata={**METADATA, "splits": [split, other, inner]}))
    assert "- Split of ml-100k, 2 times **holdout(test=0.2)**, test part: 10,882 to 10,900 test interactions" in text
    assert text.count("- Split of") == 2


def test_the_question_stands_as_it_was_asked_and_makes_no_headings():
    asked = section(written(), "Question")
    assert "> How much do 3 seeds" in asked and "> **Requirements**\n>\n> - complete" in asked


def test_the_programs_word_is_marked():
    own = SUMMARY.replace("0.5,recomputed", "0.5,program")
    assert "| ndcg@10 | Popular | program |" in written(evidence=evidence(summary=own))


def test_failures_are_counted_and_all_that_is_wrong_with_them_named():
    wrong = ("disagreement: 0.1 is 0.2", "repeated: twice")
    text = written(node(1, met=2), node(2, status="timeout"), node(3, problems=wrong))
    assert "3 nodes were tried, 2 failed." in text
    assert "- 0003 failed: disagreement: 0.1 is 0.2; repeated: twice" in text


def test_each_node_is_shown_with_what_it_reached():
    text = written(node(1, met=2, metrics={"ndcg@10": 0.12}), node(2, met=1, metrics={"ndcg@10": 0.13}))
    assert "| node | what | score | ndcg@10 | recall@10 | status | seconds |" in text
    assert "| 0002 | draft: node 2 | 0.50 | 0.1300 | – | ok | 1 |" in text and "0001 is the best" in text


def test_an_unsatisfactory_best_is_said_first():
    text = written(node(1, met=1))
    assert "**Not every requirement is met** (1 of 2)" in text.partition("## ")[0]
    assert "- Not met, requirement 2: clear" in section(text, "Deviations")


def test_nothing_worked():
    text = written(node(1, status="crashed"), words=None)
    assert "**No experiment worked.**" in text and "The ledger is empty" in text
    assert not any(f"## {name}" in text for name in ("Interpretation", "Findings", "Deviations", "Reproduction"))


def test_where_nothing_worked_the_values_of_what_came_nearest_are_shown_with_a_warning():
    nodes = [node(1, status="crashed"), node(2, problems=("missing: 2 of 270 values are missing.",))]
    nodes = [
        replace(each, execution=replace(each.execution, recomputed=rows))
        for each, rows in zip(nodes, (9, 268), strict=True)
    ]
    text = written(*nodes, words=None, evidence=evidence())
    assert "**No experiment worked.** What follows is of 0002, which came nearest" in text.partition("## ")[0]
    assert "**Error**, missing: 2 of 270 values" in section(text, "Findings")
    assert "| 0002 |" in section(text, "Results") and "## Reproduction" not in text


def test_while_the_search_runs_the_report_is_the_computed_part():
    text = written(words=None)
    assert "## Interpretation" not in text and "not been executed a second time yet" in section(text, "Reproduction")


def test_a_report_says_who_interpreted():
    assert "*Written by the offline researcher, without a language model; code looked each number up" in written()


def test_foreign_text_is_escaped():
    hostile = Interpretation(
        answer="<script>alert</script> [x](http://e)", interpretation="# Fake\n| a |", limitations=""
    )
    text = written(words=hostile)
    assert "<script>" not in text and "\n# Fake" not in text and "\\](http" in text
    assert text.startswith("# Seeds \\<b\\>\n")


def test_warnings_are_what_a_reader_must_know():
    best = node(1, met=2)
    assert "found nothing wrong" in section(written(best), "Findings")
    warned = warning(best, "worse-than-popularity", "ImplicitMF is *worse*.", [f"seed={n}" for n in range(7)])
    shown = section(written(warned), "Findings")
    assert "- **Warning**, worse-than-popularity: ImplicitMF is \\*worse\\*." in shown
    assert "  - seed=4\n  - … 2 more" in shown


def warning(best, name, sentence, rows):
    finding = Finding(name, sentence, tuple(rows), binding=False)
    return replace(best, judgement=replace(best.judgement, findings=(finding,)))


def test_what_reproduced_is_said_with_how_long_it_took():
    shown = section(written(again=again((0.1, 0.1), (0.2, 0.2))), "Reproduction")
    assert shown == (
        "2 of 2 values were exactly equal in a second execution. It took 16.5 s; the first execution took 17.2 s."
    )


def test_what_did_not_reproduce_is_a_table():
    shown = section(written(again=again((0.1, 0.1), (0.2, 0.25), (0.3, None), (None, 0.4))), "Reproduction")
    assert "1 of 4 values were exactly equal in a second execution: 1 differ, 1 are missing, 1 are new." in shown
    assert "| seed=1 metric=ndcg@10 | 0.2 | 0.25 | +0.05 |" in shown
    assert "| seed=2 metric=ndcg@10 | 0.3 | – | – |" in shown and "seed=0" not in shown


def test_a_second_execution_that_fails_is_said():
    shown = section(written(again=again((0.1, None), status="crashed", error="KeyError: [x]")), "Reproduction")
    assert "did not end well (crashed: KeyError: \\[x\\])" in shown


def test_programs_read_the_same_as_people():
    files = report.files(subject(again=again((0.1, 0.2))), WORDS.model_copy(update={"answer": "0.42!"}), "m")
    plain = json.loads(files["report.json"])
    assert plain["node"] == "0001" and plain["unsupported"] == ["0.42"] and plain["words"]["answer"] == "0.42!"
    assert plain["reproduction"]["differs"] == 1 and not plain["reproduction"]["reproduced"]
    assert "0.42 [unsupported]!" in files["report.md"].decode()


@pytest.mark.parametrize("seconds", [1.0, 99.0])
def test_a_prompt_is_told_nothing_that_changes_from_run_to_run(seconds):
    found = again((0.1, 0.1))
    changed = replace(found, now=replace(found.now, seconds=seconds))
    assert report.about(subject(again=changed)) == report.about(subject(again=found))


def test_figures_are_in_natural_order():
    assert sorted(["ndcg@10", "ndcg@5"], key=natural) == ["ndcg@5", "ndcg@10"]


def test_seeds_are_shown_as_ranges():
    assert spans([0, 1, 2, 5, 7, 8]) == "0–2, 5, 7–8"


def test_there_is_no_metadata_where_a_program_recorded_nothing():
    bare = replace(evidence(), outputs={path: OUTPUTS[path] for path in ("figures/ndcg@10.png",)})
    assert "The ledger is empty" in written(evidence=bare)


def test_numbers_that_answer_a_descriptive_question_are_a_plain_list():
    heads = SUMMARY.splitlines()[0]
    row = ",".join({"metric": "number of users", "n": "1", "mean": "943.0"}.get(name, "") for name in heads.split(","))
    text = section(written(node(3), evidence=evidence(summary=f"{heads}\n{row}\n")), "Results")
    assert "| what | value | node |\n|---|---|---|\n| number of users | 943 | 0003 |" in text
