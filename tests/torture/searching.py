"""Searches that are killed again and again, until one has come to its end, and then the next."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.commands import COMMAND, autoreclab, git, shape
from tests.scripted_server import ScriptedServer
from tests.torture.answers import answers
from tests.torture.killing import announced, killed
from tests.torture.marks import listening
from tests.torture.watch import Watch

RUN = "torture"
TASK = (
    "---\ndata: simulated\nmodel: scripted\ndrafts: {}\niterations: {}\nworkers: {}\nnetwork: true\n---\n"
    "# Torture\n\nDoes it survive?\n"
)
DRAFTS = 2
NOTE = "a person's note"
ENDED = 4  # finished without a satisfying node: no judge is ever content


def torture(
    base: Path, kills: int, *, group: bool, random: Random, iterations: int = 3, workers: int = 1
) -> Iterator[str]:
    """Kill searches until there were so many kills, each search at the end equal to the first, which is left in peace.

    With several workers chance decides who is the first to end, and two searches are equal in how much they did.
    Yields a line for each search. Raises `AssertionError` when anything is lost or done twice.
    """
    marks = base / "marks.txt"
    with listening(marks) as listener, ScriptedServer(answers(listener)) as server:
        expected = _undisturbed(Search(base / "0", server, marks, iterations, workers))
        yield f"undisturbed: {DRAFTS + iterations} nodes, {len(server.requests)} questions"
        done = 0
        for number in itertools.count(1):
            if done >= kills:
                break
            marks.unlink()
            search = Search(base / str(number), server, marks, iterations, workers)
            found = _finish(search, kills - done, group=group, random=random)
            assert found == expected, f"{search.place}: another search"
            done += search.kills
            yield f"search {number}: killed {search.kills} times, {done} in all"


class Search:
    """One search in a folder of its own."""

    def __init__(self, place: Path, server: ScriptedServer, marks: Path, iterations: int, workers: int):
        self.place, self.kills, self.workers = place, 0, workers
        self.variables = {
            "OPENAI_API_KEY": "sk-none", "OPENAI_BASE_URL": server.url, "TMPDIR": str(place / "tmp"),
        }  # fmt: skip
        self.watch = Watch(place, RUN, server, marks, workers)
        (place / "tmp").mkdir(parents=True)
        (place / f"{RUN}.md").write_text(TASK.format(DRAFTS, iterations, workers))

    def process(self) -> subprocess.Popen[str]:
        """Start the search, or resume it where there is one."""
        arguments = ["resume", RUN] if self.watch.begun else ["start", f"{RUN}.md"]
        with (self.place / "errors.txt").open("w") as errors:
            return subprocess.Popen(
                [*COMMAND, *arguments, "--json"], cwd=self.place, env=os.environ | self.variables, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
            )  # fmt: skip

    def result(self) -> list[dict[str, Any]]:
        """What must be equal in every search: its tree and the lines that people see; else how much it did."""
        if self.workers > 1:
            return _amount(shape(self.place, RUN))
        log = ("log", "--branches", "--no-notes", "--notes=scores", "--format=%s %N")
        lines = git(self.place / "workspace", *log).splitlines()
        return [*shape(self.place, RUN), {"lines": sorted(filter(None, lines))}]


def _amount(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Whether nodes are drafts, and whether all was done with them."""
    drafts = (node["operator"] == "draft" for node in nodes)
    done = (bool(node["execution"]) and node["score"] is not None for node in nodes)
    return sorted(({"draft": a, "done": b} for a, b in zip(drafts, done, strict=True)), key=str)


def _undisturbed(search: Search) -> list[dict[str, Any]]:
    """Run the search in peace; what it amounts to."""
    ended = autoreclab("start", f"{RUN}.md", cwd=search.place, variables=search.variables)
    assert ended.returncode == ENDED, ended.stderr
    return search.result()


def _finish(search: Search, kills: int, *, group: bool, random: Random) -> list[dict[str, Any]]:
    """Run the search to its end through at most so many kills; what it amounts to."""
    while True:
        with search.process() as process:
            events = killed(process, random, group) if search.kills < kills else announced(process)
        if process.returncode != -signal.SIGKILL:
            break
        search.kills += 1
        search.watch.after_kill(events)
        _annotate(search)
    errors = (search.place / "errors.txt").read_text()
    assert process.returncode == ENDED, f"{search.place}: exit {process.returncode}: {errors}"
    search.watch.at_the_end(events)
    return search.result()


def _annotate(search: Search) -> None:
    """Add a person's note to the run, which must stay."""
    if search.watch.begun:
        git(search.place / "workspace", "notes", "add", "-f", "-m", NOTE, f"{RUN}/task")
