"""How long `autoreclab --help` takes beside a bare interpreter: the median of many runs, side by side.

python benchmarks/help.py
"""

import statistics
import subprocess
import sys
import time

RUNS = 20
COMMANDS = {"python -c pass": ["-c", "pass"], "autoreclab --help": ["-m", "autoreclab", "--help"]}


def seconds(arguments: list[str]) -> float:
    """Wall time of one run."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Alternate between the two, so that noise meets both alike."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        print(f"{name:20} {1000 * median:6.1f} ms")
    bare, shown = medians.values()
    print(f"{'ratio':20} {shown / bare:6.1f}   (at most 15)")


if __name__ == "__main__":
    main()
