"""Every file of a node, with its size and where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autoreclab.bulk import LEFT_OUT, listed
from autoreclab.nodes import Node
from autoreclab.workspace import OWN_FILES, Workspace, outputs_ref


@dataclass(frozen=True)
class Listed:
    """A file of a node."""

    path: str
    size: int
    """In bytes."""
    git: str | None
    """What `git show` takes; None for a file that is too large for git."""
    file: str | None = None
    """Where a file lies that is too large for git; None if it isn't on this machine."""
    sha256: str | None = None
    """The checksum of a file that is too large for git."""

    @property
    def where(self) -> str:
        return self.git or self.file or f"not on this machine (sha256 {self.sha256})"


def files(workspace: Workspace, run: str, node: Node) -> Iterator[Listed]:
    """The files a node is made of, those its run left, and those of them that lie beside the repository."""
    for path, (_, size) in workspace.repository.entries(node.commit, run).items():
        if path not in OWN_FILES:
            yield Listed(path, size, f"{node.commit[:12]}:{run}/{path}")
    ref = outputs_ref(run, node)
    head = workspace.repository.head(ref)
    entries = workspace.repository.entries(head) if head else {}
    for path, (_, size) in entries.items():
        yield Listed(path, size, f"{ref}:{path}")
    if head and LEFT_OUT in entries:
        content = workspace.repository.run("cat-file", "blob", f"{head}:{LEFT_OUT}")
        for found in listed({LEFT_OUT: content}):
            place = workspace.bulk.get(found.sha256)
            yield Listed(found.path, found.size, None, str(place) if place else None, found.sha256)
