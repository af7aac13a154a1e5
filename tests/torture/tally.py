"""Things that must be done once, unless a kill met them under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping


class Once:
    """How often things may have been done: once, and once more for each kill that met them done but not recorded."""

    def __init__(self) -> None:
        self.excused: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    def after_kill(self, done: Mapping[str, int], recorded: Collection[str]) -> None:
        """Take note of what was done so far and what of it is recorded."""
        self.excused.update(thing for thing in done if done[thing] > self.seen[thing] and thing not in recorded)
        self.seen = Counter(done)

    def excess(self, done: Mapping[str, int]) -> dict[str, int]:
        """What was done too often, and how many times too often."""
        over = {thing: count - 1 - self.excused[thing] for thing, count in done.items()}
        return {thing: count for thing, count in over.items() if count > 0}
