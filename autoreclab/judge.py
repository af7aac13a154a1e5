"""Verdicts: by checks where code can decide, else by a model's opinion, as far as its quotes hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from autoreclab import checks, quotes
from autoreclab.audits import audit
from autoreclab.evidence import Evidence
from autoreclab.models.answers import Opinion
from autoreclab.nodes import Finding, Judgement, Verdict
from autoreclab.plan import Plan, Requirement

Ask = Callable[[Sequence[tuple[int, str]], Sequence[Finding]], Sequence[Opinion]]
SILENT = Verdict(False, "The judge gave no opinion.", "judge")


def judge(plan: Plan, evidence: Evidence, ask: Ask) -> Judgement:
    """The audits, and a verdict on each requirement: by a check where one decides, else by the model, in one call."""
    findings = audit(evidence)
    found = {number: decide(item, evidence) for number, item in enumerate(plan.requirements, 1)}
    texts = {number: item.text for number, item in enumerate(plan.requirements, 1)}
    undecided = [(number, texts[number]) for number, verdict in found.items() if isinstance(verdict, str)]
    opinions = {opinion.requirement: opinion for opinion in ask(undecided, findings)} if undecided else {}

    def by_judge(number: int, note: str) -> Verdict:
        given = weighed(opinions[number], texts[number], evidence) if number in opinions else SILENT
        return replace(given, evidence=f"{note} {given.evidence}".strip())

    verdicts = [by_judge(number, each) if isinstance(each, str) else each for number, each in found.items()]
    return Judgement(tuple(verdicts), plan.fingerprint, findings)


def decide(requirement: Requirement, evidence: Evidence) -> Verdict | str:
    """The verdict that code alone can give; else why its check could give none, empty where it names no check."""
    why = ""
    if requirement.check:
        try:
            return Verdict(*checks.read(requirement.check)(evidence), "check")
        except Exception as error:  # it reads a stranger's files: whatever comes of that, the judge decides
            why = f"The check `{requirement.check}` can't decide: {error}."
    if evidence.execution.status != "ok":
        return Verdict(False, f"The program did not end well: {evidence.execution.error or 'time limit'}", "check")
    return why


def weighed(opinion: Opinion, requirement: str, evidence: Evidence) -> Verdict:
    """A verdict by an opinion: one that is content counts only with a quote that stands somewhere and shows it."""
    quote, place = quotes.shown(opinion.quote), quotes.find(opinion.quote, requirement, evidence)
    said = " ".join(opinion.evidence.split())
    if place and (place.shows or not opinion.met):
        return Verdict(opinion.met, f"{place}: {quote}. {said}", "judge")
    if not opinion.met:
        return Verdict(False, said, "judge")
    if place:
        why = f"The quoted {quote} is a claim of the program's own ({place}), which shows nothing."
    elif quotes.patterns(opinion.quote):
        why = f"The quoted {quote} stands in no file."
    else:
        why = f"The quote {quote} is too short to show anything."
    return Verdict(False, f"{why} The judge had said: {said}", "judge")
