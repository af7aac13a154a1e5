"""What every environment lies over: packages of autoreclab's own interpreter that `lab` imports, and their needs."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

LAB = ("lenskit", "matplotlib", "numpy", "pandas", "pyarrow", "pydantic", "scipy", "torch")
WHEEL = "Wheel-Version: 1.0\nGenerator: autoreclab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
PATHS = "import json, sys; print(json.dumps(sys.path))"


def requirements(folder: Path) -> list[str]:
    """A line for each of these packages by which a resolver takes what is installed, and asks no index for it.

    The lines name wheels that are made in the folder: of the metadata alone, nobody installs them.
    """
    return [f"{name} @ {_wheel(name, found, folder).as_uri()}" for name, found in _closure().items()]


def versions() -> dict[str, str]:
    """Their versions, by normal name, without labels such as `+cpu`, which no index has."""
    from packaging.version import Version

    return {name: Version(found.version).public for name, found in _closure().items()}


def beyond(packages: Iterable[str]) -> list[str]:
    """Those lines of a lock that are not met by these packages as they are now."""
    met = {f"{name}=={version}" for name, version in versions().items()}
    return [line for line in packages if line not in met]


def key(line: str) -> str:
    """The normal name of the package of a line such as `name==1.0`."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    return canonicalize_name(Requirement(line).name)


@functools.cache
def paths() -> tuple[str, ...]:
    """The folders beside the standard library from which autoreclab's interpreter imports."""
    bare = _searched("-S")
    return tuple(path for path in _searched() if path not in bare)


def _searched(*options: str) -> list[str]:
    command = [sys.executable, "-P", *options, "-c", PATHS]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return json.loads(subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout)


@functools.cache
def _closure() -> Mapping[str, Distribution]:
    """What is installed of `LAB` and of all that these need, by normal name."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, Distribution] = {}
    pending = list(LAB)
    while pending:
        name = canonicalize_name(pending.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # lab does without it here
            continue
        needs = map(Requirement, found[name].requires or ())
        pending += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return dict(sorted(found.items()))


def _wheel(name: str, found: Distribution, folder: Path) -> Path:
    stem = f"{name.replace('-', '_')}-{found.version}"
    metadata = (found.read_text("METADATA") or "").partition("\n\n")[0]
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for file, content in {"METADATA": metadata, "WHEEL": WHEEL, "RECORD": ""}.items():
            wheel.writestr(f"{stem}.dist-info/{file}", content)
    return folder / f"{stem}-py3-none-any.whl"
