"""Every setting of a run: its name, default, how its text is read, and its one sentence of help.

The command line, the `AUTORECLAB_*` variables, a task's front matter and `run.yaml` all go by this table.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autoreclab.errors import SettingError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}


def duration(text: str | float) -> float:
    """Read `90`, `90s`, `10m`, `1.5h` or `1h30m` as seconds.

    >>> duration("1h30m")
    5400.0
    """
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError("expected a duration such as 90s, 10m or 1h")
    if isinstance(text, str) and not re.fullmatch(r"\d+(\.\d+)?", text.strip()):
        parts = re.findall(r"(\d+(?:\.\d+)?)\s*([smhd])", text.lower())
        if not parts or re.sub(r"[\d.smhd\s]", "", text.lower()):
            raise ValueError("expected a duration such as 90s, 10m or 1h")
        seconds = sum(float(number) * SECONDS[unit] for number, unit in parts)
    else:
        seconds = float(text)
    if seconds <= 0:
        raise ValueError("expected a duration longer than nothing")
    return seconds


def size(value: Any) -> int:
    """Read `500000`, `500kB`, `10MB` or `1.5GB` as bytes.

    >>> size("10MB")
    10000000
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]?b|)", str(value).strip().lower())
    if isinstance(value, bool) or not found:
        raise ValueError("expected a size such as 500kB, 10MB or 1GB")
    return round(float(found[1]) * BYTES[found[2]])


def whole(minimum: int) -> Callable[[Any], int]:
    """A reader of whole numbers, at least `minimum`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d+", str(value).strip()):
            raise ValueError("expected a whole number")
        if int(value) < minimum:
            raise ValueError(f"expected at least {minimum}")
        return int(value)

    return read


def yes(value: Any) -> bool:
    """Read `true` or `false`, `yes` or `no`."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value).strip().lower() not in words:
        raise ValueError("expected true or false")
    return words[str(value).strip().lower()]


def probability(value: Any) -> float:
    """Read a number between 0 and 1."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not 0 <= number <= 1:
        raise ValueError("expected a number between 0 and 1")
    return number


def temperature(value: Any) -> float:
    """Read a number from 0 to 2."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not 0 <= number <= 2:
        raise ValueError("expected a number between 0 and 2")
    return number


def text(value: Any) -> str:
    """Read a text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("expected a text")
    return value.strip()


def texts(value: Any) -> tuple[str, ...]:
    """Read one text or a list of them."""
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(text(item) for item in items)


def setting(default: Any, read: Callable[[Any], Any], help: str, metavar: str) -> Any:
    """Declare a field of `Settings`."""
    return field(default=default, metadata={"read": read, "help": help, "metavar": metavar})


@dataclass(frozen=True)
class Settings:
    """What a run is told beside its task."""

    drafts: int = setting(3, whole(1), "Independent first programs.", "N")
    iterations: int = setting(10, whole(0), "Steps after the drafts, at most.", "N")
    workers: int = setting(1, whole(1), "Experiments at a time; cores and memory are shared out among them.", "N")
    debug_prob: float = setting(0.3, probability, "Chance of debugging a failing leaf in a step.", "P")
    epsilon: float = setting(0.3, probability, "Chance of improving a random working node, not the best.", "P")
    timeout: float = setting(3600.0, duration, "Time limit of one experiment.", "TIME")
    cpu_time: float | None = setting(None, duration, "CPU time of one experiment, its processes together.", "TIME")
    memory: int | None = setting(
        None, size, "Memory of one experiment, its processes together; by default its share of 80 % of all.", "SIZE"
    )
    processes: int = setting(200, whole(1), "Processes of one experiment at a time.", "N")
    folder_size: int = setting(10_000_000_000, size, "What one experiment may write to its folder.", "SIZE")
    file_size: int = setting(5_000_000_000, size, "The largest file that an experiment may write.", "SIZE")
    files: int = setting(100_000, whole(1), "Files and folders that one experiment may make.", "N")
    output: int = setting(100_000_000, size, "What one experiment may print; 1 MB of it is kept.", "SIZE")
    network: bool = setting(False, yes, "Let experiments use the network.", "BOOL")
    k_fold: int = setting(1, whole(1), "Folds a study should prefer; 1 means a holdout.", "K")
    model: str | None = setting(
        None, text, "A model's name, 'offline', or 'replay:RUN'. With a key: gpt-5-mini; without: offline.", "NAME"
    )
    temperature: float | None = setting(None, temperature, "Sampling temperature; the model's own if not given.", "T")
    model_timeout: float = setting(
        600.0, duration, "How long the model may be silent; six times as long for a whole streamed answer.", "TIME"
    )
    seed: int = setting(0, whole(0), "Seed of the search and of the experiments.", "N")
    keep: int = setting(10_000_000, size, "Result files of a node that git keeps; larger ones lie beside it.", "SIZE")
    data: tuple[str, ...] = setting(
        (), texts, "A data file, a folder to look in, or a dataset's name. Repeatable.", "PATH"
    )

    def changed(self, values: Mapping[str, Any], where: str = "") -> Settings:
        """These settings with others in place of some. Raises `SettingError` naming what can't be read."""
        return dataclasses.replace(self, **{name: read(name, value, where) for name, value in values.items()})

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `run.yaml` keeps them."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in dataclasses.asdict(self).items()}


FIELDS: Mapping[str, dataclasses.Field] = {item.name: item for item in dataclasses.fields(Settings)}


def read(name: str, value: Any, where: str = "") -> Any:
    """Read one setting's value as its field wants it."""
    if value is None and FIELDS[name].default is None:
        return None
    try:
        return FIELDS[name].metadata["read"](value)
    except ValueError as error:
        raise SettingError(f"{where}{name.replace('_', '-')}: {error}, not {value!r}.") from None


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'epsilon'?`, or nothing where no known name is near."""
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{found[0]}'?" if found else ""
