"""Tree ↔ git: which ref holds what, and the order things become true in (see the table in the README)."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from autoreclab import git, history, records
from autoreclab.errors import Conflict, WorkspaceError
from autoreclab.exchanges import GitExchanges
from autoreclab.git import Change, Repository
from autoreclab.models import Usage
from autoreclab.models.answers import Proposal
from autoreclab.plan import Plan
from autoreclab.settings import Settings
from autoreclab.task import Task, parse
from autoreclab.tree import Action, Node, Tree

FORMAT = 1
MAIN = "refs/heads/main"
RECORDS = "refs/notes/autoreclab"
SCORES = "refs/notes/scores"
ROOT = Change("autoreclab workspace\n", time=1735689600)
ROOT_HASH = "cb244e37435ca90521a5c0afb359e751f16f9012"
OWN_FILES = ("task.md", "run.yaml")
RESERVED = ("task", "best")
TREE_ALIAS = (
    "!f() { git log --graph --exclude=main --branches --no-notes --notes=refs/notes/scores "
    f"--format='%h %s  %N' \"$@\" --not {ROOT_HASH} | grep -Ev '^[| ]*$'; }}; f"
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


class Workspace:
    """One git repository that holds every run."""

    def __init__(self, path: Path):
        self.path = path
        self.repository = Repository(path)

    # Opening

    @classmethod
    def create(cls, path: Path) -> Workspace:
        """Open the workspace at a path, making it first where there is nothing. Raises `WorkspaceError`."""
        if (path / ".git").exists():
            return cls.open(path)
        others = [entry.name for entry in path.iterdir() if entry.name != "README.md"] if path.is_dir() else []
        if others or (path.exists() and not path.is_dir()):
            raise WorkspaceError(f"{path} holds other things ({', '.join(others[:3])}). Choose another --workspace.")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(f"{path} can't be made: {error.strerror}. Choose another --workspace.") from None
        git.run(path, "init", "--quiet", "--initial-branch=main", "--object-format=sha1", "--template=")
        workspace = cls(path)
        workspace.repository.commit(MAIN, ROOT, expected=None)
        workspace._prepare()
        return workspace

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """Open an existing workspace. Raises `WorkspaceError` for anything else, without writing to it."""
        if not (path / ".git").exists():
            raise WorkspaceError(f"There is no workspace at {path}. Make one with: autoreclab start TASK")
        workspace = cls(path)
        try:
            workspace.repository.run("cat-file", "-e", ROOT_HASH)
        except WorkspaceError as error:
            if "dubious ownership" in str(error):
                raise
            raise WorkspaceError(
                f"{path} is another git repository, not a workspace, and stays untouched. Choose another --workspace."
            ) from None
        return workspace

    def _prepare(self) -> None:
        """Show scores in plain `git log`, set the alias `git tree`, leave a README out of `git status`."""
        self.repository.run("config", "notes.displayRef", SCORES)
        self.repository.run("config", "alias.tree", TREE_ALIAS)
        exclude = self.path / ".git" / "info" / "exclude"
        exclude.parent.mkdir(exist_ok=True)
        exclude.write_text("/README.md\n")

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
        message = f"task: {_flat(task.title)}\n"
        self.repository.commit(f"refs/heads/{name}/task", Change(message, [ROOT_HASH], files), expected=None)
        return self.run(name)

    def run(self, name: str) -> Run:
        """What a run was started with. Raises `WorkspaceError` for an unknown name or a newer format."""
        root = self.repository.head(f"refs/heads/{name}/task")
        if not root:
            raise WorkspaceError(f"There is no run '{name}' in {self.path}. Runs: {', '.join(self.runs()) or 'none'}.")
        return self.run_at(name, root)

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
        return Run(name, root, parse(files["task.md"].decode(), f"{name}/task.md"), settings, facts)

    def change_settings(self, run: Run, values: Mapping[str, Any]) -> Run:
        """Record settings given on resume; they win over `run.yaml`."""
        plain = dataclasses.replace(run.settings, **values).as_dict()
        self._record(run.root, {f"setting.{name}": plain[name] for name in values}, "settings changed")
        return self.run(run.name)

    def record_plan(self, run: Run, plan: Plan, usage: Usage) -> None:
        self._record(run.root, records.of_plan(plan) | dataclasses.asdict(usage), "planned")

    @contextlib.contextmanager
    def searching(self, run: str) -> Iterator[None]:
        """Hold a run while it is searched. Raises `WorkspaceError` naming the process that already does."""
        try:
            with self.repository.lock(f"run-{run}", wait=False):
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
        """The state of the search: a fold over one `git log` of the run's branches."""
        branches = {ref.rsplit("/", 1)[1]: tip for ref, tip in self.repository.refs(f"refs/heads/{run.name}/").items()}
        log = self.repository.log([*branches.values(), f"^{ROOT_HASH}"], RECORDS)
        return history.fold(run.name, run.root, log, branches, run.task.metric)

    def files(self, run: str, node: Node) -> dict[str, bytes]:
        """The files a node is made of."""
        files = self.repository.files(node.commit, run)
        return {path: content for path, content in files.items() if path not in OWN_FILES}

    def outputs(self, run: str, node: Node, limit: int | None = None) -> dict[str, bytes]:
        """The log and result files of a node that ran; those over `limit` bytes are left out."""
        head = self.repository.head(_outputs(run, node))
        return self.repository.files(head, limit=limit) if head else {}

    # Growing it

    def add(self, run: Run, number: int, action: Action, proposal: Proposal, usage: Usage) -> str:
        """Commit a proposal as the next node; it waits to be run."""
        own = self.repository.subtree(run.root, run.name)
        files = {f"{run.name}/{file.path}": file.content.encode(errors="replace") for file in proposal.files}
        message = (
            f"{action.kind}: {_flat(proposal.title)}\n\n{_paragraph(proposal.plan)}\n\n"
            f"Operator: {action.kind}\nNumber: {number}\nModel-Calls: {usage.calls}\n"
            f"Input-Tokens: {usage.input_tokens}\nOutput-Tokens: {usage.output_tokens}\n"
        )
        parents = [action.parent.commit if action.parent else run.root]
        change = Change(message, parents, files, folders={run.name: own})
        return self.repository.commit(f"refs/heads/{run.name}/{number:04d}", change, expected=None)

    def keep_outputs(self, run: str, node: Node, files: Mapping[str, bytes]) -> None:
        """Keep a node's log and result files, before its execution is recorded."""
        ref = _outputs(run, node)
        change = Change(f"outputs of {run}/{node.name}\n", files=files)
        self.repository.replace(ref, change, expected=self.repository.head(ref))

    def record(self, run: str, node: Node, headline: str | None) -> None:
        """Record what happened to a node and, once judged, its verdicts; then its line for people."""
        step = "judged" if node.judgement else "ran"
        self._record(node.commit, records.of_node(node), f"{run}/{node.name} {step}", fresh=True)
        self._annotate(SCORES, {node.commit: records.line(node, headline) + "\n"}, f"{run}/{node.name}")

    def crown(self, run: Run, node: Node | None, files: Mapping[str, bytes]) -> bool:
        """Put the best solution, the report and result files on `best`; False where a person has it checked out."""
        ref = f"refs/heads/{run.name}/best"
        head = self.repository.head(ref)
        if self.repository.checked_out(ref):
            return False
        tree = self.repository.subtree(node.commit if node else run.root, run.name)
        contents = {f"{run.name}/{path}": content for path, content in files.items()}
        title = f"best: {_flat(node.title)}" if node else "best: nothing worked"
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
        self.repository.commit(MAIN, change, expected=tip)

    def exchanges(self, run: str) -> GitExchanges:
        return GitExchanges(self.repository, f"refs/autoreclab/{run}/exchanges")

    # Notes

    def _record(self, commit: str, values: Mapping[str, Any], message: str, fresh: bool = False) -> None:
        def text() -> str:
            before = {} if fresh else records.load(self.repository.note(RECORDS, commit))
            return records.dump(before | dict(values))

        self._annotate(RECORDS, {commit: text}, message)

    def _annotate(self, ref: str, notes: Mapping[str, str | Callable[[], str]], message: str) -> None:
        """Write notes, again from what is there now when another process wrote in between."""
        for attempt in range(10):
            tip = self.repository.head(ref)
            texts = {commit: text if isinstance(text, str) else text() for commit, text in notes.items()}
            change = Change(f"{message}\n", [tip] if tip else [], notes=texts, keep=True)
            try:
                self.repository.commit(ref, change, expected=tip)
                return
            except Conflict:
                if attempt == 9:
                    raise


def _outputs(run: str, node: Node) -> str:
    return f"refs/autoreclab/{run}/outputs/{node.commit}"


def _flat(text: str) -> str:
    """One printable line of at most 100 characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return (line[:99] + "…" if len(line) > 100 else line) or "untitled"


def _paragraph(text: str) -> str:
    """A model's text as paragraphs; control characters are gone."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return "\n\n".join(" ".join(part.split()) for part in clean.split("\n\n") if part.strip()) or "No plan given."
