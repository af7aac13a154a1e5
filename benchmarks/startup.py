"""What an experiment's start costs beside `python -c pass`: by isolation, interpreter and what the program imports.

    python benchmarks/startup.py [--runs 10]

Medians; all variants alternate, so that noise meets them alike. The environment is built before, with nothing added.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autoreclab import environments, sandbox

PROGRAMS = {"pass": "pass", "lab": "from autoreclab import lab"}
PROGRAMS["lab, lenskit"] = f"{PROGRAMS['lab']}; import lenskit.als"
PLAIN = ("plain", "autoreclab's")


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    levels = [level for level, reason in sandbox.hindrances().items() if not reason]
    pythons = {"autoreclab's": sandbox.python(), "environment": environments.interpreter(environments.resolve(()))}
    ways = [PLAIN, *((level, name) for level in (*levels, "none") for name in pythons)]
    times: dict[tuple[str, str, str], list[float]] = {(*way, program): [] for way in ways for program in PROGRAMS}
    for _ in range(runs + 1):  # the first fills the machine's caches
        for (level, name, program), found in times.items():
            found.append(seconds(level, pythons[name], PROGRAMS[program]))
    medians = {key: statistics.median(found[1:]) for key, found in times.items()}
    bare = medians[(*PLAIN, "pass")]
    print(f"times of `python -c pass`, {1000 * bare:.0f} ms here; median of {runs}\n")
    print(f"| isolation | interpreter | {' | '.join(PROGRAMS)} |\n|---|---|{'---:|' * len(PROGRAMS)}")
    for way in ways:
        ratios = (f"{medians[(*way, program)] / bare:.1f}" for program in PROGRAMS)
        print(f"| {' | '.join((*way, *ratios))} |")


def seconds(level: str, python: str, program: str) -> float:
    """Wall time of one run."""
    with tempfile.TemporaryDirectory() as place:
        folder, log = Path(place, "folder"), Path(place, "log.txt")
        folder.mkdir()
        started = time.perf_counter()
        if level == "plain":
            subprocess.run([python, "-c", program], check=True, cwd=folder)
        else:
            done = sandbox.run([python, "-c", program], folder, log, timeout=120, variables={}, level=level)
            if done.exit != 0:
                sys.exit(f"{level}: {log.read_text()}")
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
