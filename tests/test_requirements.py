"""Requirements as people edit them: as a Markdown list, and by hand in the note on a run's root."""

import pytest

from autoreclab import records
from autoreclab.errors import TaskError, WorkspaceError
from autoreclab.plan import Requirement
from autoreclab.requirements import CLEAR, SOUND, check, completed, examine, from_markdown, header
from autoreclab.sections import as_markdown
from autoreclab.task import parse
from tests.test_records import PLAN

NOTE = records.dump(records.of_plan(PLAN) | {"calls": 1, "setting.iterations": 3})


def test_a_list_comes_back_equal():
    assert from_markdown(header() + as_markdown(PLAN.requirements)) == PLAN.requirements


def test_a_list_may_have_blank_lines_stars_and_comments():
    assert from_markdown("<!-- two\nlines -->\n\n* one\n\n-  two [check: rows  a.csv 2]  \n") == (
        Requirement(text="one"),
        Requirement(text="two", check="rows a.csv 2"),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<!-- a\n -->\nno item\n", "line 3: 'no item' isn't `- text`"),
        ("- a [check: desing]", r"line 1: unknown check 'desing'. Did you mean 'design'\?"),
        ("- a\n- b [check: rows results.csv many]", "line 2: the check is `rows PATH N`, not 'rows results.csv many'"),
        ("- a [check: ]", "line 1: unknown check ''"),
        ("- [check: design]", "line 1"),
        ("- ", "line 1"),
        ("<!-- all gone -->", "holds no requirement"),
    ],
)
def test_a_malformed_list_names_the_line(text, reason):
    with pytest.raises(TaskError, match=reason):
        from_markdown(text)


def test_a_record_as_we_write_it_and_none_at_all_are_right():
    check(NOTE, "seeds")
    check("", "seeds")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('"All there"', "All there", "line 2: 'requirement.1: All there' .* a text in double quotes"),
        ('"All there"', "7", "line 2"),
        ('"design"', '"desing"', 'line 3: .* such as "design" or .* there are design, baseline'),
        ('["ml-100k"]', '"ml-100k"', "line 5: .* a list of texts"),
        ("[0, 1, 2]", "[0, 1, 2", "line 10: .* a list of levels"),
        ("calls: 1", "check the seeds, too", "line 11: 'check the seeds, too' should be `key: value`"),
        ("design.metrics", "design.metric", "has no line `design.metrics`"),
    ],
)
def test_a_record_malformed_by_hand_names_the_line_and_how_to_correct_it(before, after, reason):
    with pytest.raises(WorkspaceError, match=reason) as raised:
        check(NOTE.replace(before, after), "seeds")
    assert "git notes --ref=autoreclab edit seeds/task" in str(raised.value)


def planned(*requirements, own=()):
    """The requirements of a completed plan, those of every plan aside."""
    found = completed(PLAN.model_copy(update={"requirements": requirements}), own).requirements
    assert found[-2:] == (SOUND, CLEAR)
    return found[:-2]


FIVE = Requirement(text="Five seeds are used.", check="seeds 5")
FIGURE = Requirement(text="There is a figure.")


@pytest.mark.parametrize(
    "text",
    [
        "Five seeds are used.",
        "five  seeds\nare used",
        "Five seeds are used. [check: seeds 5]",
        "Not clear: “Five seeds are used.”",
    ],
)
def test_a_tasks_own_requirement_stands_in_the_plan_as_the_task_wrote_it(text):
    other = Requirement(text="All is there.", check="design")
    assert planned(Requirement(text=text), other, own=[FIVE]) == (FIVE, other)
    assert planned(Requirement(text=text, check="seeds 3"), own=[FIVE]) == (FIVE,)


@pytest.mark.parametrize("text", ["Some seeds are used.", "Five seeds are used where time allows.", "“Five seeds”"])
def test_what_a_planner_dropped_or_reworded_is_added(text):
    assert planned(Requirement(text=text), own=[FIVE, FIGURE]) == (Requirement(text=text), FIVE, FIGURE)


def test_a_planner_may_add_a_check_where_the_task_names_none():
    checked = Requirement(text="There is a figure.", check="figures")
    assert planned(checked, own=[FIGURE]) == (checked,)


@pytest.mark.parametrize("check", ["desing", "", "rows results.csv", "null", "if all is well"])
def test_a_planners_nonsense_is_left_to_the_judge(check):
    assert planned(Requirement(text="All is there.", check=check)) == (Requirement(text="All is there."),)


def test_what_every_plan_requires_is_not_added_twice():
    assert completed(PLAN.model_copy(update={"requirements": (CLEAR, SOUND)}), ()).requirements == (CLEAR, SOUND)


def test_a_task_with_a_malformed_check_names_file_and_line():
    text = "# T\n\nQ\n\n## Requirements\n\n- a [check: design]\n- b\n  [check: rows\n  results.csv]\n"
    with pytest.raises(TaskError, match=r"t\.md, line 9: the check is `rows PATH N`, not 'rows results\.csv'\."):
        examine(parse(text, "t.md"), "t.md")
    examine(parse(text.replace("csv]", "csv 5+]"), "t.md"), "t.md")


def test_the_editor_explains_every_check():
    assert "[check: rows PATH N]: the table PATH has N rows" in header()
