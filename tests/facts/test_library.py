"""What a study is told of LensKit and of the packages that it names, and how it fits."""

from pathlib import Path

import pytest

from autoreclab.facts import Interpreter, introspection, library, toolkit, wording
from autoreclab.facts.library import Study
from autoreclab.lab.places import cache


def study(*algorithms, text="", metrics=("ndcg@10",)):
    return Study(text, algorithms, metrics)


@pytest.fixture(scope="session")
def answer(known_facts, tmp_path_factory):
    """What a process of the interpreter says of LensKit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTORECLAB_CACHE", str(known_facts.parent / "cache"))
        (known_facts.parent / "cache").mkdir()
        (known_facts.parent / "cache" / "facts").symlink_to(known_facts)
        return Interpreter(tmp_path_factory.mktemp("scratch")).recall(library.question())


def told(answer, about):
    return "\n".join(wording.fitted(library.lenskit(answer, about), library.BUDGET))


def test_the_scorers_compared_come_first_with_the_settings_they_take(answer):
    text = told(answer, study("ItemKNN", "EASE", "Popular"))
    first = [line.partition(",")[0] for line in text.splitlines() if ", of keyword arguments" in line]
    assert first == ["lenskit.knn.ItemKNNScorer", "lenskit.knn.EASEScorer", "lenskit.basic.PopScorer"]
    assert "    max_nbrs: int = 20 (or nnbrs, k)  # The maximum number of neighbors for scoring each item.\n" in text
    assert "lenskit.als.ImplicitMFScorer(*, embedding_size=50, epochs=10," in text
    assert "lenskit.hpf can't be imported here: ModuleNotFoundError: No module named 'hpfrec'" in text


@pytest.mark.parametrize(
    ("level", "scorer"),
    [("BPR", "flexmf.FlexMFImplicitScorer"), ("SLIM", "knn.SLIMScorer"), ("FunkSVD", "funksvd.FunkSVDScorer")],
)
def test_an_algorithm_that_lab_has_no_name_for_is_found(answer, level, scorer):
    assert told(answer, study(level)).startswith(f"lenskit.{scorer}, of keyword arguments")


def test_a_scorer_of_which_the_words_tell_is_explained_too(answer):
    assert "lenskit.knn.SLIMScorer, of keyword" in told(answer, study("EASE", text="Is SLIM any better?"))
    assert "lenskit.knn.SLIMScorer(*, l1_reg=1.0," in told(answer, study("EASE", text="a slim chance"))


def test_a_pipeline_is_one_that_the_metrics_need(answer):
    assert "topn_pipeline(scorer: Component" in told(answer, study("EASE"))
    assert "predict_pipeline(scorer: Component" in told(answer, study("BiasedMF", metrics=("rmse",)))


def test_nothing_of_a_machine_or_a_process_is_told(answer):
    assert " at 0x" not in str(answer) and str(Path(introspection.__file__).parents[2]) not in str(answer)


def test_facts_are_the_same_from_process_to_process_and_kept(answer, tmp_path):
    again = Interpreter(tmp_path, python="/nowhere/python")
    assert Interpreter(tmp_path).recall(library.question()) == answer and not list(tmp_path.iterdir())
    assert again.python not in str(answer)
    small = Interpreter(tmp_path)
    asked = library.question(("click",), ())
    assert small.recall(asked) == small.ask(asked) and len(list((cache() / "facts").iterdir())) >= 2


def test_a_descriptive_study_is_told_nothing_of_lenskit(tmp_path):
    assert library.of_study(Interpreter(tmp_path), study(metrics=(), text="How many users are there?")) == ""


def test_a_package_that_the_task_names_is_told_of(here):
    text = library.of_study(here, study(metrics=(), text="Draw a table with the package click, by its echo."))
    assert text.startswith("click.echo(message: ") and "\nclick.Argument(" in text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the package click", ["click"]), ("`click` and `rich`", ["click", "rich"]), ("import click", ["click"]),
        ("users who click get rich", []), ("`numpy`, `pandas` and `lenskit`", []), ("`sklearn`", []),
        ("use `scikit-surprise`", ["scikit_surprise"]),
    ],
)  # fmt: skip
def test_packages_are_told_from_words(text, found):
    versions = dict.fromkeys(("click", "lenskit", "numpy", "pandas", "rich", "scikit-surprise"), "1")
    assert library.named_packages(text, versions) == found


def test_each_fact_is_as_long_as_there_is_room_for_and_none_is_cut():
    facts = [("a", "a" * 10, "a" * 50), ("b", "b" * 10), ("c",)]
    assert wording.fitted(facts, 200) == ["a" * 50, "b" * 10, "c"]
    assert wording.fitted(facts, 30) == ["a" * 10, "b" * 10, "c"]
    assert wording.fitted(facts, 15) == ["a" * 10, "b", "c"]
    assert wording.fitted(facts, 4) == ["a", "b"] and wording.fitted([], 9) == []


def test_markup_and_types_are_words():
    cited = ":class:`~a.B` by :cite:t:`x` and ``c``\n:cite:p:`y`.\n\nMore."
    assert introspection.unmarked(cited) == "B by and `c`."
    assert introspection.value({"b", "a"}) == "{'a', 'b'}" and introspection.value(object()) == "…"
    assert introspection.worded("typing.Optional[lenskit.data.ItemList]") == "Optional[ItemList]"


def test_lab_is_told_as_far_as_the_metrics_need_it():
    assert "lab.predict(" not in toolkit.lab_reference(("ndcg@10",))
    assert "lab.recommend(" not in toolkit.lab_reference(("rmse",))
