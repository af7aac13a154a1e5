"""Any Markdown file is a task; a front matter that can't be used is an error that says where."""

import pytest

from autoreclab.errors import SettingError, TaskError
from autoreclab.plan import Requirement
from autoreclab.settings import Settings, duration
from autoreclab.task import Metric, parse, slug


def test_a_bare_sentence_is_a_task():
    task = parse("How much do seeds matter?", "t.md")
    assert (task.title, task.requirements, task.settings) == ("How much do seeds matter?", (), {})


def test_title_body_and_requirements_are_told_apart():
    task = parse(
        "# Seeds #\n\nHow much?\n\n## Requirements\n\n- 30 seeds\n"
        "- [ ] a figure\n  of all [check: figures]\n\n## Notes\n- no\n",
        "t.md",
    )
    assert task.title == "Seeds"
    assert task.body.startswith("How much?")
    assert task.requirements == (Requirement(text="30 seeds"), Requirement(text="a figure of all", check="figures"))


def test_front_matter_gives_settings_with_hyphens_or_underscores():
    task = parse("---\ndebug-prob: 0.5\nk_fold: 5\ntimeout: 30m\ndata: [a.csv, b.csv]\n---\n# T\nQ", "t.md")
    assert task.settings == {"debug_prob": 0.5, "k_fold": 5, "timeout": 1800.0, "data": ("a.csv", "b.csv")}


def test_windows_line_ends_and_a_byte_order_mark_are_read():
    assert parse("\ufeff---\r\nseed: 3\r\n---\r\n# T\r\nQ\r\n", "t.md").settings == {"seed": 3}


def test_a_rule_in_the_text_is_no_front_matter():
    assert parse("---\n\nJust a rule above.", "t.md").settings == {}


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("drafts: 2\nepsilom: 0.2", r"t\.md, line 3: unknown key 'epsilom'. Did you mean 'epsilon'\?"),
        ("modle: x", r"line 2: unknown key 'modle'. Did you mean 'model'\?"),
        ("drafts: many", r"line 2: drafts: expected a whole number, not 'many'"),
        ("drafts: true", "line 2: drafts: expected a whole number"),
        ("epsilon: 2", "line 2: epsilon: expected a number between 0 and 1, not 2"),
        ("timeout: soon", "line 2: timeout: expected a duration such as"),
        ("timeout: 0", "longer than nothing"),
        ("drafts: 1\ndrafts: 2", "line 3: key 'drafts' stands here a second time"),
        ("drafts: [", "line [23]: the front matter isn't YAML"),
        ("just words", "line 2: the front matter must be lines of 'key: value'"),
        ("target: 0.3", "a target but no metric"),
        ("metric: ndcg@10 upwards", "metric: expected a name and 'maximize' or 'minimize'"),
        ("metric: ndcg@10\ntarget: high", "line 3: target: expected a number"),
        ("recipe: [seeds]", "line 2: recipe: expected a recipe's name"),
    ],
)
def test_front_matter_that_cannot_be_used_is_an_error_with_its_line(front, reason):
    with pytest.raises(TaskError, match=reason):
        parse(f"---\n{front}\n---\n# T\nQ", "t.md")


def test_front_matter_that_never_ends_is_an_error():
    with pytest.raises(TaskError, match="never closed"):
        parse("---\nseed: 1\n# T\nQ", "t.md")


@pytest.mark.parametrize("text", ["", "  \n\n", "---\nseed: 1\n---\n\n"])
def test_an_empty_task_is_an_error(text):
    with pytest.raises(TaskError, match="is empty"):
        parse(text, "t.md")


OWNED = {
    "dataset": "ml-100k", "filters": "{above: 3, core: 5}", "split": "holdout", "test": "0.2", "seed": "1",
    "metrics": "[ndcg, recall]", "cutoffs": "[5, 10]",
}  # fmt: skip


def owned(more="", **changes):
    """A task with an evaluation of its own, some keys changed, those that are None left out."""
    given = {key: value for key, value in (OWNED | changes).items() if value is not None}
    lines = "".join(f"  {key.replace('_', '-')}: {value}\n" for key, value in given.items())
    return parse(f"---\nevaluation:\n{lines}{more}---\n# T\nQ", "t.md")


