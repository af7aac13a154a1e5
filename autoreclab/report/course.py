"""The course of the study: what was asked, what was run on what, what each node reached, and how to do it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autoreclab import causes
from autoreclab.budget import executed
from autoreclab.nodes import Node
from autoreclab.report.deviations import unseeded
from autoreclab.report.markdown import escaped, spans, table
from autoreclab.report.subject import Subject
from autoreclab.tree import Tree
from autoreclab.usage import Usage, by_role, total

REACHED = 4  # metrics that the table of nodes shows
SIZES = {
    "n_training": "training interactions",
    "n_test": "test interactions",
    "n_users": "training users",
    "n_items": "training items",
    "n_test_users": "test users",
    "n_left_out": "interactions in neither part",
    "n_unknown_items": "test interactions with an item that training lacks",
}


def question(subject: Subject) -> Iterator[str]:
    """The task as it was asked; its headings become bold lines, else they would be the report's."""
    yield from ("## Question", "")
    for line in subject.run.task.body.splitlines():
        heading = line.lstrip("#").strip() if line.startswith("#") else ""
        yield f"> {f'**{heading}**' if heading else line}".rstrip()
    yield ""


def setup(subject: Subject) -> Iterator[str]:
    """Data, splits, algorithms with their settings and seeds, versions."""
    metadata = subject.evidence.metadata if subject.evidence else {}
    settings = subject.run.settings
    yield from ("## What was run", "")
    for data in metadata.get("datasets", ()):
        counts = ", ".join(f"{data[f'n_{key}']:,} {key}" for key in ("interactions", "users", "items"))
        filters = f" ({escaped(data['filters'])})" if data["filters"] else ""
        yield f"- Dataset **{escaped(str(data['name']))}**: {counts}{filters}; sha256 `{data['sha256'][:16]}`"
    yield from splits(metadata.get("splits", ()))
    for name, given, seeds in algorithms(metadata.get("trials", ())):
        yield f"- **{escaped(name)}**: {escaped(given)}; seeds {seeds}"
    if metadata.get("versions"):
        versions = ", ".join(f"{name} {version}" for name, version in metadata["versions"].items())
        yield f"- Versions: {escaped(versions)}"
    if asked := settings.environment:
        yield f"- Packages that the task asked for: {escaped(', '.join(map(_released, asked)))}; all in `run.yaml`"
    if subject.best and subject.best.execution:
        yield f"- The program ran {subject.best.execution.isolation}"
    yield from (f"- Search: seed {settings.seed}, {settings.drafts} drafts, at most {settings.iterations} iterations, "
                f"time limit {settings.timeout:g} s an experiment", "")  # fmt: skip


def _released(package: str) -> str:
    """A package as it was asked for, without the place of a file on this machine."""
    return package.partition(" @ file:")[0]


