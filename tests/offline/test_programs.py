"""Every recipe's program, really run on simulated data: its ledger covers the design and its requirements are met."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autoreclab import data, judge, task
from autoreclab.errors import TaskError
from autoreclab.evidence import Evidence, ledger
from autoreclab.lab.ledger import write
from autoreclab.lab.owned import made
from autoreclab.models.offline import check
from autoreclab.nodes import Execution
from autoreclab.report import Subject
from autoreclab.report.words import unsupported
from autoreclab.settings import Settings
from autoreclab.tree import Tree
from autoreclab.workspace import Run as Started
from tests.offline.asking import ask, solution
from tests.trees import node

SMALL = {
    "seeds": "How much do 2 seeds change NDCG@10 of ImplicitMF with 8 factors and 3 epochs? Leave-one-out.",
    "comparison": "Compare ItemKNN and EASE by NDCG and recall at 5 and 10 on ratings above 3, the 5-core, 2 folds.",
    "pruning": "Effect of k-core pruning on recall@10 of EASE: 1- and 5-core, 2 splits.",
    "implicit": "Effect of the rating threshold for implicit feedback on NDCG@10 of EASE: thresholds 1 to 3, 2 splits.",
    "rating": "How well does BiasedMF with 8 factors and 3 epochs predict ratings? RMSE and MAE, 2 seeds.",
    "tuning": "Tune ItemKNN with 5 and 20 neighbours for NDCG@10.",
}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AUTORECLAB_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "solution.py", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("recipe", SMALL)
def test_a_recipes_program_meets_its_plan(recipe: str, tmp_path: Path) -> None:
    text = f"---\nrecipe: {recipe}\n---\n# A {recipe} study\n\n{SMALL[recipe]}\n"
    plan = ask("plan", text)
    program = solution(ask("draft", text, plan=plan))
    (tmp_path / "solution.py").write_text(program)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    rows = ledger((tmp_path / "results.csv").read_text())
    outputs = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    }
    execution = Execution("ok", 0, 1.0, 1.0, len(rows), len(rows))
    results = (tmp_path / "summary.csv").read_text()

    def opinions(undecided: object, findings: object) -> object:
        return ask("judge", text, plan=plan, undecided=undecided, results=results).opinions

    evidence = Evidence(plan.design, execution, {"solution.py": program.encode()}, outputs)
    judgement = judge.judge(plan, evidence, opinions)
    assert [verdict.evidence for verdict in judgement.verdicts if not verdict.met] == []
    assert [finding for finding in judgement.findings if finding.binding] == []
    report = ask("report", text, plan=plan, results=results, metadata="{}")
    assert any(character.isdigit() for character in report.answer)
    assert plan.design.metrics[0] in report.answer + report.interpretation
    started = Started("study", "root", task.parse(text, "task.md"), Settings(), {}, "")
    tree = Tree("study", "root", plan, (replace(node(1), execution=execution, judgement=judgement),))
    subject = Subject(started, tree, evidence)
    assert unsupported(subject, report) == [] and list(subject.deviations) == []


@pytest.mark.parametrize(
    ("recipe", "measures", "parts"),
    [
        ("tuning", "metrics: [ndcg], cutoffs: [10], filters: {above: 3}", {"tuning", "validation"}),
        ("rating", "metrics: [rmse]", {"validation"}),
    ],
)
def test_a_recipes_program_meets_its_plan_where_the_task_owns_its_evaluation(
    recipe: str, measures: str, parts: set[str], tmp_path: Path
) -> None:
    front = f"recipe: {recipe}\nevaluation: {{dataset: simulated, split: holdout, {measures}}}"
    text = f"---\n{front}\n---\n# A {recipe} study\n\n{SMALL[recipe]}\n"
    found = data.find([], task.parse(text, "task.md"))
    found.place(tmp_path)
    plan = ask("plan", text)
    program = solution(ask("draft", text, plan=plan))
    (tmp_path / "solution.py").write_text(program)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    summary = write(tmp_path, evaluation=made(found.terms["validation"]))
    assert not summary.problems and set(summary.ledger["part"]) == parts
    outputs = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    }
    evidence = Evidence(plan.design, Execution("ok", 0, 1.0, 1.0), {"solution.py": program.encode()}, outputs)
    table = (tmp_path / "summary.csv").read_text()

    def opinions(undecided: object, _: object) -> object:
        return ask("judge", text, plan=plan, undecided=undecided, results=table).opinions

    judged = judge.judge(plan, evidence, opinions)
    unmet = [verdict.evidence for verdict in judged.verdicts if not verdict.met]
    assert not judged.findings and unmet == [
        "The offline researcher does not understand this; a language model or a person has to judge it."
    ] * (recipe == "rating")  # MAE isn't measured


@pytest.mark.parametrize("recipe", ["pruning", "implicit"])
def test_a_recipe_that_varies_the_data_does_not_go_with_such_a_task(recipe: str) -> None:
    front = f"recipe: {recipe}\nevaluation: {{dataset: simulated, split: holdout, metrics: [rmse]}}"
    with pytest.raises(TaskError, match="which the task's evaluation fixes"):
        check(task.parse(f"---\n{front}\n---\n# T\n\n{SMALL[recipe]}", "task.md"))


def test_a_program_explains_itself(tmp_path: Path) -> None:
    (tmp_path / "solution.py").write_text(solution(ask("draft")))
    done = run(tmp_path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--data" in done.stdout and "baseline" in done.stdout
    assert not (tmp_path / "trials").exists()
