"""Files too large for git, kept beside the repository under their checksums."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autoreclab.errors import WorkspaceError
from autoreclab.git import Repository

LEFT_OUT = "left-out.txt"


@dataclass(frozen=True)
class LeftOut:
    """A result file that is not in git."""

    size: int
    """In bytes."""
    sha256: str
    path: str


class Bulk:
    """A folder of files by their SHA-256; what lies there is whole, and never changed."""

    def __init__(self, repository: Repository):
        self.repository = repository

    @property
    def folder(self) -> Path:
        return self.repository.path / ".git" / "autoreclab" / "bulk"

    def put(self, source: Path, path: str) -> LeftOut:
        """Keep a file, safely on disk once this returns. Raises `WorkspaceError` where there is no room."""
        with source.open("rb") as file:
            found = LeftOut(source.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest(), path)
        try:
            with self.repository.lock("bulk"):
                if not self.get(found.sha256):
                    self._copy(source, self.folder / found.sha256)
        except OSError as error:
            raise WorkspaceError(
                f"{path} ({found.size} bytes) can't be kept in {self.folder}: {error.strerror}. "
                "Free some space and resume the run."
            ) from None
        return found

    def get(self, sha256: str) -> Path | None:
        """Where a file lies, or None where it isn't on this machine."""
        place = self.folder / sha256
        return place if place.is_file() else None

    def _copy(self, source: Path, target: Path) -> None:
        """Write under a passing name, then rename: a killed copy leaves nothing that looks whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        with source.open("rb") as given, part.open("wb") as file:
            shutil.copyfileobj(given, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)


def written(files: list[LeftOut]) -> dict[str, bytes]:
    """The list of what is not in git, as a file beside what is: size in bytes, SHA-256 and path of each."""
    lines = "".join(f"{file.size} {file.sha256} {file.path}\n" for file in files)
    return {LEFT_OUT: lines.encode()} if files else {}


def listed(outputs: Mapping[str, bytes]) -> list[LeftOut]:
    """What a node's outputs say is not among them."""
    lines = outputs.get(LEFT_OUT, b"").decode(errors="replace").splitlines()
    return [LeftOut(int(size), sha256, path) for size, sha256, path in (line.split(" ", 2) for line in lines)]
