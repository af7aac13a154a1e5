"""Tree ↔ git: which ref holds what, and the order things become true in (see the table in the README)."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from autoreclab import exchanges, history, opening, records, steering
from autoreclab.bulk import Bulk
from autoreclab.changes import EMAIL, Change
from autoreclab.errors import Conflict, WorkspaceError
from autoreclab.exchanges import GitExchanges
from autoreclab.git import Repository
from autoreclab.models import Usage
from autoreclab.models.answers import Proposal
from autoreclab.nodes import Action, Node
from autoreclab.opening import MAIN, ROOT_HASH, SCORES
from autoreclab.plan import Plan, Requirement
from autoreclab.settings import Settings
from autoreclab.task import Task, parse
from autoreclab.tree import Tree
from autoreclab.wording import subject

FORMAT = 1
RECORDS = "refs/notes/autoreclab"
OWN_FILES = ("task.md", "run.yaml")
ATTEMPTS = 10
CROWNED = re.compile(
    r"report\.(md|json)|(test-)?((results|summary|comparisons)\.csv|metadata\.json)|per_user\.parquet|figures/.*"
    r"|evaluation/recipe\.json"
)


@dataclass(frozen=True)
class Run:
    """What a run was started with, changes on resume included."""

    name: str
    root: str
    task: Task
    settings: Settings
    facts: Mapping[str, Any]
    """`run.yaml` as it was written: versions, datasets, format."""
    folder: str
    """The hash of the folder that holds both; every node has them too."""


class Workspace:
    """One git repository that holds every run."""

    def __init__(self, path: Path):
        self.path = path
        self.repository = Repository(path)
        self._annotating = threading.Lock()  # or threads that record at a time would make each other start again

    # Opening

    @classmethod
    def create(cls, path: Path) -> Workspace:
        """Open the workspace at a path, making it first where there is nothing. Raises `WorkspaceError`."""
        opening.make(path)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """Open an existing workspace. Raises `WorkspaceError` for anything else, without writing to it."""
        opening.check(path)
        return cls(path)

    # Runs

    def runs(self) -> list[str]:
        """The runs' names, the one with the newest node last."""
        out = self.repository.run("for-each-ref", "--sort=committerdate", "--format=%(refname)", "refs/heads/*/**")
        refs = out.decode().splitlines()
        last = {ref.split("/")[2]: position for position, ref in enumerate(refs)}
        return sorted((name for name in last if f"refs/heads/{name}/task" in refs), key=last.__getitem__)

    def begin(self, name: str, task: Task, settings: Settings, facts: Mapping[str, Any]) -> Run:
        """Commit a run's root under the first free name: `seeds`, then `seeds-2`, …"""
        name = "main-run" if name == "main" else name
        taken = {ref.split("/")[2] for ref in self.repository.refs("refs/heads/", "refs/autoreclab/")}
        while name in taken:
            stem, _, number = name.rpartition("-")
            name = f"{stem}-{int(number) + 1}" if stem and number.isdigit() else f"{name}-2"
        content = {"format": FORMAT, "run": name, **facts, "settings": settings.as_dict()}
        files = {
            f"{name}/task.md": task.source.encode(),
            f"{name}/run.yaml": yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode(),
        }
        message = f"task: {subject(task.title)}\n"
        self.repository.commit(f"refs/heads/{name}/task", Change(message, [ROOT_HASH], files), expected=None)
        return self.run(name)

    def run(self, name: str) -> Run:
        """What a run was started with. Raises `WorkspaceError` for an unknown name or a newer format."""
        return self.run_at(name, self._root(name))

    def run_at(self, name: str, root: str) -> Run:
        """The run whose root is that commit. Raises `WorkspaceError` for a newer format."""
        files = self.repository.files(root, name)
        facts = yaml.safe_load(files["run.yaml"])
        if facts["format"] > FORMAT:
            raise WorkspaceError(
                f"Run '{name}' was written by a newer autoreclab. Upgrade autoreclab to go on with it."
            )
        record = records.load(self.repository.note(RECORDS, root))
        changed = {key.removeprefix("setting."): v for key, v in record.items() if key.startswith("setting.")}
        settings = Settings().changed(facts["settings"] | changed)
        folder = self.repository.subtree(root, name)
        return Run(name, root, parse(files["task.md"].decode(), f"{name}/task.md"), settings, facts, folder)

    def _root(self, name: str) -> str:
        """The commit that began a run; people's commits on top of it on `task` do not count."""
        ref = f"refs/heads/{name}/task"
        if not self.repository.head(ref):
            raise WorkspaceError(f"There is no run '{name}' in {self.path}. Runs: {', '.join(self.runs()) or 'none'}.")
        out = self.repository.run("log", "--first-parent", "--format=%H %ce", ref, f"^{ROOT_HASH}", "--").decode()
        root, _, email = (out.splitlines() or [""])[-1].partition(" ")
        if email != EMAIL or not self.repository.entries(root, name).keys() >= set(OWN_FILES):
            raise WorkspaceError(
                f"The branch {name}/task doesn't begin with the commit that began the run any more. Put it back: "
                f"git branch -f {name}/task COMMIT, with the first COMMIT of: git reflog {name}/task"
            )
        return root

    def change_settings(self, run: Run, values: Mapping[str, Any]) -> Run:
        """Record settings given on resume; they win over `run.yaml`."""
        plain = dataclasses.replace(run.settings, **values).as_dict()
        self._record(run.root, {f"setting.{name}": plain[name] for name in values}, "settings changed")
        return self.run(run.name)

    def record_plan(self, run: Run, plan: Plan, usage: Usage) -> None:
        self._record(run.root, records.of_plan(plan) | dataclasses.asdict(usage), "planned")

    def change_requirements(self, run: Run, requirements: Sequence[Requirement]) -> None:
        """Record other requirements; every node's verdicts are out of date then, and stay in the notes' history."""

        def text() -> str:
            record = records.load(self.repository.note(RECORDS, run.root))
            plan = records.plan_in(record)
            assert plan
            others = {key: value for key, value in record.items() if key not in records.of_plan(plan)}
            changed = plan.model_copy(update={"requirements": tuple(requirements)})
            return records.dump(records.of_plan(changed) | others)

        self._annotate(run.root, text, "requirements changed")

    @contextlib.contextmanager
    def searching(self, run: str) -> Iterator[None]:
        """Hold a run while it is searched. Raises `WorkspaceError` naming the process that already does.

        What a killed search's last git is still writing is waited for, so that it is there to be read.
        """
        try:
            with self.repository.lock(f"run-{run}", wait=False):
                with self.repository.lock("write"):
                    pass
                yield
        except Conflict as conflict:
            if not str(conflict).isdigit():
                raise
            raise WorkspaceError(
                f"Run '{run}' is being searched by process {conflict}. Wait, or stop it with: kill -INT {conflict}"
            ) from None

    def searcher(self, run: str) -> int | None:
        """The process that searches a run at present."""
        try:
            with self.searching(run):
                return None
        except WorkspaceError as error:
            found = re.search(r"process (\d+)", str(error))
            return int(found.group(1)) if found else None

    # Reading the tree

    def load(self, run: Run) -> Tree:
        """The state of the search: a fold over one `git log` of the run's branches, and what people's notes say."""
        below, kept = f"refs/heads/{run.name}/", f"refs/autoreclab/{run.name}/outputs/"
        refs = self.repository.refs(below, kept, steering.REF, asked := _exchanges_ref(run.name))
        branches = {ref.removeprefix(below): tip for ref, tip in refs.items() if ref.startswith(below)}
        outputs = {ref.removeprefix(kept): tip for ref, tip in refs.items() if ref.startswith(kept)}
        log = self.repository.log([*branches.values(), f"^{ROOT_HASH}"], RECORDS)
        tree = history.fold(run.name, run.root, log, branches, run.task.metric)
        gone = [tip for commit, tip in outputs.items() if commit not in tree.by_commit]
        paid = exchanges.paid(self.repository, refs.get(asked))
        tree = dataclasses.replace(tree, taken=max([tree.taken, *self._numbers(gone)]), paid=paid)
        if steering.REF not in refs:
            return tree
        return steering.onto(tree, self.repository.notes(steering.REF, {tree.root, *tree.by_commit}))

    def _numbers(self, outputs: Sequence[str]) -> list[int]:
        """The numbers of the nodes that left these outputs."""
        if not outputs:
            return []
        given = "\n".join(outputs).encode()
        lines = self.repository.run("log", "--no-walk", "--format=%s", "--stdin", input=given).decode().splitlines()
        return [int(found.group(1)) for line in lines if (found := re.fullmatch(r"outputs of \S+/(\d+)", line))]

    def files(self, run: str, node: Node) -> dict[str, bytes]:
        """The files a node is made of; of one that a person made on top of `best`, not the results that lie there."""
        files = self.repository.files(node.commit, run)
        ours = {path for path in files if path in OWN_FILES or CROWNED.fullmatch(path)}
        return {path: content for path, content in files.items() if path not in ours}

    def outputs(self, run: str, node: Node, limit: int | None = None) -> dict[str, bytes]:
        """The log and result files of a node that ran; those over `limit` bytes are left out."""
        head = self.repository.head(outputs_ref(run, node))
        return self.repository.files(head, limit=limit) if head else {}

    # Growing it

    def add(self, run: Run, number: int, action: Action, proposal: Proposal, usage: Usage) -> str:
        """Commit a proposal as the next node; it waits to be run. Raises `WorkspaceError` for a file of ours."""
        if ours := [file.path for file in proposal.files if file.path in OWN_FILES]:
            raise WorkspaceError(f"{ours[0]!r} belongs to the run and can't be a file of a node.")
        files = {f"{run.name}/{file.path}": file.content.encode(errors="replace") for file in proposal.files}
        message = history.message(action.kind, number, proposal.title, proposal.plan, usage)
        parents = [action.parent.commit if action.parent else run.root]
        change = Change(message, parents, files, folders={run.name: run.folder})
        return self.repository.commit(f"refs/heads/{run.name}/{number:04d}", change, expected=None)

    def add_continuation(self, run: Run, number: int, node: Node, plan: str) -> str:
        """Commit a node's own files once more, on top of it, as the next node: its program will run on."""
        message = history.message("continue", number, node.title, plan, Usage())
        change = Change(message, [node.commit], keep=True)
        return self.repository.commit(f"refs/heads/{run.name}/{number:04d}", change, expected=None)

    def keep_outputs(self, run: str, node: Node, files: Mapping[str, bytes]) -> None:
        """Keep a node's log and result files, before its execution is recorded."""
        ref = outputs_ref(run, node)
        change = Change(f"outputs of {run}/{node.name}\n", files=files)
        head = self.repository.head(ref)
        write = self.repository.replace if head else self.repository.commit
        write(ref, change, expected=head)

    def record(self, run: str, node: Node, headline: str | None) -> None:
        """Record what happened to a node and, once judged, its verdicts; then its line for people."""
        step = "judged" if node.judgement else "ran"
        line = records.line(node, headline) + "\n"
        self._annotate(node.commit, lambda: records.dump(records.of_node(node)), f"{run}/{node.name} {step}", line)

    def show_scores(self, tree: Tree, headline: str | None) -> None:
        """Mend the nodes' lines for people: a killed search leaves out the one it was about to write."""
        log = self.repository.log([node.commit for node in tree.nodes], SCORES)
        shown = {commit.hash: commit.note.strip() for commit in log}
        lines = {node.commit: records.line(node, headline) for node in tree.nodes if node.execution}
        missing = {commit: f"{line}\n" for commit, line in lines.items() if shown[commit] != line}
        if missing:
            with self._annotating, contextlib.suppress(Conflict):  # another run's line came between
                tip = self.repository.head(SCORES)
                self.repository.commit(SCORES, _noted(tip, missing, f"{tree.run} scores"), expected=tip)

    def crown(self, run: Run, node: Node | None, files: Mapping[str, bytes]) -> bool:
        """Put the best solution, the report and result files on `best`.

        False, and nothing is changed, where a person has it checked out or has committed on it.
        """
        ref = f"refs/heads/{run.name}/best"
        head = self.repository.head(ref)
        if self.repository.checked_out(ref) or (head and self.repository.committer(head) != EMAIL):
            return False
        tree = self.repository.subtree(node.commit if node else run.root, run.name)
        contents = {f"{run.name}/{path}": content for path, content in files.items()}
        kind = "best" if node and node.working else "nothing worked; nearest"
        title = f"{kind}: {subject(node.title)}" if node else "best: nothing worked"
        message = f"{title}\n\nRun: {run.name}\nNode: {node.commit if node else 'none'}\n"
        change = Change(message, [run.root], contents, folders={run.name: tree})
        self.repository.replace(ref, change, expected=head)
        return True

    def gather(self, run: str, tree: Tree) -> None:
        """Join the run's leaves into main, its files unchanged, so that plain `git log --graph` shows the search."""
        tip = self.repository.head(MAIN)
        ends = [leaf.commit for leaf in tree.leaves] or [tree.root]
        if not tip:
            return
        fresh = set(self.repository.run("rev-list", *ends, f"^{tip}").decode().split())
        parents = [tip, *(end for end in ends if end in fresh)]
        if len(parents) == 1:
            return
        best = f", best {tree.best.name} ({tree.best.score:.2f})" if tree.best else ""
        change = Change(f"{run}: {len(tree.nodes)} nodes{best}\n", parents, keep=True)
        with contextlib.suppress(Conflict):  # a person's commit came between; the next gathering joins both
            self.repository.commit(MAIN, change, expected=tip)

    @property
    def bulk(self) -> Bulk:
        """Where the result files lie that are too large for git."""
        return Bulk(self.repository)

    def exchanges(self, run: str) -> GitExchanges:
        return GitExchanges(self.repository, _exchanges_ref(run))

    # Notes

    def _record(self, commit: str, values: Mapping[str, Any], message: str) -> None:
        """Put values into a commit's record, beside those it has."""

        def text() -> str:
            return records.dump(records.load(self.repository.note(RECORDS, commit)) | dict(values))

        self._annotate(commit, text, message)

    def _annotate(self, commit: str, text: Callable[[], str], message: str, score: str | None = None) -> None:
        """Write a record, and a node's line; again from what is there now when another process wrote in between."""
        with self._annotating:
            for attempt in range(ATTEMPTS):
                tip, scores = self.repository.head(RECORDS), self.repository.head(SCORES)
                change = _noted(tip, {commit: text()}, message)
                derived = {SCORES: _noted(scores, {commit: score}, message)} if score else {}
                try:
                    self.repository.commit(RECORDS, change, expected=tip, derived=derived)
                    return
                except Conflict:
                    if attempt == ATTEMPTS - 1:
                        raise


def _noted(tip: str | None, notes: Mapping[str, str], message: str) -> Change:
    return Change(f"{message}\n", [tip] if tip else [], notes=notes, keep=True)


def _exchanges_ref(run: str) -> str:
    return f"refs/autoreclab/{run}/exchanges"


def outputs_ref(run: str, node: Node) -> str:
    """The ref of what a node's run left."""
    return f"refs/autoreclab/{run}/outputs/{node.commit}"
