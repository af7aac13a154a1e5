"""Values that may be true and mostly aren't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from autoreclab.audits.algorithms import SIMPLE, meanings
from autoreclab.audits.findings import condition, factors, warning
from autoreclab.audits.values import known
from autoreclab.evidence import Evidence, Row
from autoreclab.nodes import Finding
from autoreclab.plan import is_replicate

RANKING, RATING = ("ndcg", "precision", "recall", "map"), ("rmse", "mae")
BASELINE = {**dict.fromkeys((*RANKING, "hit", "mrr"), "Popular"), **dict.fromkeys(RATING, "Bias")}
"""What values of each metric are compared with."""
MARGIN = {True: 0.01, False: 0.05}  # by which a rating error, a ranking value must be worse: less is chance
HIGH = 0.75  # of the ranking metrics at 5 or more, over all users
TIMES, FROM = 4, 0.3  # as many times popularity, from this value on: of small values any multiple may be
LOW, SHARE = 0.1, 1 / 3  # of errors, and of the bias's error: people who rate again differ more from themselves

BySplit = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Beside:
    """An algorithm's best setting beside the baseline."""

    algorithm: str
    dataset: str
    part: str
    metric: str
    value: float
    """Its mean over replicates."""
    baseline: float | None
    """The baseline's on the same splits; None where it was not measured there."""

    @property
    def rating(self) -> bool:
        return self.metric in RATING

    @property
    def worse(self) -> bool:
        if self.baseline is None:
            return False
        gain = self.baseline - self.value if self.rating else self.value - self.baseline
        return gain < -MARGIN[self.rating] * self.baseline

    @property
    def implausible(self) -> bool:
        base = self.baseline or 0.0
        if self.rating:
            return self.value < max(LOW, SHARE * base)
        name, _, k = self.metric.partition("@")
        return name in RANKING and int(k) >= 5 and self.value > (max(FROM, TIMES * base) if base else HIGH)

    def __str__(self) -> str:
        kind = "the bias" if self.rating else "popularity"
        beside = f", and {kind} {self.baseline:.4f}" if self.baseline is not None else ""
        return f"{self.algorithm or 'the algorithm'} has {self.metric} {self.value:.4f} on {self.dataset}{beside}"


def implausible(evidence: Evidence) -> Iterator[Finding]:
    """Values are too good to be true: the model may have seen the test part."""
    wrong = [str(each) for each in beside(evidence.rows) if each.implausible]
    if wrong:
        yield warning("implausible", f"{len(wrong)} values are hardly possible, e.g. {wrong[0]}.", wrong)


def worse_than_baseline(evidence: Evidence) -> Iterator[Finding]:
    """An algorithm is worse than popularity, or than the bias, in every metric."""
    compared: dict[tuple[str, str, str, bool], list[Beside]] = {}
    for each in beside(evidence.rows):
        compared.setdefault((each.algorithm, each.dataset, each.part, each.rating), []).append(each)
    for (*_, rating), values in compared.items():
        if all(each.worse for each in values):
            name = "worse-than-bias" if rating else "worse-than-popularity"
            yield warning(name, f"{len(values)} times, e.g. {values[0]}.", map(str, values))


def beside(rows: Sequence[Row]) -> Iterator[Beside]:
    """Each algorithm that should learn something, in each metric, beside the baseline."""
    places: dict[tuple[str, str, str, str], dict[tuple[str, str], dict[str, list[float]]]] = {}
    for row in rows:
        if row["dataset"] and known(row["metric"]) and row["metric"].split("@")[0] in BASELINE:
            rest = {name: value for name, value in factors(row).items() if not is_replicate(name)}
            place = row["dataset"], row.get("filters", ""), row["part"], row["metric"]
            setting = rest.pop("algorithm", ""), condition(rest)
            of_split = places.setdefault(place, {}).setdefault(setting, {})
            of_split.setdefault(row.get("split", ""), []).append(float(row["value"]))
    for (dataset, _, part, metric), settings in places.items():
        base = {split: values for (name, _), found in settings.items() if _is_baseline(name, metric)
                for split, values in found.items()}  # fmt: skip
        for algorithm in dict.fromkeys(name for name, _ in settings if not meanings(name) & set(SIMPLE)):
            means = [_means(found, base) for (name, _), found in settings.items() if name == algorithm]
            best = (min if metric in RATING else max)(means, key=lambda pair: pair[0])
            yield Beside(algorithm, dataset, part, metric, *best)


def _is_baseline(algorithm: str, metric: str) -> bool:
    return BASELINE[metric.partition("@")[0]] in meanings(algorithm)


def _means(own: BySplit, base: BySplit) -> tuple[float, float | None]:
    """The mean over the splits that both have, and the baseline's; over all splits where they share none."""
    common = own.keys() & base.keys()
    if not common:
        return fmean(fmean(values) for values in own.values()), None
    return fmean(fmean(own[split]) for split in common), fmean(fmean(base[split]) for split in common)
