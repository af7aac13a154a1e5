"""Code counts and checks, models tick: what the ledger can decide, no opinion can change."""

import pytest

from autoreclab import judge
from autoreclab.models.answers import Opinion
from autoreclab.plan import Plan, Requirement
from tests.evidence import COMPLETE, DESIGN, evidence

PROGRAM = "import lab\n\nsplit = lab.split(data, seed=42)\nprint('the split is always the same')\n"
LINE = "lab.split(data, seed=42)"


def plan(*checks):
    return Plan(
        summary="",
        design=DESIGN,
        requirements=tuple(Requirement(text=f"r{i}", check=c) for i, c in enumerate(checks, 1)),
    )


def asked(*opinions):
    def ask(undecided, findings):
        ask.undecided, ask.findings = undecided, findings
        return opinions

    ask.undecided = None
    return ask


def opinion(met=True, quote=LINE, requirement=1, evidence="The seed\nis given."):
    return Opinion(requirement=requirement, met=met, quote=quote, evidence=evidence)


def test_only_what_no_check_decides_is_asked_in_one_call():
    ask = asked(opinion(requirement=2), opinion(False), opinion(requirement=9))
    verdicts = judge.judge(plan("design", None, "figures"), evidence(program=PROGRAM), ask).verdicts
    assert ask.undecided == [(2, "r2")]
    assert [(v.met, v.by) for v in verdicts] == [(True, "check"), (True, "judge"), (False, "check")]


def verdict(given, check=None, **facts):
    (found,) = judge.judge(plan(check), evidence(program=PROGRAM, **facts), asked(given)).verdicts
    return found.met, found.evidence


def test_a_quote_that_holds_names_its_place():
    assert verdict(opinion()) == (True, f'solution.py:3: "{LINE}". The seed is given.')
    assert verdict(opinion(False)) == (False, f'solution.py:3: "{LINE}". The seed is given.')


@pytest.mark.parametrize(
    ("quote", "reason"),
    [
        ("lab.split(data, seed=43)", 'The quoted "lab.split(data, seed=43)" stands in no file.'),
        ("the split is always the same", "is a claim of the program's own (solution.py:4), which shows nothing."),
        ("seed=42", 'The quote "seed=42" is too short to show anything.'),
        ("", 'The quote "" is too short to show anything.'),
    ],
)
def test_a_judge_that_is_content_without_a_quote_that_holds_does_not_count(quote, reason):
    met, why = verdict(opinion(quote=quote))
    assert not met and reason in why and why.endswith("The judge had said: The seed is given.")


def test_what_is_missing_needs_no_quote():
    assert verdict(opinion(False, "", evidence="No seed is set.")) == (False, "No seed is set.")
    assert verdict(opinion(False, "seed=None everywhere", evidence="No seed.")) == (False, "No seed.")


@pytest.mark.parametrize(
    ("check", "outputs", "reason"),
    [
        ("rows a.csv 2", {"a.csv": b"\xff\xfe"}, "The check `rows a.csv 2` can't decide: a.csv is no table"),
        ("figures", {"a.png": b"\x89PNG\r\n\x1a\n"}, "The check `figures` can't decide: it can't read a.png"),
        ("reruns", {}, "The check `reruns` can't decide: nobody tried"),
        ("beautiful", {}, "The check `beautiful` can't decide: unknown check 'beautiful'"),
    ],
)
def test_what_a_check_cannot_decide_the_judge_does_and_the_verdict_says_so(check, outputs, reason):
    met, why = verdict(opinion(), check, outputs=outputs)
    assert met and why.startswith(reason) and why.endswith(f'solution.py:3: "{LINE}". The seed is given.')
    met, why = verdict(opinion(requirement=2), check, outputs=outputs)
    assert not met and why.startswith(reason) and why.endswith("The judge gave no opinion.")


def test_an_undecided_check_of_a_program_that_did_not_end_well_is_not_met():
    ask = asked()
    (found,) = judge.judge(plan("reruns"), evidence(status="timeout", exit=None), ask).verdicts
    assert (found.met, found.evidence) == (False, "The program did not end well: time limit")
    assert ask.undecided is None


def test_a_requirement_without_an_opinion_is_not_met():
    (verdict,) = judge.judge(plan(None), evidence(), asked()).verdicts
    assert not verdict.met and "no opinion" in verdict.evidence


def test_nobody_is_asked_about_a_program_that_did_not_end_well():
    ask = asked()
    (verdict,) = judge.judge(plan(None), evidence(status="crashed", error="KeyError: 'user'"), ask).verdicts
    assert ask.undecided is None and "KeyError: 'user'" in verdict.evidence


def test_what_the_audits_find_stands_beside_the_verdicts():
    zeros = [{**each, "value": "0.0"} for each in COMPLETE]
    ask = asked()
    judgement = judge.judge(plan("design", None), evidence(zeros), ask)
    assert judgement.findings == ask.findings
    assert [finding.name for finding in judgement.findings] == ["all-zeros"] and judgement.met == 1


def test_the_score_is_counted():
    judgement = judge.judge(plan("design", "figures"), evidence(), asked())
    assert (judgement.score, judgement.met) == (0.5, 1)
