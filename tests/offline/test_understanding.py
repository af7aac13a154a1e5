"""What the offline researcher understands of a task's words."""

from pathlib import Path

import pytest

from autoreclab import task
from autoreclab.errors import TaskError
from autoreclab.models.offline import check
from autoreclab.models.offline.gaps import sentences
from autoreclab.models.offline.reading import metrics, read
from autoreclab.models.offline.understanding import understand
from autoreclab.settings import Settings
from tests.offline.asking import study

TASKS = Path(__file__).parents[2] / "tasks"
ON = "Compare ItemKNN and EASE on the ratings"


@pytest.mark.parametrize(
    ("text", "recipe"),
    [
        ("How much do random seeds change the NDCG of ImplicitMF?", "seeds"),
        ("How stable is matrix factorisation over seeds 1 to 8?", "seeds"),
        ("How much do split seeds change recall of EASE?", "seeds"),
        ("Compare ItemKNN and UserKNN with 5 seeds on the 5-core of ratings above 3.", "comparison"),
        ("Which algorithm is best for top-10 recommendation on MovieLens-100K?", "comparison"),
        ("Evaluate EASE by NDCG@10.", "comparison"),
        ("How does k-core pruning change the NDCG of ItemKNN?", "pruning"),
        ("What do minimum interactions of 2, 5 and 10 do to recall?", "pruning"),
        ("How does the rating threshold for implicit feedback affect recall?", "implicit"),
        ("Turn ratings above 2, 3 and 4 into implicit feedback; NDCG@5.", "implicit"),
        ("How well does BiasedMF predict ratings? RMSE.", "rating"),
        ("Compare BiasedMF and UserKNN by RMSE and MAE.", "rating"),
        ("Tune BiasedMF for RMSE.", "tuning"),
        ("How much do seeds change the RMSE of BiasedMF?", "seeds"),
        ("Tune the hyperparameters of ItemKNN for NDCG@10.", "tuning"),
        ("Is ImplicitMF better with 10, 20 or 50 factors? NDCG@10.", "tuning"),
    ],
)
def test_the_words_propose_the_recipe(text: str, recipe: str) -> None:
    assert study(text).recipe.name == recipe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NDCG@10 and Recall@10", ["ndcg@10", "recall@10"]),
        ("Recall at 20", ["recall@20"]),
        ("NDCG and precision at 1, 5 and 10", [f"{m}@{k}" for m in ("ndcg", "precision") for k in (1, 5, 10)]),
        ("nDCG@5/10", ["ndcg@5", "ndcg@10"]),
        ("NDCG@{1, 5}", ["ndcg@1", "ndcg@5"]),
        ("NDCG@10 and 5 seeds", ["ndcg@10"]),
        ("NDCG@10, 20 factors", ["ndcg@10"]),
        ("Recall@10, NDCG", ["recall@10", "ndcg@10"]),
        ("MRR of the top-5 recommendations", ["mrr@5"]),
        ("hit rate at k = 10", ["hit@10"]),
        ("HR@10", ["hit@10"]),
        ("precision", ["precision@10"]),
        ("RMSE and MAE", ["rmse", "mae"]),
        ("root mean squared error", ["rmse"]),
        ("mean average precision at 10", ["map@10"]),
        ("MAP and precision at 5", ["map@5", "precision@5"]),
        ("catalogue coverage, the Gini index and novelty of top-10 lists", ["coverage@10", "gini@10", "novelty@10"]),
        ("a map of users", []),
        ("normalized discounted cumulative gain at 10", ["ndcg@10"]),
        ("nothing of the kind", []),
    ],
)
def test_metrics_with_their_cut_offs(text: str, expected: list[str]) -> None:
    assert metrics(text) == tuple(expected)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("30 seeds", 30),
        ("five random seeds", 5),
        ("Train it 20 times.", 20),
        ("ten different random seeds", 10),
        ("three runs", 3),
        ("no number of them", 0),
    ],
)
def test_a_number_of_seeds_counts_from_the_first(text: str, seeds: int) -> None:
    assert read(text, first_seed=7).seeds == tuple(range(7, 7 + seeds))


@pytest.mark.parametrize(("text", "seeds"), [("seeds 0 to 4", (0, 1, 2, 3, 4)), ("seeds 1, 2 and 42", (1, 2, 42))])
def test_seeds_may_be_written_out(text: str, seeds: tuple[int, ...]) -> None:
    assert read(text).seeds == seeds


