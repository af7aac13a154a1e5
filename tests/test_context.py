"""What prompts are told of a node: all that is small, and of the rest what matters."""

from dataclasses import replace

from autoreclab import context
from autoreclab.facts.toolkit import fitted_lab_reference
from autoreclab.nodes import Finding, Judgement, Verdict
from autoreclab.prompts import SIZES, shown
from autoreclab.tree import Tree
from tests.evidence import evidence, table, trial
from tests.test_records import PLAN
from tests.trees import node

SUMMARY = [{"algorithm": f"A{n}", "mean": "0.1", "seconds": str(n), "source": "recomputed"} for n in range(2_000)]


def told(judgement=None, findings=(), share=1.0, **outputs):
    one = replace(node(1), judgement=judgement)
    files = {path.replace("_", "."): content for path, content in outputs.items()}
    tree = Tree("t", "root", PLAN, (one,))
    about = context.of_node(tree, one, evidence(outputs=files, trials=[trial()]), findings)
    return shown(about, share)


def test_a_long_summary_is_cut_for_readers_and_whole_for_code():
    about = told(summary_csv=table(SUMMARY))
    assert about["results"].count("\n") == 2_001
    assert len(about["summary"]) <= context.SUMMARY and "lines left out" in about["summary"]
    assert about["summary"].startswith("algorithm,mean,source\nA0,0.1,recomputed\n") and "A1999,0.1" in about["summary"]


def test_results_that_differ_in_their_seconds_alone_are_told_alike():
    slower = [{**row, "seconds": "9999.5"} for row in SUMMARY]
    assert told(summary_csv=table(SUMMARY)) == told(summary_csv=table(slower))


def test_an_error_in_the_middle_of_a_long_output_is_told():
    log = b"fine\n" * 10_000 + b"RuntimeWarning: overflow\n" + b"fine\n" * 10_000
    assert "RuntimeWarning: overflow" in told(log_txt=log)["output"]


def test_files_comparisons_and_metadata_are_told():
    about = told(comparisons_csv=b"metric,difference\nndcg@10,0.02\n", own_csv=b"a,b\n1,2\n")
    assert "own.csv: a table of 1 row; columns: a, b\n    a,b\n    1,2" in about["listing"]
    assert "ndcg@10,0.02" in about["comparisons"] and '"algorithm": "ImplicitMF"' in about["metadata"]


def test_findings_are_told_whether_they_are_part_of_a_judgement_or_not():
    zeros = Finding("all-zeros", "All values are 0.", tuple(f"row {n}" for n in range(10)))
    high = Finding("high", "It is 0.99.", binding=False)
    wanted = [
        "error, all-zeros: All values are 0. (row 0; row 1; row 2; row 3; row 4; row 5; row 6; row 7; and 2 more)",
        "warning, high: It is 0.99.",
    ]
    assert told(findings=[zeros, high])["findings"] == wanted
    assert told(Judgement((Verdict(True, "seen", "check"),), "plan", (high, zeros)))["findings"] == wanted


def test_what_may_be_long_has_less_room_in_smaller_prompts_and_keeps_its_error():
    log = b"fine\n" * 10_000 + b"RuntimeWarning: overflow\n" + b"fine\n" * 10_000
    texts = [told(share=share, log_txt=log, summary_csv=table(SUMMARY)) for share in SIZES]
    for share, about in zip(SIZES, texts, strict=True):
        assert len(about["output"]) <= context.LOG * share and "RuntimeWarning: overflow" in about["output"]
        assert len(about["summary"]) <= context.SUMMARY * share
    assert all(about["results"] == texts[0]["results"] for about in texts), "what code reads stays whole"


def test_the_lab_keeps_every_signature_in_the_smallest_prompt():
    whole, *smaller = [fitted_lab_reference(("ndcg@10",)).shown(share) for share in SIZES]
    signatures = [line for line in whole.splitlines() if line.startswith("lab.")]
    assert all(signatures == [line for line in text.splitlines() if line.startswith("lab.")] for text in smaller)
    assert len(whole) > 2 * len(smaller[0]) > 3 * len(smaller[-1])
