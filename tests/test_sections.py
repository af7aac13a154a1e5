"""Plans in Markdown: what a task's sections say, what is written into them, and runs that take them at their word."""

import pytest

from autoreclab.errors import TaskError
from autoreclab.plan import Design, Factor, Plan, Requirement
from autoreclab.sections import with_plan
from autoreclab.task import parse
from autoreclab.workspace import Workspace
from tests.commands import autoreclab

STUDY = Design(
    datasets=("ml-100k", "plays: mine.csv"),
    factors=(
        Factor(name="algorithm", levels=("ImplicitMF", "ItemKNN")),
        Factor(name="regularization", levels=(0.1, 1, "none", True)),
    ),
    metrics=("ndcg@10",),
    filters="rating > 3, 5-core",
    split="holdout(test=0.2)",
)
PLAN = Plan(
    summary="Which one?",
    requirements=(Requirement(text="The design is complete.", check="design"), Requirement(text="It is “clear”: yes.")),
    design=STUDY,
)
TASK = "---\ndata: simulated\n---\n# Seeds\n\nHow much do 2 random seeds change ImplicitMF? Report NDCG@10.\n"


@pytest.mark.parametrize(
    "source",
    [
        "# Which?\n\nCompare them.\n",
        "# Which?\n\nCompare them.\n\n## Requirements\n\n- One.\n",
        "# Which?\n\n## Requirements\n- One.\n- Two\n  lines.\n\n## Notes\n\n- Not a requirement.\n",
        "# Which?\n\n## Design\n- metrics: [rmse]\n## Requirements\n* One.\n\n## Notes\n\n- Not one.\n",
    ],
)
def test_a_plan_that_is_written_into_a_task_is_read_from_it(source):
    written = with_plan(source, PLAN)
    task = parse(written, "task.md")
    assert (task.requirements, task.design, task.title) == (PLAN.requirements, STUDY, "Which?")
    assert written.count("## ") == 2 + source.count("## Notes") and ("- Not" in written) == ("- Not" in source)
    assert with_plan(written, PLAN) == written


def test_a_design_may_be_written_as_people_write_lists():
    task = parse("# T\n\n## Design\n\nAll of these:\n\n* metrics: rmse\n- k: [1, 5]\n- split: leave-one-out\n", "t.md")
    assert task.design == Design(
        datasets=(), factors=(Factor(name="k", levels=(1, 5)),), metrics=("rmse",), split="leave-one-out"
    )
    assert parse("# T\n\n## Design\n\nAs you like.\n", "t.md").design is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("- algorithm", "a list of lines such as '- algorithm: "),
        ("- a: [1, 2", "a list of lines such as"),
        ("- metrics: [1]", "metrics: expected a list of names or numbers, not [1]"),
        ("- k: [[1], 2]", "k: expected a list of names or numbers"),
        ("- split: [a]", "split: expected a text"),
        ("- k: 1\n- k: 2", "'k' stands in the design a second time"),
        ("- min rating: 1", "'min rating' is no name for a factor"),
    ],
)
def test_a_design_that_cannot_be_read_is_named_by_its_line(line, reason):
    with pytest.raises(TaskError) as error:
        parse(f"# T\n\n## Design\n\n{line}\n", "t.md")
    assert f"t.md, line {5 + line.count(chr(10))}: " in str(error.value) and reason in str(error.value)


def test_a_plan_is_written_into_the_task_corrected_by_a_person_and_followed(tmp_path):
    file = tmp_path / "seeds.md"
    file.write_text(TASK)
    planned = autoreclab("plan", "seeds.md", "--model", "offline", cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    assert not (tmp_path / "workspace").exists() and [path.name for path in tmp_path.iterdir()] == ["seeds.md"]
    assert file.read_text().startswith(TASK) and '- seed: [0, 1]\n- metrics: ["ndcg@10"]' in file.read_text()
    again = autoreclab("plan", "seeds.md", "--model", "offline", cwd=tmp_path)
    assert again.returncode == 1 and "has a plan already" in again.stderr

    file.write_text(file.read_text().replace("- seed: [0, 1]", "- seed: [7]"))
    options = ("--model", "offline", "--drafts", "1", "--iterations", "0")
    ran = autoreclab("start", "seeds.md", *options, cwd=tmp_path)
    workspace = Workspace.open(tmp_path / "workspace")
    tree = workspace.load(workspace.run("seeds"))
    assert tree.plan and [factor.levels for factor in tree.plan.design.factors][1] == (7,), ran.stderr
    assert "[7]" in workspace.files("seeds", tree.nodes[0])["solution.py"].decode()
