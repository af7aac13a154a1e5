"""The report of a run as Markdown: what code computes from ledger and tree, and a reader's interpretation."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

from autoreclab.models.answers import Interpretation
from autoreclab.report import course, repetition, verdicts, words
from autoreclab.report.markdown import escaped
from autoreclab.report.results import results
from autoreclab.report.subject import Subject

__all__ = ["Subject", "about", "as_dict", "files", "write"]


def files(subject: Subject, said: Interpretation | None, model: str) -> dict[str, bytes]:
    """The report for people, and what it is made of for programs."""
    plain = json.dumps(as_dict(subject, said), indent=1)
    return {"report.md": write(subject, said, model).encode(errors="replace"), "report.json": plain.encode()}


def write(subject: Subject, said: Interpretation | None, model: str) -> str:
    """The whole report; without an interpretation, the computed part alone."""
    parts: list[Iterable[str]] = [
        [f"# {escaped(subject.run.task.title)}", ""],
        words.answer(subject, said),
        course.question(subject),
        results(subject),
        repetition.test(subject),
        words.interpretation(subject, said, model),
        verdicts.findings(subject),
        verdicts.deviations(subject),
        repetition.reproduction(subject),
        course.setup(subject),
        verdicts.requirements(subject),
        course.search(subject),
        course.again(subject),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def as_dict(subject: Subject, said: Interpretation | None) -> dict[str, Any]:
    """What a report says beside its tables, as plain values."""
    best, again = subject.best, subject.again
    return {
        "run": subject.run.name,
        "node": best.name if best else None,
        "commit": best.commit if best else None,
        "satisfied": bool(best and best.satisfactory),
        "words": said.model_dump() if said else None,
        "unsupported": words.unsupported(subject, said),
        "findings": [dataclasses.asdict(finding) for finding in best.findings] if best else [],
        "deviations": list(subject.deviations),
        "reproduction": {"reproduced": again.reproduced, "sentence": repetition.sentence(again), **again.counts}
        if again
        else None,
    }


def about(subject: Subject) -> dict[str, Any]:
    """What a prompt may know of a report before it is written: nothing that changes from one execution to the next."""
    return {
        "deviations": subject.deviations,
        "reproduction": repetition.sentence(subject.again) if subject.again else "",
    }
