"""The report of a run as Markdown: what code computes from the ledger and the tree, and a reader's interpretation."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autoreclab.models.answers import Interpretation
from autoreclab.testing import Tested, ref
from autoreclab.tree import Node, Tree
from autoreclab.wording import clean
from autoreclab.workspace import Run

STATISTICS = ("n", "mean", "sd", "cv", "ci_low", "ci_high")
HEADINGS = {"mean": "mean", "sd": "sd", "cv": "CV", "ci_low": "95 % CI from", "ci_high": "to"}
TIMES = ("seconds",)
SIZES = {
    "n_training": "training interactions",
    "n_test": "test interactions",
    "n_users": "training users",
    "n_items": "training items",
    "n_test_users": "test users",
    "n_unknown_items": "test interactions with an item that training lacks",
}
EVIDENCE = 400  # characters of a verdict's evidence that the table shows


def write(
    run: Run,
    tree: Tree,
    outputs: Mapping[str, bytes],
    words: Interpretation | None,
    model: str,
    tested: Tested | None = None,
) -> str:
    """The whole report; without an interpretation, the computed part alone.

    `tested` is what came of the test part where the task owns its evaluation; its values are among the outputs.
    """
    metadata = json.loads(outputs.get("metadata.json", b"{}"))
    summary = list(csv.DictReader(io.StringIO(outputs.get("summary.csv", b"").decode(errors="replace"))))
    figures = sorted((path for path in outputs if path.startswith("figures/") and path.endswith(".png")), key=natural)
    parts: list[Iterable[str]] = [
        [f"# {escaped(run.task.title)}", ""],
        answer(tree, words),
        question(run),
        results(summary, figures, tree),
        test(run, tree, tested),
        interpretation(words, model),
        setup(run, metadata),
        requirements(tree),
        search(tree),
        reproduction(run, tree),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def answer(tree: Tree, words: Interpretation | None) -> Iterator[str]:
    """The state of the search, and the answer where there is one."""
    best = tree.best
    if best is None:
        yield from ("**No experiment worked.** What was tried, and how it failed, stands under *The search*.", "")
    elif not best.satisfactory and best.judgement:
        met, of = best.judgement.met, len(best.judgement.verdicts)
        yield from (f"**Not every requirement is met** ({met} of {of}): see *Requirements* before relying on this.", "")
    if words:
        yield from (prose(words.answer), "")


def question(run: Run) -> Iterator[str]:
    """The task as it was asked."""
    yield from ("## Question", "")
    yield from (f"> {line}".rstrip() for line in run.task.body.splitlines())
    yield ""


def results(summary: Sequence[Mapping[str, str]], figures: Sequence[str], tree: Tree) -> Iterator[str]:
    """The table of settings and metrics, and the figures."""
    yield from ("## Results", "")
    if not summary:
        yield from ("The ledger is empty: no result could be recomputed.", "")
        return
    source = f" of node {tree.best.name}" if tree.best else ""
    yield f"Computed by code from `results.csv`{source}: a line a setting and metric, n counts replicates."
    yield ""
    settings = [key for key in summary[0] if key not in (*STATISTICS, *TIMES) and any(row[key] for row in summary)]
    if all(row.get("source") == "recomputed" for row in summary):
        settings = [key for key in settings if key != "source"]
    yield from table(
        [*settings, *(HEADINGS.get(key, key) for key in STATISTICS)],
        [[*(escaped(row[key]) for key in settings), *(number(key, row[key]) for key in STATISTICS)] for row in summary],
    )
    yield ""
    for path in figures:
        yield from (f"![{path.split('/')[-1].removesuffix('.png')}]({path})", "")


def test(run: Run, tree: Tree, tested: Tested | None) -> Iterator[str]:
    """What the test part was used for, where the task owns its evaluation."""
    if run.task.evaluation is None or tree.best is None:
        return
    yield from ("## The test part", "")
    node = tree.best.name
    if tested is None:
        yield from (f"Node {node} is not measured on it yet: that is done once, when the search has ended.", "")
        return
    if tested.failure:
        yield f"**Node {node} failed on it**, so there is no value: {escaped(tested.failure)}. To try it again:"
        yield f"`git -C WORKSPACE update-ref -d {ref(run.name, tree.best)}`, then `autoreclab resume {run.name}`."
    else:
        yield f"The rows of part `test` are of node {node}, trained on the whole training part, in `test-results.csv`."
        yield "The search chose it by the rows of part `validation`, and saw nothing of the test part."
    often = "once" if tested.times == 1 else f"{tested.times} times, for as many nodes or clones of the run"
    yield from (f"In this run the test part was computed {often}.", "")


def interpretation(words: Interpretation | None, model: str) -> Iterator[str]:
    """A reader's part, marked as such."""
    if words:
        author = "the offline researcher, without a language model," if model == "offline" else escaped(model)
        yield from ("## Interpretation", "", f"*Written by {author} from the table above.*", "")
        yield from (prose(words.interpretation), "", "## Limitations", "", prose(words.limitations), "")