def splits(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Splits with their sizes; those that differ in seed and fold alone are told together."""
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for split in found:
        data = [step for step in split["recipe"] if step["step"] != "split"]
        alike.setdefault(json.dumps([data, unseeded(split["label"]), split["part"]]), []).append(split)
    for group in alike.values():
        label, name = str(group[0]["label"]), str(group[0]["recipe"][0].get("name", ""))
        what = f"{len(group)} times **{escaped(unseeded(label))}**" if len(group) > 1 else f"**{escaped(label)}**"
        yield f"- Split of {escaped(name)}, {what}, {group[0]['part']} part: {', '.join(_sizes(group))}"


def algorithms(trials: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Each algorithm as it was set: its name, its settings and how it scored, the seeds it ran with."""
    seeds: dict[tuple[str, str], list[int]] = {}
    for trial in trials:
        settings = [f"{key}={value}" for key, value in trial["settings"].items()]
        key = trial["algorithm"], ", ".join([*settings, f"scoring={trial['scoring']}"])
        seeds.setdefault(key, []).append(trial["seed"])
    yield from ((name, text, spans(found)) for (name, text), found in seeds.items())


def search(subject: Subject) -> Iterator[str]:
    """What each node reached, what failed, and what it cost."""
    nodes = subject.tree.nodes
    failed = subject.tree.failed
    continued = f", {len(subject.tree.continued)} continued after the time limit" if subject.tree.continued else ""
    tried = "1 node was" if len(nodes) == 1 else f"{len(nodes)} nodes were"
    yield from ("## The search", "", f"{tried} tried{continued}, {len(failed)} failed.", "")
    if nodes:
        yield from reached(subject)
    for node in nodes:
        yield from taught(subject.tree, node)
    models = "" if subject.tree.paid else "; no language model was asked"
    yield from [""] if nodes else []
    yield from (f"Cost: {executed(subject.tree):.0f} s of experiments{models}.", "")
    yield from costs(by_role(subject.tree.paid))


def costs(roles: Mapping[str, Usage]) -> Iterator[str]:
    """The table of what each role cost; nothing where none was asked."""
    if roles:
        rows = [_cost(role, usage) for role, usage in {**roles, "in all": total(roles.values())}.items()]
        yield from table(["role", "calls", "tokens in", "of them cached", "tokens out", "seconds", "cost"], rows)


def reached(subject: Subject) -> Iterator[str]:
    """The table of nodes: what each tried, and its score and metrics, of its best setting."""
    tree = subject.tree
    metrics = tree.plan.design.metrics[:REACHED] if tree.plan else ()
    best = f", {tree.best.name} is the best" if tree.best else ""
    yield from (f"What each node reached, each metric by its best setting{best}:", "")
    yield from table(["node", "what", "score", *map(escaped, metrics), "status", "seconds"],
                     [_row(node, metrics) for node in tree.nodes])  # fmt: skip


def taught(tree: Tree, node: Node) -> Iterator[str]:
    """Why a node failed, and whether it did so again; else what it taught."""
    before = causes.repeated(tree, node)
    again = f" as {before.name} did" if before else ""
    if causes.cause(node) and node.commit not in tree.continued:
        why = "; ".join(map(str, node.errors)) or (node.execution.error if node.execution else "")
        yield f"- {node.name} failed{again}: {escaped(why)}"
    elif node.lesson:
        yield f"- {node.name}: {escaped(node.lesson)}"


def again(subject: Subject) -> Iterator[str]:
    """The commands that bring the solution elsewhere and run it again."""
    name, best = subject.run.name, subject.best
    yield from ("## Reproduce", "")
    if not best:
        yield f"Look at a failed program with `git -C WORKSPACE show {name}/0001`."
        return
    yield from ("```sh", f"autoreclab rerun {name}/{best.name}",
                f"git fetch WORKSPACE {name}/best && git cherry-pick FETCH_HEAD",
                f"cd {name} && python solution.py --help", "python solution.py", "```", "")  # fmt: skip
    yield f"The search: `git -C WORKSPACE log --graph`; the node: `git -C WORKSPACE show {best.commit[:12]}`."


def _sizes(splits: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What splits count, from the least to the most where they differ."""
    for key in splits[0]["statistics"]:
        counts = sorted({split["statistics"][key] for split in splits})
        if key == "n_left_out" and not any(counts):
            continue
        span = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
        yield f"{span} {SIZES.get(key, escaped(key))}"


def _cost(role: str, usage: Usage) -> list[str]:
    counts = (usage.calls, usage.input_tokens, usage.cached_tokens, usage.output_tokens)
    return [role, *(f"{count:,}" for count in counts), f"{usage.seconds:.0f}", usage.price]


def _row(node: Node, metrics: Sequence[str]) -> list[str]:
    score = f"{node.score:.2f}" if node.score is not None else "–"
    found = node.execution.metrics if node.execution else {}
    values = [f"{found[name]:.4f}" if name in found else "–" for name in metrics]
    seconds = f"{node.execution.seconds:.0f}" if node.execution else "–"
    return [node.name, f"{node.operator}: {escaped(node.title)}", score, *values, node.status, seconds]
