"""What people tell the search in notes of their own: lines `pin`, `prune` and `hint: …` in refs/notes/commits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from autoreclab.changes import Change
from autoreclab.errors import WorkspaceError
from autoreclab.git import Repository
from autoreclab.tree import Tree

REF = "refs/notes/commits"
PIN, PRUNE, HINT = "pin", "prune", "hint:"
ATTEMPTS = 10


def onto(tree: Tree, notes: Mapping[str, bytes]) -> Tree:
    """The tree with what the notes, by commit, say of its nodes and of its root."""
    said = {commit: _lines(note) for commit, note in notes.items()}
    nodes = tuple(
        dataclasses.replace(node, pinned=PIN in lines, pruned=PRUNE in lines, hints=_hints(lines))
        if (lines := said.get(node.commit))
        else node
        for node in tree.nodes
    )
    return dataclasses.replace(tree, nodes=nodes, hints=_hints(said.get(tree.root, [])))


def add(repository: Repository, commit: str, line: str) -> None:
    """Add a line to a person's note on a commit, if it isn't there yet."""

    def edit(note: bytes) -> bytes:
        if line in _lines(note):
            return note
        return note + b"\n" * bool(note and not note.endswith(b"\n")) + line.encode() + b"\n"

    _edit(repository, commit, edit, f"{line.partition(':')[0]} {commit[:7]}")


def remove(repository: Repository, commit: str, line: str) -> None:
    """Remove a line from a person's note on a commit; `hint:` alone removes every hint."""

    def edit(note: bytes) -> bytes:
        kept = [each for each in note.splitlines(keepends=True) if not _is(each.decode(errors="replace"), line)]
        return b"".join(kept) if b"".join(kept).strip() else b""

    _edit(repository, commit, edit, f"no {line.partition(':')[0]} {commit[:7]}")


def hint_line(text: str) -> str:
    """A hint as a line of a note: on one line, whatever it was."""
    return f"{HINT} {' '.join(text.split())}"


def _is(line: str, wanted: str) -> bool:
    return line.strip() == wanted or (wanted == HINT and line.strip().startswith(HINT))


def _lines(note: bytes) -> list[str]:
    return [line.strip() for line in note.decode(errors="replace").split("\n")]


def _hints(lines: list[str]) -> tuple[str, ...]:
    texts = (line.removeprefix(HINT).strip() for line in lines if line.startswith(HINT))
    return tuple(dict.fromkeys(text for text in texts if text))


def _edit(repository: Repository, commit: str, edit: Callable[[bytes], bytes], message: str) -> None:
    """Write a note, again from what is there now when a person's git wrote in between."""
    for attempt in range(ATTEMPTS):
        tip = repository.head(REF)
        before = repository.notes(REF, {commit}).get(commit, b"")
        if (after := edit(before)) == before:
            return
        change = Change(f"{message}\n", [tip] if tip else [], notes={commit: after}, keep=True)
        try:
            repository.commit(REF, change, expected=tip)
            return
        except WorkspaceError:
            if repository.head(REF) == tip or attempt == ATTEMPTS - 1:
                raise
