"""The results of a best node as LaTeX: a table for each dataset, for `booktabs`, and what to cite as BibTeX."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autoreclab import bibliography
from autoreclab.evidence import Row
from autoreclab.report.columns import tells
from autoreclab.report.deviations import unseeded
from autoreclab.report.differences import ALPHA
from autoreclab.report.markdown import natural
from autoreclab.task import lower_is_better

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "≥": r"$\geq$", "≤": r"$\leq$", "–": "--", "—": "---",
}  # fmt: skip
WIDEST = 3  # metrics side by side, so that a table fits the text of an article
ACRONYMS = ("ndcg", "mrr", "map", "rmse", "mae")
NDCG = (
    r" NDCG has binary relevance and the discount $1/\log_2(\mathrm{rank}+1)$, and is normalised by the best list that "
    r"$k$ items allow."
)
HEAD = """\
% Tables of {run}, for \\usepackage{{booktabs}}. Where this file is read, \\bibliography{{{run}}} finds what to cite.
"""


@dataclass(frozen=True)
class Origin:
    """Where results come from."""

    run: str
    node: str
    commit: str


def document(files: Mapping[str, bytes], origin: Origin) -> str:
    """Tables, then a `filecontents` with BibTeX; `files` are those of the branch `best`.

    Values that could not be recomputed are left out, and of a study that tuned on a validation part, that part.
    """
    summary, compared, ledger = (_read(files, f"{name}.csv") for name in ("summary", "comparisons", "results"))
    rows = [row for row in summary if row["source"] == "recomputed" and row["mean"]]
    rows = [row for row in rows if row["part"] == "test"] or rows
    datasets = list(dict.fromkeys(row["dataset"] for row in rows))
    versions = json.loads(files.get("metadata.json", b"{}")).get("versions", {})
    parts = [HEAD.format(run=origin.run)]
    for dataset in datasets:
        splits = dict.fromkeys(unseeded(row["split"]) for row in ledger if row["dataset"] == dataset)
        own = [row for row in rows if row["dataset"] == dataset]
        tests = [row for row in compared if row["dataset"] == dataset]
        parts.append("\n".join(table(own, tests, list(filter(None, splits)), origin)) + "\n")
    parts.append("\n".join(references(bibliography.entries(datasets, versions), origin.run)))
    return "\n".join(parts)


def table(rows: Sequence[Row], tests: Sequence[Row], splits: Iterable[str], origin: Origin) -> Iterator[str]:
    """The table of one dataset: a line for each setting, a column for each metric; of many metrics a few at a time."""
    metrics = sorted({row["metric"] for row in rows}, key=natural)
    best = {metric: winner([row for row in rows if row["metric"] == metric], tests) for metric in metrics}
    yield from (r"\begin{table}", r"\centering")
    yield f"\\caption{{{caption(rows, splits, any(best.values()), origin)}}}"
    yield f"\\label{{tab:{_plain(origin.run)}-{_plain(rows[0]['dataset'])}}}"
    blocks = [metrics[start : start + WIDEST] for start in range(0, len(metrics), WIDEST)]
    for number, shown in enumerate(blocks):
        yield from [r"\\[1ex]"] if number else []
        yield from block(rows, {metric: best[metric] for metric in shown})
    yield r"\end{table}"


def block(rows: Sequence[Row], best: Mapping[str, Row | None]) -> Iterator[str]:
    """The lines of a table for some metrics, each with its row in bold, if any."""
    heads = _settings(rows)
    lines: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in rows:
        lines.setdefault(tuple(row[name] for name in heads), {})[row["metric"]] = row
    names = [escaped(name.replace("_", " ").capitalize()) for name in heads]
    yield f"\\begin{{tabular}}{{{'l' * len(names)}r{'c' * len(best)}}}"
    yield r"\toprule"
    yield " & ".join([*names, "$n$", *(escaped(title(metric)) for metric in best)]) + r" \\"
    yield r"\midrule"
    for setting, line in lines.items():
        counts = sorted({int(row["n"]) for row in line.values()})
        cells = [_cell(line.get(metric), row) for metric, row in best.items()]
        yield " & ".join([*(escaped(text) or "--" for text in setting), "/".join(map(str, counts)), *cells]) + r" \\"
    yield from (r"\bottomrule", r"\end{tabular}")


def caption(rows: Sequence[Row], splits: Iterable[str], bold: bool, origin: Origin) -> str:
    """What the numbers are: of which data, filters and split, over what, by which definition, from where."""
    filters = dict.fromkeys(row["filters"] for row in rows)
    data = "; ".join([*(filters if len(filters) == 1 else ()), *splits, f"{rows[0]['part']} part"]).lstrip("; ")
    spread = any(row["sd"] for row in rows)
    text = f"Results on {escaped(rows[0]['dataset'])} ({escaped(data)}): "
    text += r"mean $\pm$ standard deviation over $n$ replicates." if spread else "mean over $n$ replicates."
    if any(row["metric"].startswith("ndcg@") for row in rows):
        text += NDCG
    if bold:
        text += f" Bold: better than every other row (paired $t$ test with Holm's correction, $p < {ALPHA}$)."
    return text + f" Node {escaped(origin.node)} of run {escaped(origin.run)}, commit {origin.commit[:12]}."


def winner(rows: Sequence[Row], tests: Sequence[Row]) -> Row | None:
    """Of the rows of one metric the best, if it was tested against every other and each difference holds."""
    low = bool(rows) and lower_is_better(rows[0]["metric"])
    best = (min if low else max)(rows, key=lambda row: float(row["mean"]), default=None)
    others = [row for row in rows if row is not best]
    return best if best and others and all(_differ(best, other, tests) for other in others) else None


def references(entries: Iterable[str], run: str) -> Iterator[str]:
    """The BibTeX entries as a file that LaTeX writes."""
    yield f"\\begin{{filecontents*}}[overwrite]{{{run}.bib}}"
    yield from entries
    yield r"\end{filecontents*}" + "\n"


def escaped(text: str) -> str:
    """Text in which nothing is a command."""
    return "".join(SPECIAL.get(c, c) for c in text if c.isprintable())


def title(metric: str) -> str:
    """A metric's name in a paper: NDCG@10, Recall@10."""
    name, at, k = metric.partition("@")
    return (name.upper() if name in ACRONYMS else name.capitalize()) + at + k


