"""How a program is run: placed in a folder of its own, executed, recomputed by the harness, its files collected."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from autoreclab import bulk, causes, preflight, sandbox, scripts, smoke
from autoreclab.bulk import Bulk
from autoreclab.changes import folders_of, safe
from autoreclab.data import Data
from autoreclab.evaluation import Part
from autoreclab.evidence import BASELINES, PROGRAM, ledger
from autoreclab.inheritance import earliest, finished_trials
from autoreclab.nodes import SHOWN, Execution, Finding, Status
from autoreclab.sandbox import Bounds, Level
from autoreclab.scratch import put_in_order
from autoreclab.settings import Settings
from autoreclab.task import lower_is_better

LOG = "log.txt"
OURS = (LOG, bulk.LEFT_OUT)  # written by the harness; a program's files of these names are not taken for it
# in git whatever their size: verdicts are made from them
LEDGER = ("results.csv", "summary.csv", "comparisons.csv", "metadata.json")
IDLE = re.compile(r"(^|/)(\.|__pycache__/)")  # hidden files and caches are no results
ADDRESS = re.compile(rb" at 0x[0-9a-f]+")
RECOMPUTE_LIMIT_S = 3600.0
INTROSPECTION_LIMIT_S = 120.0  # it imports what the program imports
HELP_LIMIT_S = 60.0  # importing LensKit takes 3 to 9 s, and several times as long beside other experiments


def bounds_of(settings: Settings) -> Bounds:
    """What the settings let an experiment use, beside its time; unless they name it, its share of the memory."""
    return Bounds(
        cpu=settings.cpu_time,
        memory=settings.memory or sandbox.machine_memory() // settings.workers,
        processes=settings.processes,
        folder=settings.folder_size,
        file=settings.file_size,
        files=settings.files,
        output=settings.output,
    )


@dataclass(frozen=True)
class Runner:
    """Runs programs on the data of a run; a plain value, which another process can be sent to run one there."""

    data: Data
    scratch: Path
    """A folder outside the repository."""
    timeout: float
    """Seconds."""
    keep: int
    """Bytes of result files that go into git."""
    bulk: Bulk
    """Takes the others."""
    bounds: Bounds = field(default_factory=lambda: bounds_of(Settings()))
    network: bool = False
    level: Level = field(default_factory=sandbox.strongest)
    """How programs are isolated."""
    python: str = field(default_factory=sandbox.python)
    """The interpreter of programs; the harness's own work is done by autoreclab's."""
    smoke: bool = False
    """Is a study that starts from nothing run on a sample first?"""
    threads: int = field(default_factory=sandbox.cores)
    """How many of them libraries use in a program."""

    @classmethod
    def of(cls, settings: Settings, data: Data, scratch: Path, store: Bulk, level: Level, python: str) -> Runner:
        """The runner that a run's settings ask for."""
        return cls(
            data, scratch, settings.timeout, settings.keep, store, bounds_of(settings), settings.network, level,
            python=python, threads=max(1, sandbox.cores() // settings.workers),
        )  # fmt: skip

    def folder(self, name: str) -> Path:
        """Where the program of that node runs."""
        return self.scratch / name

    def run(
        self,
        name: str,
        files: Mapping[str, bytes],
        before: Mapping[str, bytes] | None = None,
        *,
        command_line: bool = False,
        part: Part = "validation",
    ) -> tuple[dict[str, bytes], Execution]:
        """Run a node's files; the outputs for git, and what happened.

        Raises `SandboxError`, `WorkspaceError`, and `WorkerLost` where what ran it was killed from outside.

        The program finds the trials that were finished in `before`, the outputs of the node that it continues. With
        `command_line`, a program that ended well is also asked for its `--help`. `part` is what it is measured on where
        the task owns its evaluation.
        """
        folder, log = self.folder(name), self._log(name, "run")
        trials = finished_trials(before or {}, self.bulk)
        clear = {path: where for path, where in trials.items() if not in_the_way(path, files)}
        if self.smoke and not clear and smoke.fits(files) and (crash := self._crash(name, files, part)):
            return crash
        self._place({**clear, **files}, folder, part)
        started = time.time()
        outcome = self._run([], folder, log, self.timeout)
        put_in_order(folder)
        problems = self._recompute(name, part, since=earliest(clear, started))
        outputs = collected(folder, {*files, *self.data.names, *OURS}, self.keep, self.bulk)
        outputs[LOG] = placeless(log.read_bytes(), folder)
        execution = dataclasses.replace(execution_of(outcome, outputs, problems), sandbox=self.level)
        if command_line and execution.status == "ok":
            execution = dataclasses.replace(execution, command_line=self._answers(name))
        shutil.rmtree(folder, ignore_errors=True)
        return outputs, execution

    @property
    def online(self) -> bool:
        """Can programs reach the network?"""
        return self.network or self.level == "none"

    def introspect(self, files: Mapping[str, bytes]) -> Mapping[str, Any] | None:
        """What preflight's script finds in experiments' interpreter, isolated as they are; None where it fails."""
        return scripts.answer(
            [self.python, preflight.SCRIPT.name], files, preflight.FOUND, self.scratch, level=self.level,
            timeout=INTROSPECTION_LIMIT_S, network=self.network, bounds=self.bounds,
        )  # fmt: skip

    def _crash(self, name: str, files: Mapping[str, bytes], part: Part) -> tuple[dict[str, bytes], Execution] | None:
        """How the program crashes on a sample, with its log, if it does so within a minute and the sample isn't why."""
        folder, log = self.folder(f"{name}-smoke"), self._log(name, "smoke")
        self._place(files, folder, part)
        outcome = self._run([], folder, log, smoke.LIMIT_S, {smoke.VARIABLE: "1"})
        said = placeless(log.read_bytes(), folder)
        put_in_order(folder)
        shutil.rmtree(folder, ignore_errors=True)
        outputs = {LOG: smoke.HEAD + said}
        execution = execution_of(outcome, outputs, ())
        if outcome.excess or outcome.exit == 0 or not smoke.sure(execution.error):
            return None
        error = f"{execution.error} ({smoke.WHERE})"
        return outputs, dataclasses.replace(execution, sandbox=self.level, error=error)

    def _run(
        self, arguments: Sequence[str], folder: Path, log: Path, timeout: float, variables: Mapping[str, str] = {}
    ) -> sandbox.Outcome:
        """Run the program in its folder, isolated and within its bounds."""
        return sandbox.run(
            [self.python, PROGRAM, *arguments], folder, log, timeout=timeout, level=self.level,
            variables={"AUTORECLAB_DATA": str(folder), **sandbox.threads(self.threads), **variables},
            network=self.network, bounds=self.bounds,
        )  # fmt: skip

    def _log(self, name: str, of: str) -> Path:
        """Where the output of a node's processes is kept while it runs; no branch, and so no node, is called so."""
        log = self.scratch / ".logs" / name / f"{of}.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        return log

    def _place(self, files: Mapping[str, bytes | Path], folder: Path, part: Part) -> None:
        """Write files and the data into a fresh folder; what would stand in the place of data is left out."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path, content in files.items():
            if in_the_way(path, (sandbox.HOME, *self.data.names)):
                continue
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, target)
            else:
                target.write_bytes(content)
        self.data.place(folder, part)

    def _answers(self, name: str) -> bool:
        """Does the program answer `--help` with the options that a rerun needs?"""
        log = self._log(name, "help")
        outcome = self._run(["--help"], self.folder(name), log, HELP_LIMIT_S)
        said = log.read_text(errors="replace")
        return outcome.exit == 0 and all(re.search(rf"{option}\b", said) for option in ("--data", "--out"))

    def _recompute(self, name: str, part: Part, since: float) -> list[Finding]:
        """Write the ledger from what the program saved, in a process of the harness's own; what is wrong with it.

        Trials that were saved before `since` (seconds since 1970) are not the program's.
        """
        folder, log = self.folder(name), self._log(name, "recompute")
        command = [sandbox.python(), "-P", "-m", "autoreclab.lab.ledger", str(folder), "--since", repr(since)]
        if self.data.terms:
            command += ["--evaluation", self.data.terms[part].json]
        variables = {name: os.environ[name] for name in ("HOME", "AUTORECLAB_CACHE") if name in os.environ}
        variables |= {"AUTORECLAB_DATA": os.pathsep.join(self.data.places), **sandbox.threads(self.threads)}
        bounds = Bounds(memory=self.bounds.memory)  # a small file may unfold into a large table
        outcome = sandbox.run(command, self.scratch, log, timeout=RECOMPUTE_LIMIT_S, variables=variables, bounds=bounds)
        if outcome.excess:
            return [Finding("ledger", f"the results can't be recomputed: killed {outcome.excess.sentence}")]
        last = placeless(log.read_bytes(), folder).decode(errors="replace").strip().rpartition("\n")[2]
        if outcome.exit != 0:
            return [Finding("ledger", f"the results can't be recomputed: {last}")]
        return by_name(json.loads(last)["problems"])


def by_name(problems: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """A finding for each kind of problem: the first one's sentence, and the trials that have it."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for problem in problems:
        kinds.setdefault(problem["name"], []).append(problem)
    return [_finding(name, found) for name, found in kinds.items()]


def _finding(name: str, problems: Sequence[Mapping[str, Any]]) -> Finding:
    first, trials = problems[0], list(dict.fromkeys(problem["trial"] for problem in problems))
    sentence = first["sentence"]
    if len(problems) > 1:
        sentence = f"{len(problems)} times in {len(trials)} trials, e.g. {first['trial']}: {sentence}"
    return Finding(name, sentence, tuple(trials[:SHOWN]), first["binding"])


def in_the_way(path: str, taken: Iterable[str]) -> bool:
    """Would a file of this path stand in the place of one that is there, or of a folder it lies in?"""
    return any(path == name or path in folders_of(name) or name in folders_of(path) for name in taken)


def collected(folder: Path, leave_out: set[str], limit: int, store: Bulk) -> dict[str, bytes]:
    """The result files a program left: regular ones, up to `limit` bytes, evidence first, then the smallest.

    The others go into the store, and are listed in `left-out.txt`.
    """
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    relative = {str(path.relative_to(folder)): path for path in found}
    sizes = {
        name: path.stat().st_size
        for name, path in relative.items()
        if name not in leave_out and safe(name) and not IDLE.search(name)
    }
    kept: dict[str, bytes] = {}
    left_out, total = [], 0
    for name in sorted(sizes, key=lambda name: (_rank(name), sizes[name], name)):
        if name in LEDGER or total + sizes[name] <= limit:
            kept[name] = relative[name].read_bytes()
            total += sizes[name]
        else:
            left_out.append(store.put(relative[name], name))
    return kept | bulk.written(left_out)


def placeless(log: bytes, folder: Path) -> bytes:
    """A log without what changes from run to run: where it ran, and addresses in memory. Prompts show it."""
    log = log.replace(f"{folder}/".encode(), b"").replace(str(folder).encode(), b".")
    return ADDRESS.sub(b" at 0x0", log)


def _rank(name: str) -> int:
    """The ledger comes first, then the figures that reports show, then the trials, then everything else."""
    before = ("figures/", "trials/")
    return 0 if name in LEDGER else next((n for n, folder in enumerate(before, 1) if name.startswith(folder)), 3)


def execution_of(outcome: sandbox.Outcome, outputs: Mapping[str, bytes], problems: Sequence[Finding]) -> Execution:
    """What happened, as a value."""
    limit = outcome.excess.name if outcome.excess else ""
    status: Status = "timeout" if limit == "time" else "ok" if outcome.exit == 0 else "crashed"
    rows = ledger(outputs.get("results.csv", b"").decode(errors="replace"))
    return Execution(
        status=status,
        exit=outcome.exit,
        seconds=round(outcome.seconds, 2),
        peak_mb=round(outcome.peak_mb, 1),
        rows=len(rows),
        recomputed=sum(row["source"] == "recomputed" for row in rows),
        metrics=best_means(outputs.get("summary.csv", b"").decode(errors="replace")),
        problems=tuple(problems),
        error="" if status == "ok" else why(outcome, outputs[LOG].decode(errors="replace")),
        limit=limit,
    )


def best_means(summary: str) -> dict[str, float]:
    """Per metric the mean of the best setting, baselines aside; on the validation part where there is one.

    With several datasets it is the mean over them of each one's best.
    """
    rows = [row for row in csv.DictReader(io.StringIO(summary)) if row["source"] == "recomputed" and row["mean"]]
    rows = [row for row in rows if row.get("algorithm") not in BASELINES] or rows
    rows = [row for row in rows if row["part"] == "validation"] or [row for row in rows if row["part"] != "tuning"]
    means: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        means.setdefault(row["metric"], {}).setdefault(row["dataset"], []).append(float(row["mean"]))
    best = {name: min if lower_is_better(name) else max for name in means}
    return {name: fmean(best[name](values) for values in found.values()) for name, found in means.items()}


def why(outcome: sandbox.Outcome, log: str) -> str:
    """Why a program failed, in one line."""
    if outcome.excess:
        return f"killed{':' * (outcome.excess.name != 'time')} {outcome.excess.sentence}"
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return (causes.raised(log) or lines[-1])[:300] if lines else f"exit status {outcome.exit} without a word"
