"""What a task or a person asks for: packages by name, files of packages, and lists of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autoreclab.errors import SettingError

LISTS = (".txt", ".in")
PACKAGES = (".whl", ".tar.gz", ".zip")
COMMENT = re.compile(r"(^|\s)#.*")


def listed(items: Iterable[str], folder: Path) -> tuple[str, ...]:
    """Each package on a line of its own, files found beside `folder`. Raises `SettingError`.

    An item is a requirement such as `implicit>=0.7`, a wheel or an archive of a package's source, or a list of such
    items, one a line. A file of a package is bound to its content, so that a changed one is not taken for it.
    """
    return tuple(line for item in items for line in _lines(item, folder, ""))


def names(asked: Sequence[str]) -> list[str]:
    """The names of packages that were asked for."""
    from packaging.requirements import Requirement

    return [Requirement(line).name for line in asked]


def _lines(item: str, folder: Path, where: str) -> Iterator[str]:
    """What an item asks for; `where` says in which list it stands."""
    path = folder / Path(item).expanduser()
    if " @ " in item or not item.endswith((*LISTS, *PACKAGES)):
        yield _requirement(item, path, where)
    elif not path.is_file():
        raise SettingError(f"environment: {where}there is no file {path}.")
    elif item.endswith(PACKAGES):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield f"{_name_of(path, where)} @ {path.resolve().as_uri()}#sha256={digest}"
    else:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if text := COMMENT.sub("", line).strip():
                yield from _lines(text, path.parent, f"{path}, line {number}: ")


def _requirement(item: str, path: Path, where: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    if path.is_dir() and "/" in item:
        raise SettingError(
            f"environment: {where}{item} is a folder, whose content can't be locked. Make a wheel of it "
            f"(uv build --wheel {item}) and name that file."
        )
    try:
        return str(Requirement(item))
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise SettingError(
            f"environment: {where}expected a package such as implicit==0.7.2, or a file, not {item!r} ({reason})."
        ) from None


def _name_of(path: Path, where: str) -> str:
    from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

    try:
        return (parse_wheel_filename if path.suffix == ".whl" else parse_sdist_filename)(path.name)[0]
    except (InvalidSdistFilename, InvalidWheelFilename):
        raise SettingError(
            f"environment: {where}{path.name} isn't called as packages are, "
            "such as name-1.0-py3-none-any.whl or name-1.0.tar.gz."
        ) from None
