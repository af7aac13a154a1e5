"""What a debug prompt says of failures, so that each can be mended at once: tracebacks of real runs."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from autoreclab.facts import Facts, Interpreter, failures, introspection, library

SITE = Path(find_spec("lenskit").origin).parents[1]
OF_PROGRAM = 'Traceback (most recent call last):\n  File "solution.py", line {line}, in <module>\n    …\n'
MAKES = "from lenskit.{0} import {1}\nx = {1}({2})\n"
PIPELINE = "from lenskit.pipeline import topn_pipeline\np = topn_pipeline(scorer)\np.{}\n"
# name: (program, frames of libraries, error, what must be told)
FAILURES = {
    "algorithms.als": (
        "from lenskit.algorithms.als import ImplicitMF\n", "",
        "ModuleNotFoundError: No module named 'lenskit.algorithms'",
        ["lenskit has no 'algorithms'", "lenskit.als.ImplicitMFScorer, of keyword", "embedding_size: int = 50"],
    ),
    "item knn of 0.14": (
        "from lenskit.algorithms.item_knn import ItemItem\n", "",
        "ModuleNotFoundError: No module named 'lenskit.algorithms'",
        ["lenskit.knn.ItemKNNScorer", "max_nbrs: int = 20 (or nnbrs, k)"],
    ),
    "Recommender": (
        "import lenskit\nalgo = lenskit.Recommender.adapt(1)\n",
        '  File "{site}/lazy_loader/__init__.py", line 110, in __getattr__\n    raise …\n',
        "AttributeError: No lenskit attribute Recommender. Did you mean: 'recommend'?",
        ["lenskit.Recommender.adapt doesn't exist", "lenskit.topn_pipeline(scorer: Component"],
    ),
    "crossfold": (
        "import lenskit.crossfold as xf\n", "", "ModuleNotFoundError: No module named 'lenskit.crossfold'",
        ["lenskit.splitting.crossfold_users(data: Dataset, partitions: int", "lenskit.splitting.crossfold_records("],
    ),
    "topn": (
        "from lenskit import topn\n", "",
        "ImportError: cannot import name 'topn' from 'lenskit' ({site}/lenskit/__init__.py)",
        ["lenskit.topn doesn't exist", "lenskit.metrics.RunAnalysis(*metrics: Metric)"],
    ),
    "metrics.topn": (
        "from lenskit.metrics.topn import ndcg\n", "", "ModuleNotFoundError: No module named 'lenskit.metrics.topn'",
        ["lenskit.metrics.NDCG(n: int | None = None, *, k: int | None = None"],
    ),
    "batch.recommend(candidates=)": (
        "from lenskit import batch\nbatch.recommend(p, users, 10, candidates=None)\n", "",
        "TypeError: recommend() got an unexpected keyword argument 'candidates'",
        ["lenskit.batch.recommend(pipeline: Pipeline, queries, n: int | None = None, *, n_jobs"],
    ),
    "positional and invented settings": (
        MAKES.format("als", "ImplicitMFScorer", "20, iterations=5"),
        '  File "{site}/lenskit/pipeline/components.py", line 135, in __init__\n    raise …\n',
        "RuntimeError: cannot supply both a configuration object and kwargs",
        ["epochs: int = 10", "lenskit/pipeline/components.py, line 135, in __init__(self, config", "validate_config"],
    ),
    "refused setting": (
        MAKES.format("knn", "ItemKNNScorer", "nnbr=5"), "",
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for ItemKNNConfig\nnnbr\n"
        "  Extra inputs are not permitted [type=extra_forbidden, input_value=5, input_type=int]",
        ["lenskit.knn.ItemKNNScorer, of keyword arguments (others are refused)", "max_nbrs: int = 20 (or nnbrs, k)"],
    ),
    "Pipeline.fit": (
        PIPELINE.format("fit(data)"), "", "AttributeError: 'Pipeline' object has no attribute 'fit'",
        ["lenskit.Pipeline has no 'fit'", "lenskit.Pipeline.train(data: Dataset, options: TrainingOptions"],
    ),
    "TrainingOptions(seed=)": (
        "from lenskit.training import TrainingOptions\noptions = TrainingOptions(seed=3)\n", "",
        "TypeError: TrainingOptions.__init__() got an unexpected keyword argument 'seed'",
        ["lenskit.training.TrainingOptions(retrain: bool = True", "rng: RNGInput = None"],
    ),
    "never imported": (
        "p = topn_pipeline(3)\n", "", "NameError: name 'topn_pipeline' is not defined",
        ["lenskit.topn_pipeline(scorer"],
    ),
    "a bridge without its package": (
        "from lenskit.sklearn.svd import BiasedSVDScorer\n",
        '  File "{site}/lenskit/sklearn/svd.py", line 19, in <module>\n    from …\n',
        "ModuleNotFoundError: No module named 'sklearn'",
        ["no package 'sklearn'", "lenskit.sklearn.svd can't be imported here: ModuleNotFoundError"],
    ),
    "not installed": (
        "from surprise import SVD\n", "", "ModuleNotFoundError: No module named 'surprise'", ["no package 'surprise'"],
    ),
    "invented lab function": (
        "from autoreclab import lab\nlab.train_model('ImplicitMF')\n", "",
        "AttributeError: module 'autoreclab.lab' has no attribute 'train_model'",
        ["autoreclab.lab.train(algorithm: Any, split: Split, *, seed: int = 0", "train_validation_test, trials"],
    ),
    "invented lab argument": (
        "from autoreclab import lab\ns = lab.split(d, 'holdout', test_size=0.2, seed=1)\n", "",
        "TypeError: split() got an unexpected keyword argument 'test_size'",
        ["autoreclab.lab.split(data: Dataset, method: str, *, seed: int | None = None, test: float = 0.2"],
    ),
    "invented lab attribute": (
        "from autoreclab import lab\ns = lab.split(d, 'holdout', seed=1)\ns.train_df\n", "",
        "AttributeError: 'Split' object has no attribute 'train_df'. Did you mean: 'training'?",
        ["autoreclab.lab.Split has no 'train_df'", "Nearest:\n    autoreclab.lab.Split.training"],
    ),
    "a column of another name": (
        "from autoreclab import lab\nd = lab.load('ml-100k')\nd.interactions['user_id']\n",
        '  File "{site}/pandas/core/frame.py", line 4113, in __getitem__\n    …\n', "KeyError: 'user_id'",
        ["columns user, item, rating, timestamp", "pandas/core/frame.py, line 4113"],
    ),
    "columns that LensKit doesn't know": (
        "from lenskit.data import from_interactions_df\nd = from_interactions_df(frame)\n",
        '  File "{site}/lenskit/data/adapt.py", line 192, in normalize_interactions_df\n    raise …\n',
        "ValueError: no user column found",
        ["user_col: str | None = None", "lenskit/data/adapt.py, line 192, in normalize_interactions_df"],
    ),
}  # fmt: skip


def about(interpreter, text, program, share=1):
    return Facts(interpreter).of_failure(text, program).shown(share)


def log(program, frames="", error=""):
    line = len(program.splitlines())
    return "fine so far\n" + OF_PROGRAM.format(line=line) + (frames + error).format(site=SITE) + "\n"


@pytest.mark.parametrize("name", FAILURES)
def test_what_is_told_mends_it(name, here):
    program, frames, error, wanted = FAILURES[name]
    told = about(here, log(program, frames, error), {"solution.py": program})
    line = len(program.splitlines())
    assert told.startswith(
        f"The line that failed, solution.py, line {line}, in <module>:\n{program.splitlines()[-1]}\n"
    )
    assert [each for each in wanted if each not in told] == [] and len(told) <= failures.BUDGET


def test_every_successor_exists(here):
    paths = sorted({path for paths in library.SUCCESSORS.values() for path in paths})
    asked = {"about": "failure", "modules": library.MODULES, "packages": [], "paths": paths, "names": [], "frames": []}
    found = here.ask({**asked, "successors": {}})["symbols"]
    assert [each["path"] for each in found if "absent" not in each] == paths


def test_a_traceback_that_a_program_prints_shows_no_file_of_the_machine(tmp_path, here):
    secret = tmp_path / "site-packages" / "secret.py"
    secret.parent.mkdir()
    secret.write_text("password = 'open sesame'\n")
    program = "import lenskit\nraise ValueError\n"
    aside = SITE / "lenskit" / ".." / ".." / ".." / ".." / ".." / ".." / secret.relative_to("/")
    for file in (secret, "/etc/passwd", aside):
        frames = f'  File "{file}", line 1, in f\n    password\n'
        told = about(here, log(program, frames, "ValueError"), {"solution.py": program})
        assert "sesame" not in told and "root:" not in told and "raise ValueError" in told


def test_what_is_asked_is_imported_only_where_it_is_installed(tmp_path, monkeypatch, here):
    (tmp_path / "notinstalled.py").write_text("import pathlib; pathlib.Path('ran').touch()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for path in ("notinstalled.thing", "lenskit.__main__.main", "antigravity.fly"):
        here.ask(failures.question(failures.read(log("x\n", "", f"ImportError: No module named '{path}'"), {}), None))
    assert not (tmp_path / "ran").exists() and introspection.imported("lenskit.__main__") is None


@pytest.mark.parametrize("text", ["", "no traceback\n", "Traceback (most recent call last):\n", "killed"])
def test_without_a_traceback_nothing_is_told(text, here):
    assert about(here, text, {"solution.py": "x"}) == ""


def test_modules_of_the_program_are_none_of_a_library(here):
    program = "import steps\nfrom steps import fit\nsteps.go(fit)\n"
    told = about(
        here, log(program, "", "AttributeError: module 'steps' has no attribute 'go'"),
        {"solution.py": program, "steps.py": "def fit(): pass\n"},
    )  # fmt: skip
    assert told.endswith("steps.go(fit)")


def test_a_process_of_the_experiments_interpreter_answers(tmp_path):
    program, frames, error, wanted = FAILURES["invented lab argument"]
    told = about(Interpreter(tmp_path), log(program, frames, error), {"solution.py": program})
    assert wanted[0] in told and list(tmp_path.iterdir()) == []


def test_an_interpreter_that_ends_without_an_answer_leaves_what_the_program_shows(tmp_path):
    program, frames, error, _ = FAILURES["Pipeline.fit"]
    told = about(Interpreter(tmp_path, python="/bin/false"), log(program, frames, error), {"solution.py": program})
    assert told == "The line that failed, solution.py, line 3, in <module>:\np.fit(data)"
