"""The door to git: one process per change, compare-and-swap on one ref, nobody's work tree or index touched."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import re
import shutil
import tempfile
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autoreclab.changes import EMAIL, NOTHING, Change, safe, stream_of
from autoreclab.errors import Conflict, WorkspaceError

if TYPE_CHECKING:
    import git

CONFIG = (
    "core.fsync=all", "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false", "gc.auto=0",
    "log.showSignature=false", "fetch.fsckObjects=true",
)  # fmt: skip
ENVIRONMENT_KEPT = ("GIT_SSL_", "GIT_SSH", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT", "GIT_HTTP_", "GIT_TRACE")
LOOSE = "refs/autoreclab/loose"
STALE_S = 10.0
"""Age in seconds from which a lock file of git's counts as left by a killed git. The longest that git holds one is in
`git pack-refs`, 0.8 s at 10,000 refs; to take away a living one could lose what its owner or we write."""
FIELDS = "%H%n%T%n%P%n%ce%n%ct%n%B%x00%N"


@dataclass(frozen=True)
class Commit:
    """A commit as the log shows it, with the note on it."""

    hash: str
    tree: str
    parents: tuple[str, ...]
    email: str
    """The committer's."""
    time: int
    """Seconds since 1970."""
    message: str
    note: str


class Repository:
    """One git repository with a work tree that is never touched."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[type[Repository], tuple[Path]]:
        """To another process goes the path: what GitPython holds of the repository can't be sent there."""
        return Repository, (self.path.absolute(),)

    @functools.cached_property
    def _files(self) -> git.Repo:
        """GitPython's view of the repository: it reads refs from their files, which costs no process."""
        import git

        return git.Repo(self.path)

    # Reading

    def head(self, ref: str) -> str | None:
        """The commit a ref points at, or None."""
        from git import SymbolicReference

        try:
            return str(SymbolicReference.dereference_recursive(self._files, ref))
        except ValueError:
            return None

    def refs(self, *patterns: str) -> dict[str, str]:
        """Refs by full name, below or equal to the patterns."""
        out = self.run("for-each-ref", "--format=%(refname) %(objectname)", *patterns).decode(errors="replace")
        return dict(line.rsplit(" ", 1) for line in out.splitlines())

    def log(self, revisions: Sequence[str], notes: str) -> list[Commit]:
        """Every commit that the revisions reach (`^x` leaves out what x reaches), newest first."""
        if not revisions:
            return []
        out = self.run("log", "-z", "--encoding=UTF-8", f"--format={FIELDS}", "--no-notes", f"--notes={notes}",
                       "--stdin", "--", input="\n".join([*revisions, "--"]).encode())  # fmt: skip
        fields = out.decode(errors="replace").split("\0")
        return [_commit(head, note) for head, note in zip(fields[::2], fields[1::2], strict=False)]

    def note(self, ref: str, commit: str) -> str:
        """The note on a commit, empty where there is none."""
        out = self.run("notes", f"--ref={ref}", "show", commit, ok=(0, 1))
        return out.decode(errors="replace")

    def notes(self, ref: str, commits: Container[str]) -> dict[str, bytes]:
        """The notes on these commits, byte by byte as they were written."""
        listed = (line.split() for line in self.run("notes", f"--ref={ref}", "list").decode().splitlines())
        return self._contents({commit: blob for blob, commit in listed if commit in commits})

    def entries(self, commit: str, folder: str = "") -> dict[str, tuple[str, int]]:
        """Hash and size in bytes of the regular files in a commit's folder, by path below it."""
        out = self.run("ls-tree", "-r", "-z", "-l", commit, "--", *([f"{folder}/"] if folder else []))
        found = {}
        for line in filter(None, out.decode(errors="surrogateescape").split("\0")):
            (mode, _, blob, size), path = line.split("\t", 1)[0].split(), line.split("\t", 1)[1]
            path = path[len(folder) + 1 :] if folder else path
            if mode in ("100644", "100755") and safe(path):
                found[path] = (blob, int(size))
        return found

    def files(self, commit: str, folder: str = "", limit: int | None = None) -> dict[str, bytes]:
        """Contents of the regular files in a commit's folder; those over `limit` bytes are left out."""
        wanted = {p: blob for p, (blob, size) in self.entries(commit, folder).items() if limit is None or size <= limit}
        return self._contents(wanted)

    def _contents(self, blobs: Mapping[str, str]) -> dict[str, bytes]:
        """The contents of blobs, under the keys that their hashes have."""
        if not blobs:
            return {}
        out = self.run("cat-file", "--batch", input="".join(f"{blob}\n" for blob in blobs.values()).encode())
        contents, at = {}, 0
        for key in blobs:
            end = out.index(b"\n", at)
            size = int(out[at:end].split()[2])
            contents[key] = out[end + 1 : end + 1 + size]
            at = end + size + 2
        return contents

    def subtree(self, commit: str, folder: str) -> str:
        """The hash of a folder's tree in a commit."""
        return self.run("rev-parse", "--verify", f"{commit}:{folder}").decode().strip()

    def committer(self, commit: str) -> str:
        """The e-mail address of who made a commit."""
        return self.run("show", "--no-patch", "--format=%ce", commit).decode(errors="replace").strip()

    def checked_out(self, ref: str) -> bool:
        """Has any work tree this branch checked out?"""
        return f"branch {ref}" in self.run("worktree", "list", "--porcelain").decode().splitlines()

    # Writing

    def commit(
        self, ref: str, change: Change, *, expected: str | None, derived: Mapping[str, Change] | None = None
    ) -> str:
        """Make a commit and move the ref from `expected` (None: not there yet) to it. Raises `Conflict`.

        One `git fast-import`: without --force it moves the ref only forward from the tip it finds, under git's lock.
        `derived` are changes of further refs that can be made anew from this one, should they be lost by a kill.
        """
        with self.lock("write") as held:
            if self.head(ref) != expected:
                raise Conflict(f"{ref} in {self.path} has moved. Run the command again.")
            try:
                return self._import(held, {ref: change, **(derived or {})})
            except WorkspaceError:
                if derived and (made := self._made_of(ref, expected)):
                    return made
                raise

    def replace(self, ref: str, change: Change, *, expected: str | None) -> str:
        """Make a commit and point the ref at it, whatever it descends from. Raises `Conflict`."""
        with self.lock("write") as held:
            commit = self._import(held, {LOOSE: change})
            try:
                self._write(held, "update-ref", "--no-deref", ref, commit, expected or NOTHING)
            except WorkspaceError:
                if self.head(ref) != expected:
                    raise Conflict(f"{ref} in {self.path} has moved. Run the command again.") from None
                raise
            return commit

    def move(self, moves: Mapping[str, tuple[str, str | None]]) -> None:
        """Point refs at commits that are here: by ref, the new commit and the one it is at. Raises `Conflict`."""
        lines = "".join(f"update {ref} {new} {old or NOTHING}\n" for ref, (new, old) in moves.items())
        with self.lock("write") as held:
            try:
                self._write(held, "update-ref", "--no-deref", "--stdin", input=lines.encode(errors="surrogateescape"))
            except WorkspaceError:
                for ref, (_, old) in moves.items():
                    if self.head(ref) != old:
                        raise Conflict(f"{ref} in {self.path} has moved. Run the command again.") from None
                raise

    def descends(self, commit: str, ancestor: str) -> bool:
        """Is the ancestor the commit itself or among those it was derived from?"""
        return not self.run("rev-list", "-1", ancestor, f"^{commit}")

    def _import(self, held: int, changes: Mapping[str, Change]) -> str:
        """Make commits, the first one's hash; a commit on `LOOSE` stays without a ref."""
        stream = b"".join(piece for ref, change in changes.items() for piece in stream_of(ref, change))
        if LOOSE in changes:
            stream += f"reset {LOOSE}\nfrom {NOTHING}\n".encode()
        return self._write(held, "fast-import", "--quiet", "--done", input=stream + b"done\n").decode().split()[0]

    def _made_of(self, ref: str, expected: str | None) -> str | None:
        """The commit on a ref if it is ours and new: then an import was refused for another of its refs alone."""
        head = self.head(ref)
        if not head or head == expected:
            return None
        email, *parents = self.run("log", "-1", "--format=%ce %P", head).decode().split()
        return head if email == EMAIL and parents == ([expected] if expected else []) else None

    def _write(self, held: int, *arguments: str, input: bytes = b"") -> bytes:
        """Run a git command that moves a ref, once no other git has it locked; a stale lock is removed.

        Git inherits the write lock, so that one which outlives a killed autoreclab finishes before another begins.
        """
        while True:
            try:
                return run(self.path, *arguments, input=input, inherit=(held,))
            except WorkspaceError as error:
                found = re.search(r"Unable to create '(.+?\.lock)': File exists", str(error))
                if not found:
                    raise
                _wait_for(Path(found.group(1)))

    @contextlib.contextmanager
    def lock(self, name: str, wait: bool = True) -> Iterator[int]:
        """Hold a lock of this repository as a file descriptor; it dies with the last process that has it open.

        Without waiting: `Conflict` names the holder.
        """
        path = self.path / ".git" / "autoreclab" / f"{name}.lock"
        try:
            path.parent.mkdir(exist_ok=True)
            file = path.open("a+")
        except OSError as error:
            raise WorkspaceError(f"{self.path} can't be written: {error.strerror}.") from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                file.seek(0)
                raise Conflict(file.read().strip()) from None
            if not wait:
                file.truncate(0)
                file.write(str(os.getpid()))
                file.flush()
            yield file.fileno()

    def run(self, *arguments: str, input: bytes = b"", ok: Sequence[int] = (0,)) -> bytes:
        """Run git in this repository and return what it printed. Raises `WorkspaceError` with git's own reason."""
        return run(self.path, *arguments, input=input, ok=ok)


