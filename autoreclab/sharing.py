"""Runs between a workspace and any git remote: fetched aside, merged ref by ref, pushed without force."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from autoreclab import git, history, merging
from autoreclab.changes import EMAIL, Change
from autoreclab.errors import AutoreclabError, Conflict, WorkspaceError
from autoreclab.git import Repository
from autoreclab.history import RESERVED
from autoreclab.workspace import RECORDS, ROOT_HASH, SCORES, Workspace

PEOPLE = "refs/notes/commits"
NOTES: Mapping[str, Callable[[str, str, str], str]] = {
    RECORDS: merging.record, SCORES: merging.score, PEOPLE: merging.lines,
}  # fmt: skip
INCOMING = "refs/autoreclab-incoming/"
INCOMING_NOTES = "refs/notes/autoreclab-incoming/"  # git shows notes only from below refs/notes
HASH = re.compile("[0-9a-f]{40}")
ATTEMPTS = 5
BATCH = 1000  # refs to one `git push`: 10,000 of them are longer than Linux lets a command line be

Refs = Mapping[str, str]
"""Commits by the full names of the refs that point at them."""


@dataclass(frozen=True)
class Merged:
    """What a pull brought of a run."""

    run: str
    branches: int
    """New here, or moved forward."""
    renamed: Mapping[str, str]
    """Names here by names there, where they differ."""


def runs_at(folder: Path, remote: str) -> list[str]:
    """The names of the runs a remote holds, seen from a folder. Raises `WorkspaceError` if it can't be read."""
    out = git.run(folder, "ls-remote", "--", remote).decode(errors="replace")
    return re.findall(r"^[0-9a-f]{40}\trefs/heads/([a-z0-9]+(?:-[a-z0-9]+)*)/task$", out, re.MULTILINE)


def pull(workspace: Workspace, remote: str, runs: Sequence[str]) -> list[Merged]:
    """Merge runs of a remote into the workspace. Raises `WorkspaceError`, if one can't be read.

    Outputs, exchanges and notes come before the branches: a node without its record would be run again.
    """
    with _fetched(workspace.repository, remote, runs) as theirs:
        return _merge(workspace, remote, runs, theirs)


def push(workspace: Workspace, remote: str, run: str) -> list[Merged]:
    """Bring a run to a remote, after merging what the remote has of it. Raises `WorkspaceError`.

    Another workspace on this machine pulls it instead, so that its locks and its checked-out branches are respected.
    """
    if (Path(remote) / ".git").exists():
        other = Workspace.open(Path(remote))
        runs = [run] if run in other.runs() else []
        merged = pull(workspace, remote, runs)
        pull(other, str(workspace.path.absolute()), [run])
        return merged
    before: Refs | None = None
    for _ in range(ATTEMPTS):
        runs = [run] if run in runs_at(workspace.path, remote) else []
        with _fetched(workspace.repository, remote, [run]) as theirs:
            merged = _merge(workspace, remote, runs, theirs)
            try:
                _send(workspace, remote, run, theirs)
                return merged
            except WorkspaceError:
                if theirs == before:
                    raise
                before = theirs
    raise WorkspaceError(f"Others kept pushing to {remote} at the same time. Run the command again.")


# Fetching


@contextlib.contextmanager
def _fetched(repository: Repository, remote: str, runs: Sequence[str]) -> Iterator[Refs]:
    """What the remote has of the runs, by the names it has there; fetched aside and dropped at the end."""
    patterns = [f"refs/{kind}/{run}/*" for run in runs for kind in ("heads", "autoreclab")]
    with repository.lock("pull"):
        _drop(repository)
        try:
            repository.run(
                "fetch", "--quiet", "--no-tags", "--no-prune", "--refmap=", "--no-write-fetch-head",
                "--no-recurse-submodules", "--", remote,
                *(f"+{pattern}:{INCOMING}{pattern.removeprefix('refs/')}" for pattern in patterns),
                *(f"+{ref}*:{INCOMING_NOTES}{ref.removeprefix('refs/notes/')}*" for ref in NOTES),
            )  # fmt: skip
            yield _incoming(repository)
        finally:
            _drop(repository)


def _incoming(repository: Repository) -> Refs:
    """The fetched refs that point at commits, by their names at the remote."""
    out = repository.run("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", INCOMING, INCOMING_NOTES)
    found = {}
    for line in out.decode(errors="surrogateescape").splitlines():
        kind, commit, ref = line.split(" ", 2)
        if kind == "commit":
            found[ref.replace(INCOMING_NOTES, "refs/notes/", 1).replace(INCOMING, "refs/", 1)] = commit
    return found


def _drop(repository: Repository) -> None:
    names = repository.run("for-each-ref", "--format=delete %(refname)", INCOMING, INCOMING_NOTES)
    repository.run("update-ref", "--no-deref", "--stdin", input=names)


# Merging


