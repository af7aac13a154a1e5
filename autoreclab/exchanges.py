"""Exchanges with a model, kept in git: written before anything is made of them, never changed."""

from __future__ import annotations

import dataclasses
import threading

from autoreclab import records
from autoreclab.changes import Change
from autoreclab.git import Repository
from autoreclab.models.exchange import paid_in
from autoreclab.usage import Paid, usage_in


class GitExchanges:
    """Exchanges with a model as files `<key>.json` on a branch that only grows, of one process and all its threads.

    Its commits say what each has cost.
    """

    def __init__(self, repository: Repository, ref: str):
        self.repository, self.ref = repository, ref
        self.tip = repository.head(ref)
        self.known = repository.entries(self.tip) if self.tip else {}
        self.paid = paid(repository, self.tip)
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        if f"{key}.json" not in self.known:
            return None
        blob = self.known[f"{key}.json"][0]
        return self.repository.run("cat-file", "blob", blob).decode()

    def put(self, key: str, text: str) -> None:
        spent = paid_in(text)
        message = f"exchange {key[:12]}\n{_told(spent) if spent else ''}"
        with self._lock:
            change = Change(message, [self.tip] if self.tip else [], {f"{key}.json": text.encode()}, keep=True)
            self.tip = self.repository.commit(self.ref, change, expected=self.tip)
            self.known = self.repository.entries(self.tip)
            self.paid += (spent,) if spent else ()

    def all(self) -> dict[str, str]:
        """Every exchange by its key."""
        files = self.repository.files(self.tip) if self.tip else {}
        return {path.removesuffix(".json"): text.decode() for path, text in files.items()}


def paid(repository: Repository, tip: str | None) -> tuple[Paid, ...]:
    """What each exchange up to a commit has cost, in all clones that were merged into it."""
    messages = repository.run("log", "-z", "--format=%B", tip).decode().split("\0") if tip else []
    told = (records.load(message) for message in messages)
    return tuple(Paid(values["role"], usage_in(values)) for values in told if "role" in values)


def _told(spent: Paid) -> str:
    """What an exchange has cost, as its commit says it."""
    return "\n" + records.dump({"role": spent.role, **dataclasses.asdict(spent.usage)})


class Unkept(dict[str, str]):
    """Exchanges of a question that belongs to no run; they last as long as the process."""

    def put(self, key: str, text: str) -> None:
        self[key] = text

    @property
    def paid(self) -> tuple[Paid, ...]:
        return tuple(spent for text in self.values() if (spent := paid_in(text)))