def _read(files: Mapping[str, bytes], path: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(files.get(path, b"").decode(errors="replace"))))


def _settings(rows: Sequence[Row]) -> list[str]:
    """The columns that tell settings apart: the factors, and the filters where they differ."""
    factors = list(rows[0])[: list(rows[0]).index("dataset")]
    told = [name for name in factors if tells(name, rows)]
    return [*told, *(["filters"] if len({row["filters"] for row in rows}) > 1 else [])]


def _cell(row: Row | None, best: Row | None) -> str:
    if row is None:
        return "--"
    mean = f"{float(row['mean']):.4f}"
    spread = f" \\pm {float(row['sd']):.4f}" if row["sd"] else ""
    return f"$\\mathbf{{{mean}}}{spread}$" if row is best else f"${mean}{spread}$"


def _differ(one: Row, other: Row, tests: Iterable[Row]) -> bool:
    """Is there a test of these two rows, and does their difference hold?"""
    pair = {one.get("algorithm"), other.get("algorithm")}
    return any(
        {test["algorithm_a"], test["algorithm_b"]} == pair
        and all(
            test[name] in (one.get(name), other.get(name)) for name in list(test)[: list(test).index("algorithm_a")]
        )
        and bool(test["t_p_holm"])
        and float(test["t_p_holm"]) < ALPHA
        for test in tests
    )


def _plain(name: str) -> str:
    """A name as a label takes it."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in name)