def _merge(workspace: Workspace, remote: str, runs: Sequence[str], theirs: Refs) -> list[Merged]:
    for run in runs:
        _check(workspace, remote, run, theirs)
    with contextlib.ExitStack() as stack:
        for run in runs:
            stack.enter_context(workspace.searching(run))
            _take_own_refs(workspace.repository, run, theirs)
        taken = {ref: _merge_notes(workspace.repository, ref, theirs) for ref in NOTES}
        for run in runs:
            _settle_outputs(workspace.repository, run, theirs, taken[RECORDS])
        return [_merge_branches(workspace, run, theirs) for run in runs]


def _check(workspace: Workspace, remote: str, run: str, theirs: Refs) -> None:
    """Refuse a run that is another one of the same name, or that can't be read, before anything is changed."""
    root = theirs[f"refs/heads/{run}/task"]
    if workspace.repository.head(f"refs/heads/{run}/task") not in (None, root):
        raise WorkspaceError(
            f"Run '{run}' of {remote} is another run than '{run}' of {workspace.path}. Nothing was merged. "
            f"Keep them apart: autoreclab pull {remote} {run} --workspace OTHER"
        )
    try:
        branches = _branches(run, theirs)
        notes = f"{INCOMING_NOTES}autoreclab"
        log = workspace.repository.log([*branches.values(), f"^{ROOT_HASH}"], notes)
        history.fold(run, root, log, branches, workspace.run_at(run, root).task.metric)
    except (LookupError, TypeError, ValueError, AttributeError, yaml.YAMLError, AutoreclabError) as error:
        raise WorkspaceError(f"Run '{run}' of {remote} can't be read, nothing was merged: {error}") from None


def _take_own_refs(repository: Repository, run: str, theirs: Refs) -> None:
    """Take outputs that are missing here, keep those that differ under a name of their own, unite the exchanges."""
    own, exchanges = f"refs/autoreclab/{run}/", f"refs/autoreclab/{run}/exchanges"
    here = repository.refs(own)
    moves: dict[str, tuple[str, str | None]] = {}
    for ref, commit in theirs.items():
        if not ref.startswith(own) or here.get(ref) == commit or ref == exchanges:
            continue
        if ref not in here:
            moves[ref] = (commit, None)
        elif commit not in here.values():
            moves[f"{own}superseded/{commit}"] = (commit, None)
            moves[f"{own}superseded/{here[ref]}"] = (here[ref], here.get(f"{own}superseded/{here[ref]}"))
    repository.move(moves)
    _unite(repository, exchanges, theirs.get(exchanges))


def _unite(repository: Repository, ref: str, their: str | None) -> None:
    """Merge two branches that only ever grow by files."""
    our = repository.head(ref)
    if _forwarded(repository, ref, our, their):
        return
    assert our and their
    known = repository.entries(our)
    blobs = {path: blob for path, (blob, _) in repository.entries(their).items() if path not in known}
    repository.commit(ref, Change("exchanges merged\n", [our, their], blobs=blobs, keep=True), expected=our)


def _forwarded(repository: Repository, ref: str, our: str | None, their: str | None) -> bool:
    """Is there nothing to merge? One side has nothing, or only the other went on: the ref is moved forward."""
    if their is None or (our and repository.descends(our, their)):
        return True
    if our and not repository.descends(their, our):
        return False
    repository.move({ref: (their, our)})
    return True


def _merge_notes(repository: Repository, ref: str, theirs: Refs) -> set[str]:
    """Merge a notes ref object by object, again if someone wrote in between; the objects whose note is now theirs."""
    for attempt in range(ATTEMPTS):
        our, their = repository.head(ref), theirs.get(ref)
        before = _notes(repository, our)
        try:
            if not _forwarded(repository, ref, our, their):
                _write_merged(repository, ref, our or "", their or "")
            break
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
    after, incoming = _notes(repository, repository.head(ref)), _notes(repository, their)
    return {key for key, blob in incoming.items() if after.get(key) == blob != before.get(key)}


def _write_merged(repository: Repository, ref: str, our: str, their: str) -> None:
    base = repository.run("merge-base", our, their, ok=(0, 1)).decode().split()
    sides = [_notes(repository, commit) for commit in (*base[:1], our, their)]
    before, ours, their_notes = sides if base else ({}, *sides)
    kept, disputed = merging.three_way(before, ours, their_notes)

    def text(blob: str | None) -> str:
        return repository.run("cat-file", "blob", blob).decode(errors="surrogateescape") if blob else ""

    files = {
        _path(key): NOTES[ref](text(before.get(key)), text(ours[key]), text(their_notes[key])).encode(
            errors="surrogateescape"
        )
        for key in disputed
    }
    blobs = {_path(key): blob for key, blob in kept.items()}
    repository.commit(ref, Change("notes merged\n", [our, their], files, blobs=blobs), expected=our)


