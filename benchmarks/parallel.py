"""How near a search with several workers comes to the ideal: `python benchmarks/parallel.py`.

Equal experiments, and a model behind a real HTTP server that takes its time for each answer. The experiments sleep
rather than compute, so that there can be more workers than cores: what is measured is how well the search keeps them
busy.

The ideal: every worker runs experiments, one after the other, from the first answer to the last execution. That is a
worker's share of the experiments, each as long as its record says, an answer before them, and a judgement after them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.scripted_server import Reply, ScriptedServer, completion

TASK = (
    "---\ndata: simulated\ndrafts: {}\niterations: 0\nworkers: {}\n---\n# Equal experiments\n\nHow long does it take?\n"
)
PROGRAM = "import time\nprint({}, flush=True)\ntime.sleep({})\n"
PLAN = {
    "summary": "Equal experiments.",
    "requirements": [{"text": "The program sleeps.", "check": None}],
    "design": {"datasets": ["simulated"], "factors": [], "metrics": []},
}


class Researcher:
    """Answers after a delay, each program another, no judge content."""

    def __init__(self, seconds: float, latency: float):
        self.seconds, self.latency, self.programs, self.lock = seconds, latency, 0, threading.Lock()

    def __call__(self, body: dict[str, Any]) -> Reply:
        return Reply(completion(self.answer(body["messages"][0]["content"])).body, delay=self.latency)

    def answer(self, text: str) -> dict[str, Any]:
        if text.startswith("You plan"):
            return PLAN
        if text.startswith("You review"):
            numbers = re.findall(r"^(\d+)\. ", text.split("## Requirements in question")[1], re.M)
            opinion = {"met": False, "quote": "", "evidence": "It only sleeps."}
            return {"opinions": [{"requirement": int(number), **opinion} for number in numbers]}
        if text.startswith("You interpret"):
            return {"answer": "So long.", "interpretation": "They slept.", "limitations": "None."}
        with self.lock:
            self.programs += 1
            code = PROGRAM.format(self.programs, self.seconds)
        return {"title": "sleeps", "plan": "Sleep.", "files": [{"path": "solution.py", "content": code}]}


def measure(experiments: int, workers: int, seconds: float, latency: float) -> tuple[float, float, float]:
    """Seconds from the first question for a program to the last verdict; the ideal; and an experiment's, on average."""
    with tempfile.TemporaryDirectory() as folder, ScriptedServer(Researcher(seconds, latency)) as server:
        Path(folder, "equal.md").write_text(TASK.format(experiments, workers))
        variables = os.environ | {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": server.url}
        command = [sys.executable, "-m", "autoreclab", "start", "equal.md", "--json"]
        began, ended, lasted = math.inf, 0.0, []
        with subprocess.Popen(command, cwd=folder, env=variables, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                event, now = json.loads(line), time.monotonic()
                began = min(began, now) if event["event"] == "proposing" else began
                ended = now if event["event"] == "judged" else ended
                if event["event"] == "ran":
                    assert event["status"] == "ok", event
                    lasted.append(event["execution"]["seconds"])
    assert len(lasted) == experiments, f"exit {process.returncode}"
    return ended - began, math.ceil(experiments / workers) * fmean(lasted) + 2 * latency, fmean(lasted)


def main() -> None:
    """Read the command line, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0, help="that an experiment sleeps (default 60)")
    parser.add_argument("--latency", type=float, default=5.0, help="seconds before an answer of the model (default 5)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    given = parser.parse_args()
    print("| workers | an experiment | makespan | ideal | over it |\n|---:|---:|---:|---:|---:|", flush=True)
    for workers in given.workers:
        makespan, ideal, each = measure(given.experiments, workers, given.seconds, given.latency)
        over = f"{makespan / ideal - 1:.0%}".replace("%", " %")
        print(f"| {workers} | {each:.1f} s | {makespan:.1f} s | {ideal:.1f} s | {over} |", flush=True)


if __name__ == "__main__":
    main()
