"""Code counts and checks, models tick: what the ledger can decide, no opinion can change."""

import pandas as pd
import pytest

from autoreclab import judge
from autoreclab.evidence import Evidence
from autoreclab.models.answers import Opinion
from autoreclab.plan import Design, Factor, Plan, Requirement
from autoreclab.tree import Execution, Finding

DESIGN = Design(
    datasets=("ml-100k",),
    factors=(Factor(name="algorithm", levels=("ImplicitMF",)), Factor(name="seed", levels=(0, 1))),
    metrics=("ndcg@10",),
)
CLEAR = '"""Measure seeds."""\n\n\ndef main():\n    pass\n'


def row(algorithm="ImplicitMF", seed="0", metric="ndcg@10", part="test", source="recomputed", dataset="ml-100k"):
    values = {
        "algorithm": algorithm,
        "seed": seed,
        "metric": metric,
        "part": part,
        "source": source,
        "dataset": dataset,
    }
    return values | {"value": "0.1"}


COMPLETE = [row(), row(seed="1"), row("Popular", "")]


def evidence(rows=COMPLETE, solution=CLEAR, files=(), status="ok", problems=(), error=""):
    execution = Execution(status, 0, 1.0, 1.0, problems=problems, error=error)
    outputs = {"results.csv": pd.DataFrame(rows).to_csv(index=False).encode()} | dict.fromkeys(files, b"")
    return Evidence(DESIGN, execution, {"solution.py": solution.encode()}, outputs)


def test_a_complete_ledger_meets_the_design():
    assert judge.design(evidence()) == (
        True,
        "All 2 values of the design are in the ledger, each once, each recomputed.",
    )


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "2 of 2 values are missing, e.g. ndcg@10 on ml-100k for algorithm=ImplicitMF, seed=0"),
        ([row()], "1 of 2 values are missing, e.g. ndcg@10 on ml-100k for algorithm=ImplicitMF, seed=1"),
        ([row(), row(seed="1"), row(seed="1")], "1 of 2 values are recorded more than once"),
        ([row(), row(seed="1", source="program")], "1 of 2 values are missing"),
        ([row(), row(seed="1", dataset="other")], "1 of 2 values are missing"),
        ([row(), row(seed="1", metric="ndcg@5")], "1 of 2 values are missing"),
    ],
    ids=["empty", "one missing", "one twice", "the program's word", "another dataset", "another cutoff"],
)
def test_what_a_ledger_lacks_is_named(rows, reason):
    met, why = judge.design(evidence(rows))
    assert not met and reason in why


def test_levels_are_compared_as_numbers_where_they_are():
    assert judge.design(evidence([row(seed="0.0"), row(seed="1.0")]))[0]


def test_a_validation_value_and_a_test_value_are_not_the_same_twice():
    assert judge.design(evidence([row(), row(seed="1"), row(seed="1", part="validation")]))[0]


def test_a_baseline_must_be_recomputed_on_every_dataset():
    assert judge.baseline(evidence())[0]
    assert not judge.baseline(evidence([row()]))[0]
    assert not judge.baseline(evidence([row("Popular", "", source="program")]))[0]


def test_figures_are_files():
    assert judge.figures(evidence(files=["figures/ndcg@10.png"]))[0]
    assert not judge.figures(evidence(files=["results.csv"]))[0]


def test_recomputed_means_all_of_it_and_without_problems():
    assert judge.recomputed(evidence())[0]
    assert not judge.recomputed(evidence([]))[0]
    assert not judge.recomputed(evidence([row(source="program")]))[0]
    problems = (Finding("disagreement", "0.1 is 0.2"),)
    assert judge.recomputed(evidence(problems=problems)) == (False, "disagreement: 0.1 is 0.2")


@pytest.mark.parametrize(
    ("solution", "reason"),
    [
        ("print(1)\n", "no docstring"),
        ("def broken(:\n", "doesn't parse"),
        ('"""Long."""\n\n\ndef main():\n' + "    x = 1\n" * 70, r"main (71 lines)"),
        ("\0", "doesn't parse"),
    ],
)
def test_what_is_not_clear(solution, reason):
    met, why = judge.clear(evidence(solution=solution))
    assert not met and reason in why


def plan(*checks):
    return Plan(
        summary="",
        design=DESIGN,
        requirements=tuple(Requirement(text=f"r{i}", check=c) for i, c in enumerate(checks, 1)),
    )


def asked(*opinions):
    def ask(undecided):
        ask.undecided = undecided
        return opinions

    ask.undecided = None
    return ask


def test_only_what_no_check_decides_is_asked_in_one_call():
    ask = asked(Opinion(requirement=2, met=True, evidence="line 3"), Opinion(requirement=1, met=False, evidence="no!"))
    verdicts = judge.judge(plan("design", None, "figures"), evidence(), ask).verdicts
    assert ask.undecided == [(2, "r2")]
    assert [(v.met, v.by) for v in verdicts] == [(True, "check"), (True, "judge"), (False, "check")]


def test_a_requirement_without_an_opinion_is_not_met():
    (verdict,) = judge.judge(plan(None), evidence(), asked()).verdicts
    assert not verdict.met and "no opinion" in verdict.evidence


def test_nobody_is_asked_about_a_program_that_did_not_end_well():
    ask = asked()
    (verdict,) = judge.judge(plan(None), evidence(status="crashed", error="KeyError: 'user'"), ask).verdicts
    assert ask.undecided is None and "KeyError: 'user'" in verdict.evidence


def test_what_the_audits_find_stands_beside_the_verdicts():
    zeros = [{**each, "value": "0.0"} for each in COMPLETE]
    judgement = judge.judge(plan("design"), evidence(zeros), asked())
    assert [finding.name for finding in judgement.findings] == ["all-zeros"] and judgement.met == 1


def test_the_score_is_counted():
    judgement = judge.judge(plan("design", "figures"), evidence(), asked())
    assert (judgement.score, judgement.met) == (0.5, 1)
