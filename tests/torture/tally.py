"""Things that must be done once, unless a kill met them under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


class Once:
    """How often things may have been done: as often as is recorded, and once more for each kill between the two."""

    def __init__(self) -> None:
        self.excused: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    def after_kill(self, done: Mapping[str, int], recorded: Mapping[str, int]) -> None:
        """Take note of how often each thing was done so far, and how often that is recorded."""
        over = self.excess(done, recorded)
        self.excused.update(thing for thing in over if done[thing] > self.seen[thing])
        self.seen = Counter(done)

    def excess(self, done: Mapping[str, int], recorded: Mapping[str, int]) -> dict[str, int]:
        """What was done too often, and how many times too often."""
        over = {thing: count - recorded.get(thing, 0) - self.excused[thing] for thing, count in done.items()}
        return {thing: count for thing, count in over.items() if count > 0}
