"""What a task's words say about a study, taken from the text by patterns: numbers, metrics, splits and filters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autoreclab.models.offline.vocabulary import ALGORITHMS, DATASETS, FACTORISATION, METRICS, PREDICTION, found

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
COUNTS = {word: number for number, word in enumerate(WORDS, 1)}
COUNTS |= {"twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100}
COUNT = rf"(?<![@\d./])(\d+|{'|'.join(COUNTS)})"
UNITS = r"(?!\s*-?\s*(?:different |random |latent |training |model |split )*"
UNITS += r"(?:seed|fold|core|factor|epoch|neighb|run|rep|split|time|dimension|%|star|iteration|user|item))"
NUMBER = r"\d+(?:\.\d+)?(?!\.?\d)"
SEPARATOR = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+|\s*/\s*)"
NUMBERS = rf"(?<![@\d.])({NUMBER}(?:{SEPARATOR}{NUMBER})*(?:\s*(?:to|\u2013|\.\.)\s*{NUMBER})?)"
MEASURE = rf"(?:{'|'.join(METRICS.values())})"
CUTOFFS = rf"(\d+(?!\d){UNITS}(?:{SEPARATOR}@?\d+(?!\d){UNITS})*)"
MEASURED = re.compile(
    rf"\b({MEASURE}(?:{SEPARATOR}{MEASURE})*)\s*(?:@|\bat\b|\bfor k\b)\s*(?:the )?(?:cut-?offs?|ranks?|positions?|top)?"
    rf"\s*(?:k\s*(?:=|in|of)?\s*)?[{{\[(]?\s*{CUTOFFS}",
    re.I,
)
ADJECTIVES = r"(?:different |random |model |training |distinct |fixed )*"
REPEATS = r"(?:times|runs|repetitions|repeats|restarts|initiali[sz]ations)"
SPLITS = r"(?:different |random |data |\d\d?/\d\d? )*(?:split[- ]seeds|(?:train[-/ ]test )?splits)"
ABOVE = r"(?:\babove|\bover|\bgreater than|\bmore than|\bhigher than|>(?!=))"
PERCENT = r"\b(\d\d?)\s?(?:%|percent)\s+(?:test|hold)|\bhold(?:ing)?[- ]?out (\d\d?)\s?(?:%|percent)"
RATED = r"\b(?:ratings?|rated|stars?|thresholds?)\b[^.\n;]{0,40}?"
PER = r"(?!\s*(?:interactions|ratings|items|users|seeds))(?!\s*-)"
SETTINGS: Mapping[str, str] = {
    "embedding_size": rf"{NUMBERS}\s+(?:latent |hidden )?(?:factors|dimensions|features)\b"
    rf"|\bembedding[ _]sizes?\s*(?:of|=|:|in)?\s*{NUMBERS}",
    "epochs": rf"{NUMBERS}\s+(?:training )?(?:epochs|iterations)\b|\bepochs\s*(?:of|=|:)?\s*{NUMBERS}",
    "regularization": rf"\bregulari[sz]ation\w*\s*(?:of|=|:|in|strengths?)?\s*{NUMBERS}",
    "max_nbrs": rf"{NUMBERS}\s+(?:nearest )?neighbou?rs\b|\bneighbou?rhood sizes?\s*(?:of|=|:)?\s*{NUMBERS}",
}


@dataclass(frozen=True)
class Reading:
    """What the text says; an empty value where it says nothing."""

    datasets: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    """As in `ndcg@10` or `rmse`."""
    seeds: tuple[int, ...] = ()
    split_seeds: int = 0
    """How many random splits are asked for."""
    split_seed: int | None = None
    method: str | None = None
    test: float | None = None
    """Share of the test part of a holdout, 0 to 1."""
    folds: int | None = None
    above: tuple[float, ...] = ()
    at_least: tuple[float, ...] = ()
    cores: tuple[int, ...] = ()
    thresholds: tuple[float, ...] = ()
    """Numbers that follow the word threshold."""
    settings: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


def read(text: str, first_seed: int = 0) -> Reading:
    """Take from the text whatever the patterns find; counted seeds start at `first_seed`."""
    method, test, folds = _split(text)
    fixed = re.search(r"\bsplit[^.\n]{0,20}?\bseed(?: of| =|=|:)? ?(\d+)\b|\(seed(?: =|=)? ?(\d+)\)", text, re.I)
    return Reading(
        datasets=found(DATASETS, text),
        algorithms=_algorithms(text),
        metrics=metrics(text),
        seeds=_seeds(text, first_seed),
        split_seeds=_count(rf"{COUNT} {SPLITS}\b", text),
        split_seed=int(next(filter(None, fixed.groups()))) if fixed else None,
        method=method,
        test=test,
        folds=folds,
        above=_numbers(rf"{RATED}{ABOVE}\s*{NUMBERS}{PER}", text),
        at_least=_at_least(text),
        cores=_cores(text),
        thresholds=_numbers(rf"\bthresholds?\s*(?:of|from|:|=|at|are)?\s*{NUMBERS}", text),
        settings={name: levels for name, pattern in SETTINGS.items() if (levels := _numbers(pattern, text))},
    )


def metrics(text: str) -> tuple[str, ...]:
    """Every metric named with its cut-offs, in the order of mention; without a cut-off it takes those of the others.

    >>> metrics("NDCG and precision at 1 and 5")
    ('ndcg@1', 'ndcg@5', 'precision@1', 'precision@5')
    """
    cutoffs: dict[str, list[int]] = {name: [] for name in _named(text)}
    for match in MEASURED.finditer(text):
        for name in _named(match[1] + "@"):
            cutoffs[name] += [int(k) for k in re.findall(r"\d+", match[2])]
    top = [int(k) for k in re.findall(r"\btop[- ](\d+)\b", text, re.I)]
    others = sorted({k for ks in cutoffs.values() for k in ks} or set(top) or {10})
    rows = [name if name in PREDICTION else f"{name}@{k}" for name, ks in cutoffs.items() for k in sorted(ks or others)]
    return tuple(dict.fromkeys(rows))


def _named(text: str) -> tuple[str, ...]:
    return found({name: rf"\b(?:{pattern})(?=@|\b)" for name, pattern in METRICS.items()}, text)


def _algorithms(text: str) -> tuple[str, ...]:
    """Algorithms by name; plain matrix factorisation is left as `MF` for the recipe to choose its kind."""
    named = found(ALGORITHMS, text)
    mf = FACTORISATION.search(text) and not {"ImplicitMF", "BiasedMF"} & set(named)
    return (*named, "MF") if mf else named


def _seeds(text: str, first: int) -> tuple[int, ...]:
    span = re.search(r"\bseeds?\s*(?:from |=\s*|in )?(\d+)\s*(?:to|through|\u2013|-|\.\.)\s*(\d+)\b", text, re.I)
    if span:
        return tuple(range(int(span[1]), int(span[2]) + 1))
    listed = _numbers(rf"\bseeds\s*(?:=|:|of )?\s*{NUMBERS}", text)
    if len(listed) > 1:
        return tuple(int(seed) for seed in listed)
    count = _count(rf"{COUNT} {ADJECTIVES}seeds?\b", text) or _count(rf"{COUNT} {ADJECTIVES}{REPEATS}\b", text)
    return tuple(range(first, first + count))


def _split(text: str) -> tuple[str | None, float | None, int | None]:
    """The method, the share of the test part and the number of folds."""
    if folds := _count(rf"{COUNT}[- ]?folds?\b", text):
        return "k-fold", None, folds
    if re.search(r"\bcross[- ]?validat", text, re.I):
        return "k-fold", None, 5
    if re.search(r"\bleave[- ]one[- ]out\b|\bloo\b", text, re.I):
        return "leave-one-out", None, None
    for shares in re.findall(r"(?<![\d/])(\d\d?(?:\s?[/:]\s?\d\d?){1,2})(?![\d/])", text):
        parts = [int(part) for part in re.findall(r"\d+", shares)]
        if sum(parts) == 100:
            return "holdout", parts[-1] / 100, None
    percent = re.search(PERCENT, text, re.I)
    share = int(next(filter(None, percent.groups()))) / 100 if percent else None
    return ("holdout" if percent or re.search(r"\bhold-?out\b", text, re.I) else None), share, None


def _at_least(text: str) -> tuple[float, ...]:
    patterns = (
        rf"{RATED}(?:≥|>=|\bat least|\bno less than)\s*{NUMBERS}{PER}",
        rf"{RATED}{NUMBERS}\s*(?:stars? )?(?:\+|(?:and|or) (?:above|more|higher|better|up))",
        rf"(?:\bat least|≥|>=)\s*{NUMBERS}\s+stars\b",
    )
    return next(filter(None, (_numbers(pattern, text) for pattern in patterns)), ())


def _cores(text: str) -> tuple[int, ...]:
    patterns = (
        rf"{NUMBERS}[- ]cores?\b",
        rf"\bcores?\b[^.\n\d]{{0,30}}?{NUMBERS}",
        rf"\b(?:at least|minimum of|fewer than|less than)\s*{NUMBERS}\s+(?:interactions|ratings)\b",
        rf"\bminimum (?:number of )?interactions[^.\n\d]{{0,20}}?{NUMBERS}",
    )
    text = re.sub(r"(\d)-(?=\s*(?:,|and\b|or\b))", r"\1", text)
    text = re.sub(rf"({RATED}{ABOVE})\s*{NUMBER},", r"\1", text, flags=re.I)  # "ratings above 3, 5-core" has one core
    return tuple(int(level) for level in next(filter(None, (_numbers(pattern, text) for pattern in patterns)), ()))


def _count(pattern: str, text: str) -> int:
    match = re.search(pattern, text, re.I)
    return 0 if not match else COUNTS.get(match[1].lower()) or int(match[1])


def _numbers(pattern: str, text: str) -> tuple[Any, ...]:
    """The numbers of the first match: whole ones as int; `1 to 5` written out."""
    match = re.search(pattern, text, re.I)
    if not match:
        return ()
    written = next(filter(None, match.groups()))
    levels = [float(number) if "." in number else int(number) for number in re.findall(NUMBER, written)]
    if re.search(r"to|\u2013|\.\.", written) and len(levels) == 2 and levels[0] < levels[1] <= levels[0] + 50:
        return tuple(range(int(levels[0]), int(levels[1]) + 1))
    return tuple(dict.fromkeys(levels))
