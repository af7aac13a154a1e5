"""Tables for a paper: what they say, that foreign text breaks nothing, and that LaTeX takes them."""

import os
import re
import shutil
import subprocess

import pytest

from autoreclab.bibliography import entries
from autoreclab.latex import Origin, document, escaped
from tests.report.subjects import OUTPUTS, SUMMARY, comparisons

ORIGIN = Origin("seeds", "0007", "a02b4e6b38f409ee0b5b4793")
EASE = 'EASE_x&%,ml-100k,"rating > 3, 5-core",test,ndcg@10,3,0.13,0.01,0.07,0.1,0.2,938,12,recomputed\n'
WITH_EASE = SUMMARY + EASE
PAIR = {"filters": '"rating > 3, 5-core"', "algorithm_a": "EASE_x&%"}
TESTED = comparisons(*[{**PAIR, "algorithm_b": other} for other in ("ImplicitMF", "Popular")])


def written(summary=SUMMARY, compared=""):
    return document(OUTPUTS | {"summary.csv": summary.encode(), "comparisons.csv": compared.encode()}, ORIGIN)


def check(text):
    """Raise unless environments and braces are balanced, and lines of a table have as many cells as it has columns."""
    tables, _, bibtex = text.partition("\\begin{filecontents*}")
    lines = [line for line in tables.splitlines() if not line.startswith("%")]
    opened, columns = [], 0
    for line in lines:
        assert re.sub(r"\\.", "", line).count("{") == re.sub(r"\\.", "", line).count("}"), line
        assert re.sub(r"\\.", "", line).count("$") % 2 == 0 and not re.search(r"(?<!\\)[%#]", line), line
        for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", line):
            assert kind == "begin" or opened.pop() == name, line
            opened += [name] if kind == "begin" else []
        if found := re.match(r"\\begin\{tabular\}\{([lrc]+)\}", line):
            columns = len(found[1])
        if line.endswith(r" \\"):
            assert len(re.split(r"(?<!\\)&", line)) == columns, line
    assert not opened and bibtex.rstrip().endswith("\\end{filecontents*}")
    for entry in bibtex.split("\n@")[1:]:
        body = entry.partition("\\end{filecontents*}")[0].rstrip()
        assert body.count("{") == body.count("}") and body.endswith("}"), entry
    return text


def test_a_table_has_a_line_for_each_setting_and_a_column_for_each_metric():
    text = check(written())
    assert r"Algorithm & $n$ & NDCG@10 & Recall@10 \\" in text
    assert r"ImplicitMF & 3 & $0.1201 \pm 0.0034$ & $0.2200 \pm 0.0100$ \\" in text
    assert r"Popular & 1 & $0.0600$ & -- \\" in text


def test_the_caption_says_of_what_by_which_definition_and_from_where():
    (caption,) = re.findall(r"\\caption\{(.*)\}\n", written())
    assert caption.startswith(
        r"Results on ml-100k (rating \textgreater{} 3, 5-core; holdout(test=0.2); test part): mean"
    )
    assert r"discount $1/\log_2(\mathrm{rank}+1)$" in caption
    assert caption.endswith("Node 0007 of run seeds, commit a02b4e6b38f4.")
    assert "NDCG has" not in re.findall(r"\\caption\{(.*)\}\n", written(SUMMARY.replace("ndcg@10", "rmse")))[0]


def test_each_dataset_has_a_table():
    text = check(written(SUMMARY + EASE.replace("ml-100k", "ml_1m")))
    assert text.count(r"\begin{table}") == 2 and r"Results on ml\_1m" in text and r"\label{tab:seeds-ml-1m}" in text


def test_the_best_is_bold_only_where_every_difference_holds():
    bold = r"EASE\_x\&\% & 3 & $\mathbf{0.1300} \pm 0.0100$ & --"
    holds = check(written(WITH_EASE, TESTED))
    assert bold in holds and "Bold: better than every other row" in holds
    assert r"\mathbf" not in written(WITH_EASE)
    assert r"\mathbf" not in written(WITH_EASE, TESTED.replace("Popular", "Bias"))
    assert r"\mathbf" not in written(WITH_EASE, comparisons(*[{**PAIR, "algorithm_b": "Popular"}]))
    weak = comparisons(*[{**PAIR, "algorithm_b": other, "t_p_holm": "0.06"} for other in ("ImplicitMF", "Popular")])
    assert r"\mathbf" not in written(WITH_EASE, weak)


def test_of_errors_the_lowest_is_best():
    text = written(WITH_EASE.replace("ndcg@10", "rmse"), TESTED.replace("ndcg@10", "rmse"))
    assert r"\mathbf" not in text, "Popular is lowest, and EASE was tested against it, but ImplicitMF was not"


def test_settings_and_filters_that_differ_are_columns():
    text = check(written(SUMMARY + SUMMARY.splitlines()[1].replace("5-core", "10-core") + "\n"))
    assert r"Algorithm & Filters & $n$ & NDCG@10" in text
    assert r"ImplicitMF & rating \textgreater{} 3, 10-core & 3 &" in text


def test_many_metrics_stand_in_blocks_below_each_other():
    more = "".join(EASE.replace("ndcg@10", f"mrr@{k}") for k in (10, 5))
    heads = [line for line in check(written(SUMMARY + more)).splitlines() if line.startswith("Algorithm")]
    assert heads == [r"Algorithm & $n$ & MRR@5 & MRR@10 & NDCG@10 \\", r"Algorithm & $n$ & Recall@10 \\"]


def test_what_was_not_recomputed_or_only_validated_is_left_out():
    own = SUMMARY + EASE.replace("recomputed", "program") + EASE.replace(",test,", ",validation,")
    assert "EASE" not in written(own)


def test_nothing_in_foreign_text_is_a_command():
    assert escaped(r"\input{x}_$%&#^~<>|") == (
        r"\textbackslash{}input\{x\}\_\$\%\&\#\textasciicircum{}\textasciitilde{}\textless{}\textgreater{}\textbar{}"
    )
    check(written(SUMMARY.replace("ImplicitMF", r"\end{tabular}$%&#_{")))


def test_datasets_and_tools_are_cited_once_each_with_versions():
    text = "\n".join(entries(["ml-100k", "plays {2}\\", "simulated", "ml-100k"], {"lenskit": "2025.8.1"}))
    keys = re.findall(r"@\w+\{([^,]+),", text)
    assert len(keys) == len(set(keys)) and {"plays2", "ekstrand2020lenskit", "autoreclab"} < set(keys)
    assert "note = {Version 2025.8.1}" in text and "simulated" not in text


@pytest.mark.skipif(not (shutil.which("pdflatex") and shutil.which("bibtex")), reason="there is no LaTeX here")
def test_latex_takes_it(tmp_path):
    (tmp_path / "tables.tex").write_text(check(written(WITH_EASE, TESTED)))
    (tmp_path / "main.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs}\begin{document}\input{tables}\nocite{*}"
        r"\bibliographystyle{plain}\bibliography{seeds}\end{document}"
    )
    for command in (["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main"], ["bibtex", "main"]):
        environment = os.environ | {"HOME": str(tmp_path), "max_print_line": "200"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "Overfull" not in done.stdout, done.stdout
    assert "Warning" not in done.stdout, done.stdout