@pytest.mark.parametrize(
    ("text", "method", "test", "folds"),
    [
        ("leave-one-out", "leave-one-out", 0.2, 0),
        ("an 80/20 holdout", "holdout", 0.2, 0),
        ("a 90/10 split", "holdout", 0.1, 0),
        ("80/10/10", "holdout", 0.1, 0),
        ("hold out 30 %", "holdout", 0.3, 0),
        ("5-fold cross-validation", "k-fold", 0.2, 5),
        ("ten folds", "k-fold", 0.2, 10),
        ("cross-validation", "k-fold", 0.2, 5),
        ("no word of it", "holdout", 0.2, 0),
    ],
)
def test_the_split(text: str, method: str, test: float, folds: int) -> None:
    found = study(f"{ON}, {text}.")
    assert (found.method, found.test, len(found.levels("fold"))) == (method, test, folds)


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("Compare EASE and ItemKNN by NDCG with 4 seeds.", "split_seed"),
        ("Compare EASE and ImplicitMF by NDCG with 4 seeds.", "seed"),
        ("How much do 4 random seeds change the NDCG of EASE?", "seed"),
        ("How much do 4 split seeds change the NDCG of ImplicitMF?", "split_seed"),
        ("Compare EASE and ImplicitMF by NDCG over 4 random splits.", "split_seed"),
    ],
)
def test_seeds_are_those_of_training_where_training_knows_chance(text: str, factor: str) -> None:
    assert study(text).levels(factor) == (0, 1, 2, 3)


def test_studies_of_other_things_are_repeated_over_splits_and_studies_of_seeds_over_seeds() -> None:
    assert len(study("Compare EASE and ImplicitMF by NDCG.").levels("split_seed")) == 3
    assert study("Compare EASE and ImplicitMF by NDCG, 5-fold.").factors[1:][0].name == "fold"
    assert len(study("How much do seeds change the NDCG of ImplicitMF?", k_fold=2).levels("seed")) == 30


def test_folds_of_the_settings_count_where_the_task_is_silent() -> None:
    assert study(f"{ON}.", k_fold=3).levels("fold") == (0, 1, 2)
    assert study(f"{ON} with leave-one-out.", k_fold=3).method == "leave-one-out"


@pytest.mark.parametrize(
    ("text", "above", "at_least", "core"),
    [
        ("above 3", 3, None, None),
        ("> 3.5", 3.5, None, None),
        (">= 4", None, 4, None),
        ("of at least 4", None, 4, None),
        ("of 4 or more", None, 4, None),
        ("and the 5-core", None, None, 5),
        ("of users with at least 10 interactions", None, None, 10),
        ("", None, None, None),
    ],
)
def test_filters(text: str, above: float | None, at_least: float | None, core: int | None) -> None:
    found = study(f"{ON} {text}.")
    assert (found.above, found.at_least, found.core) == (above, at_least, core)


def test_nothing_is_filtered_unless_the_task_says_so() -> None:
    found = study("How much do seeds change NDCG@10 of ImplicitMF with a leave-one-out split?")
    assert (found.above, found.at_least, found.core) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "factor", "expected"),
    [
        ("Effect of k-core pruning on recall: 2-, 5- and 10-core", "min_interactions", (2, 5, 10)),
        ("Rating thresholds 1 to 4 for implicit feedback", "at_least", (1, 2, 3, 4)),
        ("Turn ratings above 2, 3 and 4 into implicit feedback", "above", (2, 3, 4)),
        ("Tune ItemKNN with 10, 20 and 50 neighbours", "max_nbrs", (10, 20, 50)),
        ("Tune EASE with regularization 1, 10 and 100", "regularization", (1, 10, 100)),
        ("Effect of split seeds on recall over 4 splits", "split_seed", (0, 1, 2, 3)),
    ],
)
def test_the_levels_of_the_recipes_own_factor(text: str, factor: str, expected: tuple) -> None:
    assert study(f"{text}.").levels(factor) == expected


@pytest.mark.parametrize(
    ("text", "algorithms"),
    [
        ("Compare ItemKNN, user-based kNN and popularity.", ("ItemKNN", "UserKNN")),
        ("Compare EASE with matrix factorization.", ("EASE", "ImplicitMF")),
        ("Compare matrix factorization and item-item by RMSE.", ("ItemKNN", "BiasedMF")),
        ("It is with ease that one compares implicit MF by NDCG.", ("ImplicitMF",)),
        ("Compare what you like on MovieLens.", ("ImplicitMF", "ItemKNN", "EASE")),
    ],
)
def test_algorithms_by_their_names(text: str, algorithms: tuple[str, ...]) -> None:
    assert set(study(text).algorithms) == set(algorithms)


