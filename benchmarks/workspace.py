"""What the workspace costs, with few and with many nodes, beside plain git doing the same kind of thing.

    python benchmarks/workspace.py [--sizes 100 10000] [--rounds 20]

Recording one more node (commit, outputs, record) stands beside `git add && git commit && git notes add` in the same
repository; loading the tree beside a bare `git log --branches --notes`. Medians; compare the ratios.
"""

import argparse
import dataclasses
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from autoreclab import records
from autoreclab.changes import Change, stream_of
from autoreclab.models import Usage
from autoreclab.models.answers import File, Proposal
from autoreclab.nodes import Action, Execution, Judgement, Node, Verdict
from autoreclab.plan import Design, Factor, Plan, Requirement
from autoreclab.settings import Settings
from autoreclab.task import parse
from autoreclab.workspace import RECORDS, SCORES, Run, Workspace

PLAN = Plan(
    summary="How much do seeds matter?",
    requirements=tuple(Requirement(text=f"Requirement {number} is met.") for number in range(12)),
    design=Design(datasets=("ml-100k",), factors=(Factor(name="seed", levels=(0, 1, 2)),), metrics=("ndcg@10",)),
)
PROGRAM = "".join(f"line_{number} = {number}\n" for number in range(60))
OUTPUTS = {"log.txt": b"done\n" * 50, "results.csv": b"seed,metric,value\n" + b"0,ndcg@10,0.1\n" * 60}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    print(f"{'nodes':>7} {'record':>9} {'plain git':>10} {'ratio':>6} {'load':>9} {'git log':>9} {'ratio':>6}")
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            times = measured(Path(folder), size, options.rounds)
        own, plain, load, log = (1000 * statistics.median(found) for found in times)
        print(
            f"{size:7} {own:6.0f} ms {plain:7.0f} ms {own / plain:6.1f} {load:6.0f} ms {log:6.0f} ms {load / log:6.1f}"
        )


def measured(folder: Path, size: int, rounds: int) -> tuple[list[float], ...]:
    """Seconds of recording a node, of plain git, of loading the tree, of a bare git log; alternating."""
    workspace = Workspace.create(folder / "workspace")
    run = workspace.begin("seeds", parse("# Seeds\nHow much?", "seeds.md"), Settings(), {})
    workspace.record_plan(run, PLAN, Usage())
    fill(workspace, run, size)
    times: tuple[list[float], ...] = ([], [], [], [])
    for number in range(rounds):
        acts: tuple[Callable[[], object], ...] = (
            lambda number=number: record_one(workspace, run, size + number + 1),
            lambda number=number: plainly(workspace.path, number),
            lambda: workspace.load(run),
            lambda: git(workspace.path, "log", "--branches", "--notes=autoreclab"),
        )
        for found, act in zip(times, acts, strict=True):
            started = time.perf_counter()
            act()
            found.append(time.perf_counter() - started)
    return times


def record_one(workspace: Workspace, run: Run, number: int) -> None:
    """Commit a node, keep its outputs, record it judged."""
    action, proposal = (
        Action("draft"),
        Proposal(title="more", plan="why", files=(File(path="solution.py", content=PROGRAM),)),
    )
    commit = workspace.add(run, number, action, proposal, Usage(1, 1000, 500))
    node = judged(Node(commit, "its tree", f"{number:04d}", number, "draft", "more", "why"))
    workspace.keep_outputs(run.name, node, OUTPUTS)
    workspace.record(run.name, node, "ndcg@10")


def plainly(path: Path, number: int) -> None:
    """What a person would type: add, commit, notes add."""
    (path / "mine.py").write_text(PROGRAM + f"# {number}\n")
    git(path, "add", "mine.py")
    git(path, "commit", "-q", "-m", f"mine {number}")
    git(path, "notes", "--ref=mine", "add", "-m", "a note", "HEAD")


def fill(workspace: Workspace, run: Run, size: int) -> None:
    """Make `size` nodes with outputs, records and scores in three streams, for speed."""
    changes = [(f"refs/heads/seeds/{number:04d}", node_change(run, number)) for number in range(1, size + 1)]
    commits = imported(workspace, changes)
    imported(
        workspace,
        [(f"refs/autoreclab/seeds/outputs/{commit}", Change("outputs\n", files=OUTPUTS)) for commit in commits],
    )
    hashes = git(workspace.path, "log", "--no-walk", "--format=%H %T", "--stdin", text="\n".join(commits)).split()
    tree_of = dict(zip(hashes[::2], hashes[1::2], strict=True))
    nodes = [
        judged(Node(commit, tree_of[commit], f"{number:04d}", number, "draft", "t", "p"))
        for number, commit in enumerate(commits, 1)
    ]
    for ref, text in (
        (RECORDS, lambda n: records.dump(records.of_node(n))),
        (SCORES, lambda n: records.line(n, "ndcg@10")),
    ):
        tip = workspace.repository.head(ref)
        notes = {node.commit: text(node) for node in nodes}
        workspace.repository.commit(
            ref, Change("records\n", [tip] if tip else [], notes=notes, keep=True), expected=tip
        )


def node_change(run: Run, number: int) -> Change:
    """A node: every fifth is a draft, the others improve it."""
    message = f"draft: number {number}\n\nwhy\n\nOperator: draft\nNumber: {number}\nModel-Calls: 1\n"
    files = {f"{run.name}/solution.py": f"{PROGRAM}# {number}\n".encode()}
    return Change(message, [run.root], files, folders={run.name: run.folder})


def imported(workspace: Workspace, changes: list[tuple[str, Change]]) -> list[str]:
    """Many commits by one fast-import; their hashes."""
    stream = b"".join(piece for ref, change in changes for piece in stream_of(ref, change))
    return workspace.repository.run("fast-import", "--quiet", "--done", input=stream + b"done\n").decode().split()


def judged(node: Node) -> Node:
    """The node as if it had run and been judged."""
    verdicts = tuple(Verdict(True, "The line 12 of results.csv shows it.", "check") for _ in PLAN.requirements)
    execution = Execution("ok", 0, 12.3, 400.0, 60, 60, {"ndcg@10": 0.1})
    return dataclasses.replace(node, execution=execution, judgement=Judgement(verdicts, PLAN.fingerprint))


def git(path: Path, *arguments: str, text: str = "") -> str:
    """Plain git as a person runs it."""
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-C", str(path), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