def test_a_task_may_own_its_evaluation():
    evaluation = owned("metric: recall@10\n").evaluation
    assert (evaluation.dataset, evaluation.split) == ("ml-100k", "holdout")
    assert evaluation.arguments == {"test": 0.2, "seed": 1} and evaluation.filters == {"above": 3, "core": 5}
    assert evaluation.values == ("ndcg@5", "ndcg@10", "recall@5", "recall@10")
    assert owned("metric: recall@10\n").measured[0] == "recall@10"
    ratings = owned(metrics="rmse", cutoffs=None, filters=None, seed=None, test=None).evaluation
    assert ratings.values == ("rmse",) and ratings.arguments == {"seed": 0}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dataset": None}, "line 2: evaluation: 'dataset' is missing"),
        ({"dataset": "[a, b]"}, "line 3: .*expected the name of one dataset"),
        ({"split": "hodlout"}, r"line 5: .*not 'hodlout'. Did you mean 'holdout'\?"),
        ({"split": None}, "line 2: .*split: expected one of leave-one-out"),
        ({"test": "3"}, "line 5: evaluation: test is a share between 0 and 1, not 3"),
        ({"seed": "x"}, "line 5: evaluation: seed is a whole number from 0, not 'x'"),
        ({"split": "leave-one-out"}, "line 6: evaluation: split leave-one-out knows no 'test'"),
        ({"sede": "1"}, r"line 10: evaluation: unknown key 'sede'. Did you mean 'seed'\?"),
        ({"metrics": "[ndgc]"}, r"line 8: .*unknown metric 'ndgc'. Did you mean 'ndcg'\?"),
        ({"metrics": "[ndcg@10]"}, "line 8: .*Cut-offs stand apart"),
        ({"metrics": "[ndcg, rmse]"}, "line 8: .*expected some of ndcg.*, or some of rmse"),
        ({"metrics": "[rmse]"}, "line 9: .*cutoffs: rmse have none"),
        ({"metrics": "[rmse]", "cutoffs": None}, "line 4: .*ratings are predicted"),
        ({"cutoffs": "[0]"}, r"line 9: .*expected whole numbers such as \[5, 10\]"),
        ({"filters": "{abov: 3}"}, r"line 4: .*unknown filter 'abov'. Did you mean 'above'\?"),
        ({"filters": "{core: 0}"}, "line 4: .*core: expected a whole number from 1, not 0"),
        ({"filters": "{above: 3, at-least: 4}"}, "line 4: .*either above or at_least"),
        ({"more": "metric: ndcg@20\n"}, "metric: the evaluation measures ndcg@5, .*, not ndcg@20"),
    ],
)
def test_an_evaluation_that_cannot_be_used_is_an_error_with_its_line(changes, reason):
    with pytest.raises(TaskError, match=r"t\.md(, |: )" + reason):
        owned(**changes)


@pytest.mark.parametrize("given", ["3", "[a, b]", "", "{}"])
def test_an_evaluation_is_a_mapping(given):
    with pytest.raises(TaskError, match=r"t\.md, line 2: evaluation: "):
        parse(f"---\nevaluation: {given}\n---\nQ", "t.md")


@pytest.mark.parametrize(
    ("written", "metric"),
    [
        ("metric: ndcg@10", Metric("ndcg@10")),
        ("metric: RMSE", Metric("rmse", maximize=False)),
        ("metric: coverage minimize\ntarget: 0.1", Metric("coverage", False, 0.1)),
        ("metric: {name: ndcg@10, direction: maximize}", Metric("ndcg@10")),
    ],
)
def test_a_metric_has_a_name_a_direction_and_perhaps_a_target(written, metric):
    assert parse(f"---\n{written}\n---\nQ", "t.md").metric == metric


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), (90, 90), ("10m", 600), ("1.5h", 5400), ("1h30m", 5400)])
def test_durations(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "1x", "h1", -5, None, True, "1h then"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="duration"):
        duration(text)


def test_settings_read_what_they_wrote():
    settings = Settings().changed({"data": ["a", "b"], "timeout": "30m", "temperature": 0.5})
    assert Settings().changed(settings.as_dict()) == settings


def test_a_setting_that_cannot_be_read_names_itself():
    with pytest.raises(SettingError, match="k-fold: expected at least 1, not 0"):
        Settings().changed({"k_fold": 0})


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Split Seeds (v2)", "split-seeds-v2"), ("../../etc", "etc"), ("§", "task"), ("a" * 90, "a" * 40)],
)
def test_slugs(name, expected):
    assert slug(name) == expected