def test_settings_that_the_task_gives_are_fixed() -> None:
    fixed = study("Seeds of ImplicitMF: 50 latent factors, 15 epochs, NDCG@10.").fixed
    assert fixed == {"embedding_size": 50, "epochs": 15}


def test_the_front_matter_decides_the_recipe() -> None:
    assert study("---\nrecipe: pruning\n---\n# A study\n\nHow much do seeds matter for EASE?").recipe.name == "pruning"


def test_the_front_matters_metric_comes_first() -> None:
    assert study("---\nmetric: recall@20\n---\n# A study\n\nTune EASE, NDCG@10.").metrics == ("recall@20", "ndcg@10")


def test_an_unknown_recipe_is_refused_with_those_there_are() -> None:
    with pytest.raises(TaskError, match=r"(?s)Unknown recipe 'seed'. Did you mean 'seeds'\?.*comparison.*tuning"):
        check(task.parse("---\nrecipe: seed\n---\n# Seeds\n", "task.md"))


@pytest.mark.parametrize(
    "text",
    [
        "# Poem\n\nWrite a poem about autumn.",
        "# Sorting\n\nCompare quicksort and heapsort.",
        "# Users\n\nHow many users has MovieLens?",
        "# Neural\n\nCompare SASRec and LightGCN by NDCG@10.",
    ],
)
def test_where_no_recipe_fits_the_error_lists_them(text: str) -> None:
    with pytest.raises(TaskError, match=r"(?s)no recipe for.*seeds +how much"):
        check(task.parse(text, "task.md"))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Compare EASE and SASRec by NDCG@10.", ("SASRec",)),
        ("Compare EASE and ItemKNN by NDCG and diversity.", ("diversity",)),
        ("Compare EASE and ItemKNN by NDCG. Add a Wilcoxon test.", ("Add a Wilcoxon test.", "Wilcoxon")),
        ("Compare EASE and ItemKNN. I like cheese.", ("I like cheese.",)),
        ("Compare EASE and ItemKNN on Netflix.", ("netflix",)),
        ("Compare BiasedMF and UserKNN by RMSE and NDCG@10.", ("ndcg@10",)),
        ("Compare EASE and ItemKNN on ratings above 3, e.g. by NDCG.", ()),
        ("How much do seeds change the RMSE of BiasedMF?", ()),
        ("Compare BiasedMF with popularity by RMSE.", ("Popular",)),
        ("Tune EASE with 5-fold cross-validation.", ("5 folds",)),
    ],
)
def test_what_was_not_understood_is_said_in_the_tasks_words(text: str, missing: tuple[str, ...]) -> None:
    assert study(text, ("ml-100k",)).missing == missing


def test_sentences_leave_out_requirements_code_and_list_marks() -> None:
    body = "First, e.g. this.\nSecond\none.\n\n- A point\n\n```\ncode\n```\n\n## Requirements\n\n- Not me\n\n"
    body += "## More\n\nLast?"
    assert sentences(body) == ("First, e.g. this.", "Second one.", "A point", "Last?")


@pytest.mark.parametrize("name", ["seeds.md", "quickstart.md"])
def test_the_tasks_that_come_along_are_understood_wholly(name: str) -> None:
    parsed = task.parse((TASKS / name).read_text("utf-8"), name)
    found = understand(parsed, Settings(), tuple(parsed.settings["data"]))
    assert (found.recipe.name, found.method, found.missing) == ("seeds", "leave-one-out", ())
    assert found.metrics == ("ndcg@10", "recall@10")
    assert len(found.levels("seed")) == (30 if name == "seeds.md" else 5)
    assert found.fixed == {"embedding_size": 20, "epochs": 15}


def test_a_threshold_before_a_core_is_no_second_core():
    found = read("Use implicit feedback (ratings above 3, 5-core), on 3 random 80/20 splits.")
    assert (found.above, found.cores, found.split_seeds) == ((3,), (5,), 3)
    assert read("Prune to the 5-, 10- and 20-core of ratings above 3.").cores == (5, 10, 20)
