"""What the offline researcher tries next: drafts, improvements and repairs, as pure functions of what was tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from autoreclab.models.answers import File, Proposal
from autoreclab.models.offline.constants import constants, replaced
from autoreclab.models.offline.planning import listed, split
from autoreclab.models.offline.programs import program, settings_source
from autoreclab.models.offline.understanding import Study
from autoreclab.models.offline.variants import Variant, alternatives, cheaper, defaults, title

SOLUTION = "solution.py"


def draft(study: Study, tried: Sequence[Any], step: str) -> Proposal:
    """The study as the task asks for it, then with one open setting changed, then with two."""
    base = defaults(study)
    variant = _untried(study, [base, *alternatives(study, base)], tried, _in_flight(tried, step)) or base
    return _proposal(study, variant, f"Measure {_what(study)}. {_changes(base, variant)}")


def improve(study: Study, tried: Sequence[Any], step: str, files: Mapping[str, str], random: Random) -> Proposal:
    """The parent's program with one setting changed to a value not tried yet; what else it holds stays."""
    source = files.get(SOLUTION, "")
    base = parsed(study, source)
    options = _changes_of(study, base, source, random) if base else []
    if base is None or not options:
        return draft(study, tried, step)
    variant = _untried(study, options, tried) or options[0]
    solution = File(path=SOLUTION, content=replaced(source, settings_source(variant)))
    others = tuple(File(path=path, content=text) for path, text in files.items() if path != SOLUTION)
    text = f"Change little of the parent, to see what it does. {_changes(base, variant)}"
    return Proposal(title=title(study, variant), plan=text, files=(solution, *others))


def debug(study: Study, tried: Sequence[Any], files: Mapping[str, str]) -> Proposal:
    """Back to the recipe's defaults where the parent left them, else to a setting that takes less time."""
    source, base = files.get(SOLUTION, ""), defaults(study)
    parent = parsed(study, source) or base
    options = [base, *cheaper(study, parent), *alternatives(study, base)]
    fresh = [option for option in options if program(study, option) != source]
    variant = _untried(study, fresh, tried) or fresh[0]
    reason = "the recipe's defaults" if variant == base else "a setting that takes less or another path"
    return _proposal(study, variant, f"The parent failed: go back to {reason}. {_changes(parent, variant)}")


def parsed(study: Study, source: str) -> Variant | None:
    """The settings in a program's constants; None where it has none that fit the study."""
    known = constants(source)
    settings, scoring = known.get("SETTINGS"), known.get("SCORING", "stored")
    if not isinstance(settings, dict) or not set(study.algorithms) <= set(settings) or not isinstance(scoring, str):
        return None
    if not all(isinstance(name, str) and isinstance(values, dict) for name, values in settings.items()):
        return None
    return Variant(settings, scoring)


def _changes_of(study: Study, base: Variant, source: str, random: Random) -> list[Variant]:
    """Variants that make another program of the source: those one change away in random order, then the others."""
    others = [other for other in alternatives(study, base) if replaced(source, settings_source(other)) != source]
    near = [other for other in others if len(_differences(base, other)) == 1]
    random.shuffle(near)
    return [*near, *others]


def _untried(study: Study, options: Iterable[Variant], tried: Sequence[Any], skip: int = 0) -> Variant | None:
    """The first option whose title wasn't tried, after as many of those as are to be skipped."""
    titles = {attempt.title for attempt in tried}
    fresh = (option for option in options if title(study, option) not in titles)
    return next(itertools.islice(fresh, skip, None), None)


def _in_flight(tried: Sequence[Any], step: str) -> int:
    """How many numbered nodes came before this step and aren't among those tried: other workers run them."""
    numbered = sum(attempt.name.isdigit() for attempt in tried)
    return max(0, int(step) - 1 - numbered) if step.isdigit() else 0


def _proposal(study: Study, variant: Variant, text: str) -> Proposal:
    files = (File(path=SOLUTION, content=program(study, variant)),)
    return Proposal(title=title(study, variant), plan=text.strip(), files=files)


def _what(study: Study) -> str:
    where = f"{listed(study.metrics)} of {listed(study.algorithms)} on {listed(study.datasets)}"
    return f"{where} ({split(study).lower()}), with {study.recipe.baseline} beside as the baseline"


def _differences(old: Variant, new: Variant) -> list[str]:
    scoring = [f"scoring from {old.scoring} to {new.scoring}"] if old.scoring != new.scoring else []
    return scoring + [
        f"{algorithm}'s {name.replace('_', ' ')} from {old.settings[algorithm].get(name)} to {value}"
        for algorithm, settings in new.settings.items()
        for name, value in settings.items()
        if old.settings[algorithm].get(name) != value
    ]


def _changes(old: Variant, new: Variant) -> str:
    """What differs, as a sentence."""
    differences = _differences(old, new)
    if not differences:
        return "The settings are those the task gives, and the recipe's defaults where it gives none."
    return f"This changes {listed(differences)}; all else stays."
