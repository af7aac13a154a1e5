"""Exchanges with a model, kept in git: written before anything is made of them, never changed."""

from __future__ import annotations

import threading

from autoreclab.changes import Change
from autoreclab.git import Repository


class GitExchanges:
    """Exchanges with a model as files `<key>.json` on a branch that only grows, of one process and all its threads."""

    def __init__(self, repository: Repository, ref: str):
        self.repository, self.ref = repository, ref
        self.tip = repository.head(ref)
        self.known = repository.entries(self.tip) if self.tip else {}
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        if f"{key}.json" not in self.known:
            return None
        blob = self.known[f"{key}.json"][0]
        return self.repository.run("cat-file", "blob", blob).decode()

    def put(self, key: str, text: str) -> None:
        with self._lock:
            parents = [self.tip] if self.tip else []
            change = Change(f"exchange {key[:12]}\n", parents, {f"{key}.json": text.encode()}, keep=True)
            self.tip = self.repository.commit(self.ref, change, expected=self.tip)
            self.known = self.repository.entries(self.tip)

    def all(self) -> dict[str, str]:
        """Every exchange by its key."""
        files = self.repository.files(self.tip) if self.tip else {}
        return {path.removesuffix(".json"): text.decode() for path, text in files.items()}


class Unkept(dict[str, str]):
    """Exchanges of a question that belongs to no run; they last as long as the process."""

    def put(self, key: str, text: str) -> None:
        self[key] = text
