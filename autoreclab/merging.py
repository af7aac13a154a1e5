"""Two versions of a run → one, without losing anything: pure functions on names, notes and records."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from typing import Any

from autoreclab import records
from autoreclab.history import NUMBERED


def placed(
    here: Mapping[str, str], there: Mapping[str, str], descends: Callable[[str, str], bool], fixed: Collection[str] = ()
) -> dict[str, str]:
    """The branches to make or move forward here, by name, so that every commit of `there` is on one.

    Branches are commits by name. A commit that has a branch here gets no second one. A name that another commit has
    here is left to it: a number becomes the next free one, `idea` becomes `idea-2`. `fixed` are not moved.
    """
    known = set(here.values())
    fresh = {
        name: commit
        for name, commit in there.items()
        if commit not in known and not (name in here and descends(here[name], commit))
    }
    onward = {name for name in fresh if name in here and name not in fixed and descends(fresh[name], here[name])}
    occupied = _occupied(here)
    free = {name for name in fresh if name not in occupied and here.keys().isdisjoint(_folders(name))}
    result = {name: fresh[name] for name in fresh if name in onward or name in free}
    for name in sorted(fresh.keys() - result.keys()):
        result[_next(name, {*here, *result})] = fresh[name]
    return result


def three_way(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What both sides agree on, by key, and the keys that both sides changed. What one side changed beats a removal."""
    kept, disputed = {}, []
    for key in {**ours, **theirs}:
        before, our, their = base.get(key), ours.get(key), theirs.get(key)
        if their in (our, before):
            pick = our
        elif our == before:
            pick = their
        elif our is not None and their is not None:
            disputed.append(key)
            continue
        else:
            pick = our if their is None else their
        if pick is not None:
            kept[key] = pick
    return kept, disputed


def record(base: str, ours: str, theirs: str) -> str:
    """The record that both sides changed: each changed setting, and the rest of the side that got further."""
    before, our, their = records.load(base), records.load(ours), records.load(theirs)
    if _rest(their) == _rest(before):
        rest = our
    elif _rest(our) == _rest(before) or _progress(their) > _progress(our):
        rest = their
    else:
        rest = our
    settings, disputed = three_way(_settings(before), _settings(our), _settings(their))
    merged = _rest(rest) | settings | {key: our[key] for key in disputed}
    return next((text for text, known in ((ours, our), (theirs, their)) if known == merged), records.dump(merged))


def score(base: str, ours: str, theirs: str) -> str:
    """The line of a node that was judged has more words than that of one that only ran."""
    return theirs if len(theirs.split()) > len(ours.split()) else ours


def lines(base: str, ours: str, theirs: str) -> str:
    """A person's note that both sides changed: every line of both, once."""
    return "\n".join(dict.fromkeys([*ours.rstrip("\n").split("\n"), *theirs.rstrip("\n").split("\n")])) + "\n"


def _progress(record: Mapping[str, Any]) -> tuple[bool, bool]:
    return record.get("evaluator") == records.EVALUATOR, "status" in record or "summary" in record


def _settings(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key.startswith("setting.")}


def _rest(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if not key.startswith("setting.")}


def _folders(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _occupied(names: Collection[str]) -> set[str]:
    """Names and the folders they lie in: git keeps no `idea/x` beside `idea`."""
    return {*names, *(folder for name in names for folder in _folders(name))}


def _next(name: str, taken: Collection[str]) -> str:
    """The first free name after a taken one."""
    if NUMBERED.fullmatch(name):
        return f"{1 + max(int(other) for other in taken if NUMBERED.fullmatch(other)):04d}"
    stem = name.replace("/", "-")
    return next(other for n in itertools.count(2) if (other := f"{stem}-{n}") not in _occupied(taken))
