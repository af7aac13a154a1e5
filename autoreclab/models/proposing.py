"""What the offline researcher tries next: drafts, improvements and repairs, as pure functions of what was tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from autoreclab.models.answers import File, Proposal
from autoreclab.models.constants import constants, replaced
from autoreclab.models.planning import listed, split
from autoreclab.models.programs import program, settings_source
from autoreclab.models.understanding import Study
from autoreclab.models.variants import Variant, alternatives, cheaper, defaults, title

SOLUTION = "solution.py"


def draft(study: Study, tried: Sequence[Any]) -> Proposal:
    """The study as the task asks for it, then with one open setting changed, then with two."""
    base = defaults(study)
    variant = _untried(study, [base, *alternatives(study, base)], tried) or base
    return _proposal(study, variant, f"Measure {_what(study)}. {_changes(study, base, variant)}")


def improve(study: Study, tried: Sequence[Any], files: Mapping[str, str], random: Random) -> Proposal:
    """The parent's program with one setting changed to a value not tried yet."""
    source = files.get(SOLUTION, "")
    base = parsed(study, source)
    if base is None:
        return draft(study, tried)
    others = [other for other in alternatives(study, base) if other != base]
    near = others[: sum(_distance(base, other) == 1 for other in others)]
    random.shuffle(near)
    variant = _untried(study, [*near, *others], tried) or (near or [base])[0]
    text = f"Change one thing of the parent. {_changes(study, base, variant)}"
    others_files = tuple(File(path=path, content=body) for path, body in files.items() if path != SOLUTION)
    solution = File(path=SOLUTION, content=replaced(source, settings_source(variant)))
    return Proposal(title=title(study, variant), plan=text, files=(solution, *others_files))


def debug(study: Study, tried: Sequence[Any], files: Mapping[str, str]) -> Proposal:
    """Back to the recipe's defaults where the parent left them, else to a setting that takes less time."""
    source, base = files.get(SOLUTION, ""), defaults(study)
    parent = parsed(study, source) or base
    options = [*([base] if parent != base else []), *cheaper(study, parent), *alternatives(study, base)]
    fresh = [option for option in [base, *options] if program(study, option) != source]
    variant = _untried(study, fresh, tried) or fresh[0]
    reason = "the recipe's defaults" if variant == base else "a setting that takes less or another path"
    return _proposal(study, variant, f"The parent failed: go back to {reason}. {_changes(study, parent, variant)}")


def parsed(study: Study, source: str) -> Variant | None:
    """The settings in a program's constants; None where it has none that fit the study."""
    known = constants(source)
    settings, scoring = known.get("SETTINGS"), known.get("SCORING", "stored")
    if not isinstance(settings, dict) or not all(isinstance(settings.get(name), dict) for name in study.algorithms):
        return None
    return Variant(settings, scoring)


def _untried(study: Study, options: Iterable[Variant], tried: Sequence[Any]) -> Variant | None:
    titles = {attempt.title for attempt in tried}
    return next((option for option in options if title(study, option) not in titles), None)


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


def _distance(old: Variant, new: Variant) -> int:
    return len(_differences(old, new))


def _changes(study: Study, old: Variant, new: Variant) -> str:
    """What differs, as a sentence."""
    differences = _differences(old, new)
    if not differences:
        return "The settings are those the task gives, and the recipe's defaults where it gives none."
    return f"This changes {listed(differences)}; all else stays."
