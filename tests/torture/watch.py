"""What must be true of a workspace after every kill, and at the end."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autoreclab.git import Repository
from autoreclab.nodes import Node
from autoreclab.workspace import Workspace
from tests.commands import git
from tests.scripted_server import ScriptedServer
from tests.torture.tally import Once

NOTES = ("autoreclab", "scores", "commits")
SETTLED_S = 0.1  # a request that was sent before the kill is counted by then


class Watch:
    """Compares, after each kill, what a run announced, asked and started with what its workspace holds."""

    def __init__(self, place: Path, run: str, server: ScriptedServer, marks: Path, workers: int):
        self.place, self.run, self.server, self.marks = place, run, server, marks
        self.announced: list[dict[str, Any]] = []
        self.notes: set[str] = set()
        self.asked, self.started = Once(workers), Once(workers)
        self.earlier = len(server.requests)

    @property
    def begun(self) -> bool:
        """Is there a run to go on with?"""
        if not (self.place / "workspace" / ".git").exists():
            return False
        return bool(git(self.place / "workspace", "for-each-ref", f"refs/heads/{self.run}/task"))

    def after_kill(self, events: list[dict[str, Any]]) -> None:
        """Check that nothing is lost; excuse what was under way."""
        time.sleep(SETTLED_S)
        self.announced += events
        if not self.begun:
            return
        repository = Repository(self.place / "workspace")
        with repository.lock("write"):
            nodes = self._check(repository)
            self.asked.after_kill(self._requests(), _answered(repository, self.run))
            self.started.after_kill(self._marks(), _executed(repository, self.run, nodes))

    def at_the_end(self, events: list[dict[str, Any]]) -> None:
        """Check that nothing is lost, and that nothing was asked or run too often."""
        self.announced += events
        repository = Repository(self.place / "workspace")
        executed = _executed(repository, self.run, self._check(repository))
        asked = self.asked.excess(self._requests(), _answered(repository, self.run))
        assert not asked, f"paid twice: {asked}"
        assert not (started := self.started.excess(self._marks(), executed)), f"run twice: {started}"
        left = [path.name for path in (self.place / "tmp").iterdir()]
        assert not left, f"left in the folder for temporary files: {left}"

    def _check(self, repository: Repository) -> tuple[Node, ...]:
        workspace = Workspace.open(repository.path)
        nodes = workspace.load(workspace.run(self.run)).nodes
        found = {node.commit: node for node in nodes}
        reruns = {ref.split("/")[-2] for ref in repository.refs(f"refs/autoreclab/{self.run}/reruns/")}
        for event in self.announced:
            _kept(event, found)
            assert event["event"] != "repeated" or event["commit"] in reruns, f"a rerun is lost: {event}"
        notes = {line for ref in NOTES for line in _annotated(repository.path, ref)}
        assert self.notes <= notes, f"notes lost: {self.notes - notes}"
        self.notes = notes
        _sound(repository.path)
        return nodes

    def _requests(self) -> Counter[str]:
        return Counter(_canonical(body) for body in list(self.server.requests)[self.earlier :])

    def _marks(self) -> Counter[str]:
        return Counter(self.marks.read_text().splitlines()) if self.marks.exists() else Counter()


def _kept(event: dict[str, Any], found: dict[str, Node]) -> None:
    """Assert that what an event announced is in the workspace."""
    if event["event"] not in ("proposed", "ran", "judged", "repeated"):
        return
    node = found.get(event["commit"])
    assert node, f"lost: {event}"
    assert node.execution or event["event"] == "proposed", f"its record is lost: {event}"
    if event["event"] == "judged":
        assert node.score == event["score"], f"its verdicts are lost: {event}"


def _annotated(workspace: Path, ref: str) -> list[str]:
    """The commits that have a note on this notes ref."""
    lines = git(workspace, "notes", f"--ref={ref}", "list").splitlines()
    return [f"{ref} {line.split()[1]}" for line in lines]


def _answered(repository: Repository, run: str) -> Mapping[str, int]:
    """The requests whose answers are recorded, each as often as it was answered for another step."""
    ref = f"refs/autoreclab/{run}/exchanges"
    files = repository.files(ref) if repository.head(ref) else {}
    return Counter(_canonical(json.loads(text)["request"]) for text in files.values())


def _executed(repository: Repository, run: str, nodes: Sequence[Node]) -> Mapping[str, int]:
    """How often each program's execution is recorded: once, and once more for a best node, for the report."""
    executed = Counter(node.title for node in nodes if node.execution)
    for ref in repository.refs(f"refs/autoreclab/{run}/reruns/"):
        commit, number = ref.split("/")[-2:]
        assert number == "1", f"executed for the report more than once: {ref}"
        executed += Counter(node.title for node in nodes if node.commit == commit)
    return executed


def _canonical(body: Any) -> str:
    return json.dumps(body, sort_keys=True)


def _sound(workspace: Path) -> None:
    command = ["git", "-C", str(workspace), "fsck", "--strict", "--no-dangling", "--no-progress"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", ""), found.stdout + found.stderr