def setup(run: Run, metadata: Mapping[str, Any]) -> Iterator[str]:
    """Data, splits, algorithms with their settings and seeds, versions."""
    yield from ("## What was run", "")
    for data in metadata.get("datasets", ()):
        counts = ", ".join(f"{data[f'n_{key}']:,} {key}" for key in ("interactions", "users", "items"))
        filters = f" ({escaped(data['filters'])})" if data["filters"] else ""
        yield f"- Dataset **{escaped(str(data['name']))}**: {counts}{filters}; sha256 `{data['sha256'][:16]}`"
    for split in metadata.get("splits", ()):
        sizes = ", ".join(f"{value:,} {SIZES.get(key, key)}" for key, value in split["statistics"].items())
        yield f"- Split **{escaped(str(split['label']))}** ({split['part']} part): {escaped(sizes)}"
    for name, settings, seeds in algorithms(metadata.get("trials", ())):
        yield f"- **{escaped(name)}**: {escaped(settings)}; seeds {seeds}"
    if metadata.get("versions"):
        versions = ", ".join(f"{name} {version}" for name, version in metadata["versions"].items())
        yield f"- Versions: {escaped(versions)}"
    limit = f"time limit {run.settings.timeout:g} s an experiment"
    yield from (f"- Search: seed {run.settings.seed}, {run.settings.drafts} drafts, at most "
                f"{run.settings.iterations} iterations, {limit}", "")  # fmt: skip


def algorithms(trials: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Each algorithm as it was set: its name, its settings and how it scored, the seeds it ran with."""
    seeds: dict[tuple[str, str], list[int]] = {}
    for trial in trials:
        settings = [f"{key}={value}" for key, value in trial["settings"].items()]
        key = trial["algorithm"], ", ".join([*settings, f"scoring={trial['scoring']}"])
        seeds.setdefault(key, []).append(trial["seed"])
    yield from ((name, text, spans(found)) for (name, text), found in seeds.items())


def spans(values: Iterable[int]) -> str:
    """Whole numbers as ranges: `0–29, 40`."""
    groups: list[list[int]] = []
    for value in sorted(set(values)):
        if groups and value == groups[-1][-1] + 1:
            groups[-1].append(value)
        else:
            groups.append([value])
    return ", ".join(f"{group[0]}–{group[-1]}" if len(group) > 1 else str(group[0]) for group in groups)


def requirements(tree: Tree) -> Iterator[str]:
    """Each requirement with its verdict on the best node."""
    if not (tree.plan and tree.best and tree.best.judgement):
        return
    yield from ("## Requirements", "")
    pairs = zip(tree.plan.requirements, tree.best.judgement.verdicts, strict=True)
    yield from table(
        ["", "requirement", "evidence", "by"],
        [["met" if v.met else "**not met**", escaped(r.text), escaped(shortened(v.evidence)), v.by] for r, v in pairs],
    )
    yield ""


def search(tree: Tree) -> Iterator[str]:
    """What was tried and what failed, and what it cost."""
    failed = [node for node in tree.nodes if node.execution and not node.working]
    yield from ("## The search", "")
    yield f"{len(tree.nodes)} nodes were tried, {len(failed)} failed."
    yield ""
    if tree.nodes:
        yield from table(["node", "what", "score", "status", "seconds"], [_row(node) for node in tree.nodes])
        yield ""
    for node in failed:
        why = next(map(str, node.errors), node.execution.error if node.execution else "")
        yield f"- {node.name} failed: {escaped(why)}"
    seconds = sum(node.execution.seconds for node in tree.nodes if node.execution)
    calls = sum(node.calls for node in tree.nodes)
    tokens = [sum(node.input_tokens for node in tree.nodes), sum(node.output_tokens for node in tree.nodes)]
    spent = f"{calls} calls, {tokens[0]:,} tokens in, {tokens[1]:,} out" if calls else "no language model"
    yield from ("", f"Cost of the nodes: {seconds:.0f} s of experiments; {spent}.", "")


def reproduction(run: Run, tree: Tree) -> Iterator[str]:
    """The commands that bring the solution elsewhere and run it again."""
    yield from ("## Reproduce", "")
    if not tree.best:
        yield f"Look at a failed program with `git -C WORKSPACE show {run.name}/0001`."
        return
    yield from ("```sh", f"git fetch WORKSPACE {run.name}/best && git cherry-pick FETCH_HEAD",
                f"cd {run.name} && python solution.py --help", "python solution.py", "```", "")  # fmt: skip
    yield f"The search: `git -C WORKSPACE log --graph`; the node: `git -C WORKSPACE show {tree.best.commit[:12]}`."


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---' for _ in heads)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def number(key: str, text: str) -> str:
    """A figure of the summary for people: counts whole, CV in percent, values with four decimals."""
    if not text:
        return "–"
    if key == "n":
        return text
    return f"{100 * float(text):.1f} %" if key == "cv" else f"{float(text):.4f}"


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts ndcg@5 before ndcg@10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def shortened(text: str) -> str:
    """A long text without its end."""
    return text if len(text) <= EVIDENCE else text[: EVIDENCE - 1].rsplit(" ", 1)[0] + " …"


def escaped(text: str) -> str:
    """Text from a model, a program or a file as one line in which nothing is Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", clean(text))


def prose(text: str) -> str:
    """A model's paragraphs: its emphasis and lists stay, headings, links, images and HTML do not."""
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines())
    return "\n".join(re.sub(r"([\[\]<>|#`])", r"\\\1", line) for line in lines)


def _row(node: Node) -> list[str]:
    score = f"{node.score:.2f}" if node.score is not None else "–"
    seconds = f"{node.execution.seconds:.0f}" if node.execution else "–"
    return [node.name, f"{node.operator}: {escaped(node.title)}", score, node.status, seconds]
