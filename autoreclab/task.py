"""A task: a Markdown file with optional front matter, a title, the request and optional requirements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autoreclab import evaluation, sections
from autoreclab.errors import SettingError, TaskError
from autoreclab.evaluation import Evaluation
from autoreclab.plan import Design, Requirement
from autoreclab.settings import FIELDS, nearest, read

OWN_KEYS = ("metric", "target", "recipe", "evaluation")
FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
TEMPLATE = """\
---
# Everything up to the second line of dashes is optional.
# data: ml-100k          a dataset's name, a file or a folder
# metric: ndcg@10        improve this until the iterations are spent
# evaluation: {dataset: ml-100k, split: holdout, metrics: [ndcg], cutoffs: [10]}     no program can change it
---
# A short title

Describe the question: which data, which algorithms, which metrics, and what you want to know.

## Requirements

- One thing that a good answer must have.
- There is a figure of it. [check: figures]
"""


@dataclass(frozen=True)
class Metric:
    """What a task wants improved, e.g. ndcg@10 upwards, until a target is reached."""

    name: str
    maximize: bool = True
    target: float | None = None

    def better(self, value: float, than: float) -> bool:
        return value > than if self.maximize else value < than

    def reached(self, value: float) -> bool:
        return self.target is not None and (value == self.target or self.better(value, self.target))


@dataclass(frozen=True)
class Task:
    """What was asked."""

    source: str
    """The file's whole text."""
    title: str
    body: str
    """The text below the front matter and the title."""
    requirements: tuple[Requirement, ...] = ()
    """The items of the section `## Requirements`, with the checks that they state."""
    design: Design | None = None
    """The study of the section `## Design`."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the front matter gives, already read."""
    metric: Metric | None = None
    recipe: str | None = None
    evaluation: Evaluation | None = None
    """What the task itself fixes of how results are measured."""

    @property
    def measured(self) -> tuple[str, ...]:
        """What its own evaluation measures, the metric to improve first."""
        values = self.evaluation.values if self.evaluation else ()
        return tuple(sorted(values, key=lambda name: not self.metric or name != self.metric.name))


def parse(source: str, name: str) -> Task:
    """Read a task's text; `name` is what errors call it. Raises `TaskError`."""
    source = source.replace("\r\n", "\n").lstrip("\ufeff")
    match = FRONT.match(source)
    if not match and re.match(r"---[ \t]*\n", source) and re.search(r"^[\w-]+:", source, re.MULTILINE):
        raise TaskError(f"{name}, line 1: the front matter is never closed. Add a line with --- below it.")
    front, body = (match.group(1), source[match.end() :]) if match else ("", source)
    if not re.search(r"\w", body):
        raise TaskError(f"{name} is empty. Write a title and the question you want answered.")
    values = _front_matter(front, name)
    heading = re.search(r"^#[ \t]+(.+?)[ \t#]*$", body, re.MULTILINE)
    title = heading.group(1) if heading else next(line for line in body.splitlines() if line.strip()).strip()
    return Task(
        source=source,
        title=title[:120],
        body=(body.replace(heading.group(0), "", 1) if heading else body).strip(),
        requirements=sections.requirements(body),
        design=sections.design(source, name),
        settings={key: value for key, value in values.items() if key in FIELDS},
        metric=_metric(values, name),
        recipe=values.get("recipe"),
        evaluation=values.get("evaluation"),
    )


def _front_matter(front: str, name: str) -> dict[str, Any]:
    """The front matter's keys and values, settings already read."""
    import yaml

    try:
        root = yaml.compose(front, Loader=yaml.SafeLoader)
        values = yaml.safe_load(front) or {}
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 2
        raise TaskError(
            f"{name}, line {line}: the front matter isn't YAML: {getattr(error, 'problem', error)}."
        ) from None
    if not isinstance(values, dict):
        raise TaskError(f"{name}, line 2: the front matter must be lines of 'key: value'.")
    result: dict[str, Any] = {}
    for key_node, value_node in root.value if root else ():
        where = f"{name}, line {key_node.start_mark.line + 2}: "
        written = str(key_node.value)
        key = written.replace("-", "_")
        if key not in FIELDS and key not in OWN_KEYS:
            known = [field.replace("_", "-") for field in FIELDS] + list(OWN_KEYS)
            raise TaskError(f"{where}unknown key '{written}'.{nearest(written.replace('_', '-'), known)}")
        if key in result:
            raise TaskError(f"{where}key '{written}' stands here a second time.")
        value = values.get(key_node.value, values.get(written))
        try:
            result[key] = read(key, value, where) if key in FIELDS else value
        except SettingError as error:
            raise TaskError(str(error)) from None
        if key == "evaluation":
            result[key] = evaluation.read(value, _lines(key_node, value_node), name)
        if key == "recipe" and not isinstance(value, str):
            raise TaskError(f"{where}recipe: expected a recipe's name, not {value!r}.")
        if key == "target" and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise TaskError(f"{where}target: expected a number, not {value!r}.")
    return result


def lower_is_better(metric: str) -> bool:
    """Is a metric, such as `rmse` or `gini@10`, an error or a concentration?"""
    return metric.partition("@")[0] in ("rmse", "mae", "gini")


def _lines(key_node: Any, value_node: Any) -> dict[str, int]:
    """The lines of a mapping's keys, and of the mapping's own."""
    import yaml

    below = [key for key, _ in value_node.value] if isinstance(value_node, yaml.MappingNode) else []
    return {"": key_node.start_mark.line + 2} | {str(key.value): key.start_mark.line + 2 for key in below}


def _metric(values: Mapping[str, Any], name: str) -> Metric | None:
    """`metric: ndcg@10`, `metric: rmse minimize` or `metric: {name: …, direction: …}`."""
    given, target = values.get("metric"), values.get("target")
    if given is None:
        if target is not None:
            raise TaskError(f"{name}: the front matter has a target but no metric. Add e.g. 'metric: ndcg@10'.")
        return None
    if isinstance(given, dict):
        given = f"{given.get('name', '')} {given.get('direction', '')}"
    words = str(given).lower().split()
    directions = {"maximize": True, "max": True, "higher": True, "minimize": False, "min": False, "lower": False}
    if not 1 <= len(words) <= 2 or (len(words) == 2 and words[1] not in directions):
        raise TaskError(f"{name}: metric: expected a name and 'maximize' or 'minimize', not {given!r}.")
    maximize = directions[words[1]] if len(words) == 2 else not lower_is_better(words[0])
    if (owned := values.get("evaluation")) and words[0] not in owned.values:
        raise TaskError(f"{name}: metric: the evaluation measures {', '.join(owned.values)}, not {words[0]}.")
    return Metric(words[0], maximize, None if target is None else float(target))


def slug(name: str) -> str:
    """A run's name from a file's stem or a title: lower case, digits and single hyphens.

    >>> slug("Split Seeds (v2)")
    'split-seeds-v2'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "task"
