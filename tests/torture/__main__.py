"""`python -m tests.torture --kills 200 --group`: kill searches at random instants and see that nothing is lost."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from random import Random

from tests.torture.searching import torture


def main() -> None:
    """Read the command line, torture, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many kills (default 200)")
    parser.add_argument("--group", action="store_true", help="kill all that the process started, too")
    parser.add_argument("--workers", type=int, default=1, help="of each search (default 1)")
    parser.add_argument("--seed", type=int, default=0, help="of the random instants (default 0)")
    parser.add_argument("--folder", type=Path, help="keep the searches there (default: a temporary folder)")
    given = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as folder:
        place, random = given.folder or Path(folder), Random(given.seed)
        for line in torture(place, given.kills, group=given.group, random=random, workers=given.workers):
            print(f"{time.monotonic() - begun:6.0f} s  {line}", flush=True)
    print("Nothing was lost, nothing was done twice.")


if __name__ == "__main__":
    main()
