"""Things that must be done once, unless a kill met them under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


class Once:
    """How often things may have been done: as often as is recorded, and once more for each kill between the two.

    Equal things may be under way at once, up to a number of them, and then a kill comes between all of them.
    """

    def __init__(self, at_once: int = 1) -> None:
        self.at_once = at_once
        self.excused: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    def after_kill(self, done: Mapping[str, int], recorded: Mapping[str, int]) -> None:
        """Take note of how often each thing was done so far, and how often that is recorded."""
        over = self.excess(done, recorded)
        self.excused.update({n: min(count, done[n] - self.seen[n], self.at_once) for n, count in over.items()})
        self.seen = Counter(done)

    def excess(self, done: Mapping[str, int], recorded: Mapping[str, int]) -> dict[str, int]:
        """What was done too often, and how many times too often."""
        over = {thing: count - recorded.get(thing, 0) - self.excused[thing] for thing, count in done.items()}
        return {thing: count for thing, count in over.items() if count > 0}
