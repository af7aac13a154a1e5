"""Verdicts: checks that code decides by the ledger and the files, and a model's opinion on what is left."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from autoreclab.audits import audit
from autoreclab.audits.completeness import count
from autoreclab.evidence import BASELINES, Evidence
from autoreclab.models.answers import Opinion
from autoreclab.plan import Plan, Requirement
from autoreclab.tree import Judgement, Verdict

Ask = Callable[[Sequence[tuple[int, str]]], Sequence[Opinion]]
LONGEST_FUNCTION = 60  # lines; one screen


def judge(plan: Plan, evidence: Evidence, ask: Ask) -> Judgement:
    """The audits, and a verdict on each requirement: by a check where one decides, else by the model, in one call."""
    found = {number: decide(item, evidence) for number, item in enumerate(plan.requirements, 1)}
    undecided = [(number, plan.requirements[number - 1].text) for number, verdict in found.items() if not verdict]
    opinions = {opinion.requirement: opinion for opinion in ask(undecided)} if undecided else {}
    silent = Verdict(False, "The judge gave no opinion.", "judge")
    verdicts = [
        verdict or (Verdict(opinions[number].met, opinions[number].evidence, "judge") if number in opinions else silent)
        for number, verdict in found.items()
    ]
    return Judgement(tuple(verdicts), plan.fingerprint, audit(evidence))


def decide(requirement: Requirement, evidence: Evidence) -> Verdict | None:
    """The verdict that code alone can give, or None where an opinion is needed."""
    if requirement.check:
        met, why = CHECKS[requirement.check](evidence)
        return Verdict(met, why, "check")
    if evidence.execution.status != "ok":
        return Verdict(False, f"The program did not end well: {evidence.execution.error or 'time limit'}", "check")
    return None


def design(evidence: Evidence) -> tuple[bool, str]:
    """Is every condition of the design in the ledger, exactly once, recomputed?"""
    counted = count(evidence.design, [row for row in evidence.rows if row["source"] == "recomputed"])
    if not counted.wanted:
        return False, "The design has no conditions."
    which = counted.missing or counted.twice
    if which:
        kind = "missing" if counted.missing else "recorded more than once"
        return False, f"{len(which)} of {len(counted.wanted)} values are {kind}, e.g. {which[0]}."
    return True, f"All {len(counted.wanted)} values of the design are in the ledger, each once, each recomputed."


def baseline(evidence: Evidence) -> tuple[bool, str]:
    """Does a non-personalised baseline stand beside the study, on every dataset?"""
    beside = {
        row["dataset"] for row in evidence.rows if row.get("algorithm") in BASELINES and row["source"] == "recomputed"
    }
    missing = [dataset for dataset in evidence.design.datasets if dataset not in beside]
    if missing:
        return False, f"No recomputed value of a baseline ({' or '.join(BASELINES)}) on {', '.join(missing)}."
    return True, f"A baseline is recorded on {', '.join(evidence.design.datasets)}."


def figures(evidence: Evidence) -> tuple[bool, str]:
    """Is there a figure of the results?"""
    found = [path for path in evidence.files if path.endswith((".png", ".svg", ".pdf"))]
    return (True, f"Figures: {', '.join(found[:5])}.") if found else (False, "There is no figure.")


def recomputed(evidence: Evidence) -> tuple[bool, str]:
    """Was every value computed again by the harness, from saved results, without a disagreement?"""
    if wrong := next((problem for problem in evidence.execution.problems if problem.binding), None):
        return False, str(wrong)
    if not evidence.rows:
        return False, "The ledger is empty."
    own = [row for row in evidence.rows if row["source"] != "recomputed"]
    if own:
        return False, f"{len(own)} values are the program's word alone, e.g. {own[0]['metric']}."
    return True, f"All {len(evidence.rows)} values were recomputed from saved results on splits rebuilt from the data."


def clear(evidence: Evidence) -> tuple[bool, str]:
    """Does the program parse, say what it does, and consist of functions of readable length?"""
    try:
        module = ast.parse(evidence.solution)
    except (SyntaxError, ValueError) as error:
        return False, f"solution.py doesn't parse: {error}."
    if not ast.get_docstring(module):
        return False, "solution.py has no docstring that says what it does."
    functions = [part for part in ast.walk(module) if isinstance(part, ast.FunctionDef)]
    lengths = {part.name: (part.end_lineno or 0) - part.lineno + 1 for part in functions}
    long = [f"{name} ({length} lines)" for name, length in lengths.items() if length > LONGEST_FUNCTION]
    if long:
        return False, f"Longer than {LONGEST_FUNCTION} lines: {', '.join(long)}."
    return True, f"A docstring, {len(lengths)} functions, the longest of {max(lengths.values(), default=0)} lines."


CHECKS: Mapping[str, Callable[[Evidence], tuple[bool, str]]] = {
    check.__name__: check for check in (design, baseline, figures, recomputed, clear)
}
