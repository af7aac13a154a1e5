"""The datasets of a run: which ones, where they lie, what is in them; and their copies for experiments."""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoreclab import evaluation
from autoreclab.errors import DataError
from autoreclab.evaluation import Evaluation, Part
from autoreclab.models.offline.vocabulary import DATASETS, found
from autoreclab.settings import nearest
from autoreclab.task import Task
from autoreclab.wording import clean, shortened

if TYPE_CHECKING:
    import pandas as pd

    from autoreclab.lab.datasets import Dataset
    from autoreclab.lab.owned import Terms

READ_ONLY = 0o444
FEW = 10  # ratings, as of stars and halves
LONGEST_CELL = 80  # characters of a value that a preview shows


@dataclass(frozen=True)
class Data:
    """The located datasets of a run."""

    datasets: tuple[str, ...]
    """Names as `lab.load` takes them."""
    places: tuple[str, ...]
    """Absolute files and folders in which the harness looks; experiments get copies of what is used."""
    files: Mapping[str, Path]
    """What experiments find in their folder: name there → the file."""
    facts: tuple[dict[str, Any], ...]
    """Per dataset: name, sha256, interactions, users, items."""
    preview: str
    """Markdown for prompts: columns, types, counts, ranges."""
    terms: Mapping[Part, Terms] = field(default_factory=dict)
    """Where the task owns its evaluation, how its splits are made; then experiments get no files."""
    design: Mapping[str, Any] = field(default_factory=dict)
    """What such a task fixes of the design."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the harness puts into an experiment's folder."""
        if self.terms:
            from autoreclab.lab.owned import FILES

            return FILES
        return tuple(self.files)

    @property
    def recipe(self) -> dict[str, bytes]:
        """The file by which a program finds the evaluation that the task owns when a person runs it."""
        if not self.terms:
            return {}
        from autoreclab.lab.owned import RECIPE

        return {RECIPE: self.terms["test"].json.encode()}

    def place(self, folder: Path, part: Part = "validation") -> None:
        """Copy the data files into an experiment's folder, read-only, under their own names.

        Where the task owns its evaluation, only the training part goes there, and whom to recommend for in that part.
        """
        if self.terms:
            from autoreclab.lab.owned import hand_out
            from autoreclab.lab.places import PLACES

            PLACES.data = tuple(map(Path, self.places))  # in another process nobody did
            return hand_out(self.terms[part], folder)
        for name, source in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(READ_ONLY)

    def compare(self, facts: Iterable[Mapping[str, Any]]) -> None:
        """See that the data are still those a run was started with. Raises `DataError`."""
        now = {fact["name"]: fact["sha256"] for fact in self.facts}
        for fact in facts:
            if now.get(fact["name"]) != fact["sha256"]:
                raise DataError(
                    f"Dataset {fact['name']} is not the one this run was started with (sha256 {fact['sha256'][:12]}…). "
                    "Name the original with --data, or start a new run."
                )


def find(entries: Sequence[str], task: Task) -> Data:
    """Locate the datasets and tables that the settings name; without a dataset's name among them, those that the task
    mentions, else the tables given.

    An entry is a dataset's name, or an existing file or folder to look in. A task that owns its evaluation names its
    dataset there. Raises `DataError`.
    """
    from autoreclab.lab import datasets, places, simulation, sources

    known = (*sources.KNOWN, *simulation.PRESETS)
    paths = [_existing(entry, known) for entry in entries if entry not in known]
    places.PLACES.data = tuple(paths)
    named = [entry for entry in entries if entry in known]
    names = named or [name for name in found(DATASETS, f"{task.title}\n{task.body}") if name in known]
    tables = {} if names else {file.stem: file for path in paths for file in _tables(path)}
    if task.evaluation:
        names, tables = _evaluated(task.evaluation.dataset, entries, known, paths)
    if not names and not tables:
        raise DataError(
            "No dataset is given: the task mentions none that is known, and --data names no table. "
            f"Known are {', '.join(known)}."
        )
    files = {name: sources.obtain(sources.KNOWN[name]) for name in names if name in sources.KNOWN}
    if named and not task.evaluation:  # a table that is named beside datasets is one more
        tables = {path.stem: path for path in paths if path.is_file() and path not in files.values()}
    files |= tables
    loaded = [datasets.load(name, files.get(name)) for name in (*names, *tables)]
    own_names = _own_names((*files.values(), *(path for path in paths if path.is_file())), paths)
    data = Data(
        datasets=tuple(data.name for data in loaded),
        places=tuple(str(path) for path in (*paths, *(file for file in files.values()))),
        files={name: file for file, name in own_names.items()},
        facts=tuple(_facts(data) for data in loaded),
        preview="\n\n".join(_preview(data, own_names.get(files.get(data.name, Path()))) for data in loaded),
    )
    return _owned(data, loaded[0], task.evaluation, task.measured) if task.evaluation else data