def _notes(repository: Repository, commit: str | None) -> dict[str, str]:
    """The blobs of the notes in a commit of a notes ref, by the object they are on."""
    entries = repository.entries(commit) if commit else {}
    found = {path.replace("/", ""): blob for path, (blob, _) in entries.items()}
    return {key: blob for key, blob in found.items() if HASH.fullmatch(key)}


def _path(key: str) -> str:
    return f"{key[:2]}/{key[2:]}"


def _settle_outputs(repository: Repository, run: str, theirs: Refs, taken: set[str]) -> None:
    """Of a node that ran on both sides, keep the outputs that its record is about."""
    own = f"refs/autoreclab/{run}/outputs/"
    here = repository.refs(own)
    moves = {f"{own}{key}": (theirs[f"{own}{key}"], here[f"{own}{key}"]) for key in taken if f"{own}{key}" in theirs}
    repository.move({ref: (new, old) for ref, (new, old) in moves.items() if new != old})


def _merge_branches(workspace: Workspace, run: str, theirs: Refs) -> Merged:
    """Give every commit of theirs a branch here, take the better `best`, and show all of it on main."""
    repository, prefix = workspace.repository, f"refs/heads/{run}/"
    refs = repository.refs(prefix)
    here, there = _branches(run, refs, RESERVED), _branches(run, theirs, RESERVED)
    fixed = {name for name in here.keys() & there.keys() if here[name] != there[name]
             and repository.checked_out(f"{prefix}{name}")}  # fmt: skip
    new = merging.placed(here, there, repository.descends, fixed)
    moves = {f"{prefix}{name}": (commit, here.get(name)) for name, commit in new.items()}
    repository.move({f"{prefix}task": (theirs[f"{prefix}task"], refs.get(f"{prefix}task"))} | moves)
    best = f"{prefix}best"
    if _better(workspace, run, theirs.get(best), refs.get(best)) and not repository.checked_out(best):
        repository.move({best: (theirs[best], refs.get(best))})
    workspace.gather(run, workspace.load(workspace.run(run)))
    names = {commit: name for name, commit in new.items()}
    renamed = {name: names[commit] for name, commit in there.items() if names.get(commit, name) != name}
    return Merged(run, len(new), renamed)


def _branches(run: str, refs: Refs, left_out: Sequence[str] = ()) -> dict[str, str]:
    prefix = f"refs/heads/{run}/"
    names = {ref.removeprefix(prefix): commit for ref, commit in refs.items() if ref.startswith(prefix)}
    return {name: commit for name, commit in names.items() if name not in left_out}


def _better(workspace: Workspace, run: str, new: str | None, old: str | None) -> bool:
    """Should a `best` replace another? If it was made from the run's best node, or is the newer of two such."""
    if new is None or old is None or new == old:
        return new is not None and old is None
    best = workspace.load(workspace.run(run)).best

    def rank(commit: str) -> tuple[bool, int]:
        made = workspace.repository.log([commit], RECORDS)[0]
        node = history.trailers(made.message).get("Node") if made.email == EMAIL else None
        return bool(best and node == best.commit), made.time

    return rank(new) > rank(old)


# Pushing


def _send(workspace: Workspace, remote: str, run: str, theirs: Refs) -> None:
    """Push what the remote lacks: outputs and exchanges, notes, then branches. Only outputs and `best` are replaced."""
    repository, heads, own = workspace.repository, f"refs/heads/{run}/", f"refs/autoreclab/{run}/"
    here = repository.refs(heads, own, *NOTES)
    new = merging.placed(_branches(run, theirs, RESERVED), _branches(run, here, RESERVED), repository.descends)
    targets = {ref: commit for ref, commit in here.items() if ref.startswith((own, "refs/notes/"))}
    targets = dict(sorted(targets.items(), key=lambda item: item[0] in NOTES))
    targets |= {f"{heads}task": here[f"{heads}task"]} | {f"{heads}{name}": commit for name, commit in new.items()}
    best = f"{heads}best"
    if _better(workspace, run, here.get(best), theirs.get(best)):
        targets[best] = here[best]
    once = (f"{own}reruns/", f"{own}tests/")  # what differs there is here among the superseded, and goes as such
    changed = {
        ref: commit
        for ref, commit in targets.items()
        if theirs.get(ref) != commit and not (ref in theirs and ref.startswith(once))
    }
    replaced = [ref for ref in changed if ref in theirs and (ref == best or ref.startswith(f"{own}outputs/"))]
    for start in range(0, len(changed), BATCH):
        batch = list(changed.items())[start : start + BATCH]
        leases = [f"--force-with-lease={ref}:{theirs[ref]}" for ref, _ in batch if ref in replaced]
        repository.run(
            "push", "--quiet", "--no-follow-tags", "--recurse-submodules=no", *leases, "--", remote,
            *(f"{commit}:{ref}" for ref, commit in batch),
        )  # fmt: skip