def run(
    folder: Path, *arguments: str, input: bytes = b"", ok: Sequence[int] = (0,), inherit: Sequence[int] = ()
) -> bytes:
    """Run git in a folder, without inherited GIT_* variables, out of reach of the terminal's Ctrl-C.

    `inherit` are file descriptors that git keeps open.
    """
    if not shutil.which("git"):
        raise WorkspaceError("git isn't on this machine. Install git (e.g. apt install git) and run the command again.")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git

    _forget_inherited()
    command = ["git", *(word for pair in CONFIG for word in ("-c", pair)), *arguments]
    with tempfile.TemporaryFile() as stdin:
        stdin.write(input)
        stdin.seek(0)
        try:
            status, out, err = git.Git(str(folder)).execute(
                command, istream=stdin, with_extended_output=True, with_exceptions=False, stdout_as_string=False,
                strip_newline_in_stdout=False, start_new_session=True, pass_fds=inherit,
            )  # fmt: skip
        except (git.GitCommandNotFound, OSError) as error:
            raise WorkspaceError(f"git could not be started in {folder}: {error}.") from None
    if status not in ok:
        raise WorkspaceError(f"git {arguments[0]} failed in {folder}: {_reason(err)}")
    return out


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder that has no repository yet; the lock dies with its process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _wait_for(lock: Path) -> None:
    """Give a lock's owner a moment, or remove the lock when it is stale."""
    with contextlib.suppress(FileNotFoundError):
        # a lock from the future, by a clock that was set back since, is stale too
        if abs(time.time() - lock.stat().st_mtime) > STALE_S:
            lock.unlink()
        else:
            time.sleep(0.05)


def _forget_inherited() -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        if not name.startswith((*ENVIRONMENT_KEPT, "GIT_PYTHON_")):
            os.environ.pop(name, None)  # another thread may have been faster


def _reason(stderr: str | bytes) -> str:
    text = stderr.decode(errors="replace") if isinstance(stderr, bytes) else stderr
    lines = [line for line in text.strip().splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith((" ! [", "fatal:", "error:"))] or lines or ["no reason given"]
    full = "No space left" in text or "Out of diskspace" in text
    advice = " The disk is full: free some space, then go on." if full else ""
    return telling[0].removeprefix("fatal: ").removeprefix("error: ").rstrip(".") + "." + advice


def _commit(head: str, note: str) -> Commit:
    hash, tree, parents, email, seconds, message = head.split("\n", 5)
    return Commit(hash, tree, tuple(parents.split()), email, int(seconds), message, note)