def _evaluated(
    dataset: str, entries: Sequence[str], known: Sequence[str], paths: Iterable[Path]
) -> tuple[list[str], dict[str, Path]]:
    """The dataset of a task's own evaluation: its name if it is known, else its table."""
    if others := [entry for entry in entries if entry in known and entry != dataset]:
        raise DataError(f"The task's evaluation is on {dataset} alone. Leave out --data {others[0]}.")
    if dataset in known:
        return [dataset], {}
    tables = {file.stem: file for path in paths for file in _tables(path) if dataset in (file.name, file.stem)}
    if not tables:
        raise DataError(
            f"The task's evaluation is on {dataset}, and --data names no such table; known by name are "
            f"{', '.join(known)}.{nearest(dataset, known)}"
        )
    return [], tables


def _owned(data: Data, dataset: Dataset, asked: Evaluation, measured: Sequence[str]) -> Data:
    """The data of a task that owns its evaluation: no files for experiments, and a preview of the training part."""
    from autoreclab.lab import recipes

    terms = asked.terms(dataset)
    split = recipes.rebuild(terms["validation"].recipe)
    users = f"{split.test['user'].nunique():,} users" if asked.cutoffs else f"{len(split.test):,} user-item pairs"
    whole = f"The whole of `{dataset.name}` has {len(dataset.interactions):,} interactions."
    how = ", ".join(filter(None, (split.training.filters, split.label)))
    heading = f"`split = lab.evaluation()`, on `{dataset.name}` ({how}), asks for {users}. {whole}"
    return dataclasses.replace(
        data,
        files={},
        preview=f"{heading}\n\n{_described('split.training.interactions', split.training)}",
        terms=terms,
        design=evaluation.design(terms["test"], measured),
    )


def _existing(entry: str, known: Iterable[str]) -> Path:
    path = Path(entry).expanduser()
    if not path.exists():
        raise DataError(f"--data {entry}: there is no such file, folder or dataset.{nearest(entry, known)}")
    return path.resolve()


def _tables(path: Path) -> list[Path]:
    """The tables that a place holds itself."""
    from autoreclab.lab.sources import TABLES

    inside = [path] if path.is_file() else sorted(entry for entry in path.iterdir() if entry.is_file())
    return [file for file in inside if file.suffix in TABLES]


def _own_names(files: Iterable[Path], paths: Sequence[Path]) -> dict[Path, str]:
    """Each file's name in an experiment's folder. Several known datasets call theirs `ratings.csv`."""
    names = {file: _own_name(file, paths) for file in files}
    taken = Counter(names.values())
    return {file: name if taken[name] == 1 else f"{file.parent.name}/{name}" for file, name in names.items()}


def _own_name(file: Path, paths: Iterable[Path]) -> str:
    """A file's name in an experiment's folder: its path below the folder that was given, or its bare name."""
    for path in paths:
        if path.is_dir() and file.is_relative_to(path):
            return file.relative_to(path).as_posix()
    return file.name


def _facts(data: Dataset) -> dict[str, Any]:
    counts = {"interactions": len(data.interactions), "users": data.n_users, "items": data.n_items}
    return {"name": data.name, "sha256": data.sha256, **counts}


def _preview(data: Dataset, file: str | None) -> str:
    """A dataset for a prompt, as it is loaded."""
    return _described(f'lab.load("{data.name}")', data, f", file `{file}`" if file else ", made by lab")


def _described(expression: str, data: Dataset, source: str = "") -> str:
    """Counts, then a line a column."""
    frame = data.interactions
    density = len(frame) / (data.n_users * data.n_items)
    lines = [
        f"`{expression}`{source}: {len(frame):,} interactions, {data.n_users:,} users, {data.n_items:,} items, "
        f"density {density:.2%}"
    ]
    for column in frame:
        values = frame[column]
        least, most = (shortened(str(value), LONGEST_CELL) for value in (values.min(), values.max()))
        between = f"{least} to {most}, {values.nunique():,} distinct"
        shares = f": {_shares(values)}" if column == "rating" and values.nunique() <= FEW else ""
        lines.append(f"- `{column}` ({values.dtype}): {between}{shares}")
    return "\n".join(map(clean, lines))


def _shares(ratings: pd.Series) -> str:
    """How often each rating is given, from which one sees what a threshold leaves."""
    found = ratings.value_counts(normalize=True).sort_index()
    return ", ".join(f"{rating:g} {share:.1%}" for rating, share in found.items())
