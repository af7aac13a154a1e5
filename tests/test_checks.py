"""What code alone decides about a node, and what it leaves to a judge."""

import io
import warnings
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from autoreclab import checks
from autoreclab.bulk import LeftOut, written
from autoreclab.nodes import Finding
from tests.evidence import DESIGN, evidence, row, trial

DOCS = Path(__file__).parent.parent / "docs" / "requirements.md"


def decided(check, **given):
    return checks.read(check)(evidence(**given))


def figure(kind, *lines):
    """A picture of these lines' values, of nothing without any."""
    drawing = Figure(figsize=(3, 2))
    for line in lines:
        drawing.subplots().plot(line)
    content = io.BytesIO()
    drawing.savefig(content, format=kind)
    return content.getvalue()


# How a check is written


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("design", checks.Check("design")),
        ("  rows   results.csv  60+ ", checks.Check("rows", ("results.csv", "60+"))),
        ("columns out/a.csv user, n items", checks.Check("columns", ("out/a.csv", "user, n items"))),
        ("figures", checks.Check("figures")),
        ("figures my plot.png", checks.Check("figures", ("my plot.png",))),
    ],
)
def test_a_check_is_a_name_and_its_arguments(text, check):
    assert checks.read(text) == check


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("desing", r"unknown check 'desing'\. Did you mean 'design'\? There are design, baseline"),
        ("", "unknown check ''"),
        ("design of it", "the check is `design`, not 'design of it'"),
        ("rows results.csv", "the check is `rows PATH N`, not 'rows results.csv'"),
        ("seeds five", "the check is `seeds N`"),
        ("file", "the check is `file PATH`, not 'file'"),
    ],
)
def test_a_check_that_cannot_be_read_is_told_how_it_is_written(text, reason):
    with pytest.raises(ValueError, match=reason):
        checks.read(text)


def test_the_documentation_lists_every_check():
    table = "".join(f"| `{usage}` | {help} |\n" for usage, help in checks.listing())
    assert table in DOCS.read_text()


# The design and its ledger


def test_a_complete_ledger_meets_the_design():
    assert decided("design") == (True, "All 2 values of the design are in the ledger, each once, each recomputed.")


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
    met, why = decided("design", rows=rows)
    assert not met and reason in why


def test_a_design_without_conditions_is_not_covered():
    assert not decided("design", design=DESIGN.model_copy(update={"metrics": ()}))[0]


def test_levels_are_compared_as_numbers_where_they_are():
    assert decided("design", rows=[row(seed="0.0"), row(seed="1.0")])[0]


def test_a_validation_value_and_a_test_value_are_not_the_same_twice():
    assert decided("design", rows=[row(), row(seed="1"), row(seed="1", part="validation")])[0]


def test_a_baseline_must_be_recomputed_on_every_dataset():
    assert decided("baseline")[0]
    assert not decided("baseline", rows=[row()])[0]
    assert not decided("baseline", rows=[row("Popular", "", source="program")])[0]


def test_recomputed_means_all_of_it_and_without_problems():
    assert decided("recomputed")[0]
    assert not decided("recomputed", rows=[])[0]
    assert not decided("recomputed", rows=[row(source="program")])[0]
    problems = (Finding("disagreement", "0.1 is 0.2"),)
    assert decided("recomputed", problems=problems) == (False, "disagreement: 0.1 is 0.2")


def test_seeds_are_counted_as_they_were_recorded():
    trials = [trial(0), trial(1), trial(None, "Popular")]
    assert decided("seeds 2", trials=trials) == (
        True,
        "seed has 2 levels, for which 2 different seeds or splits are recorded; 2 are required.",
    )
    assert not decided("seeds 3", trials=trials)[0]


def test_levels_that_stand_for_one_and_the_same_seed_are_one():
    met, why = decided("seeds 2", trials=[trial(0, recorded=7), trial(1, recorded=7)])
    assert not met and "2 levels, for which 1 different" in why


def test_seeds_of_splits_are_told_by_the_splits():
    rows = [row() | {"split_seed": str(n), "seed": "", "split": f"holdout(seed={n})"} for n in range(3)]
    assert decided("seeds 3", rows=rows)[0]
    assert not decided("seeds 3", rows=[{**each, "split": "holdout(seed=0)"} for each in rows])[0]


def test_without_a_replicate_or_a_recomputed_value_there_are_no_seeds():
    assert not decided("seeds 1", rows=[{"a": "1", "source": "recomputed"}])[0]
    assert not decided("seeds 1", rows=[row(source="program")], trials=[trial()])[0]


# Files


def test_the_figures_of_a_study_are_found_and_looked_at():
    png = figure("png", [1, 2, 1])
    assert decided("figures", outputs={"figures/ndcg@10.png": png})[0]
    assert decided("figures figures/a.png", outputs={"figures/a.png": png})[0]
    assert decided("figures figures/b.png", outputs={"figures/a.png": png}) == (
        False,
        "There is no file figures/b.png.",
    )
    assert decided("figures") == (False, "There is no figure.")


@pytest.mark.parametrize("kind", ["png", "jpg", "svg", "pdf"])
def test_a_blank_figure_is_none(kind):
    with warnings.catch_warnings(action="ignore"):
        blank, drawn = figure(kind), figure(kind, [1, 2, 1])
    assert decided("figures", outputs={f"a.{kind}": drawn})[0]
    assert decided("figures", outputs={f"a.{kind}": blank}) == (False, f"Nothing is drawn on a.{kind}.")
    assert decided("figures", outputs={f"a.{kind}": blank, f"b.{kind}": drawn})[0]


def test_what_is_transparent_is_blank():
    content = io.BytesIO()
    Image.linear_gradient("L").convert("RGBA").save(content, "png")
    assert decided("figures", outputs={"a.png": content.getvalue()})[0]
    clear = io.BytesIO()
    image = Image.linear_gradient("L").convert("RGBA")
    image.putalpha(0)
    image.save(clear, "png")
    assert not decided("figures", outputs={"a.png": clear.getvalue()})[0]


def test_a_file_is_there_and_not_empty():
    assert decided("file out/model.txt", outputs={"out/model.txt": b"x"})[0]
    assert decided("file README.md", program={"solution.py": "", "README.md": "Run it."})[0]
    assert decided("file out/model.txt", outputs={"out/model.txt": b""}) == (False, "The file out/model.txt is empty.")
    assert decided("file model.txt", outputs={"out/model.txt": b"x"}) == (False, "There is no file model.txt.")
    assert decided("file big.bin", outputs=written([LeftOut(10, "0" * 64, "big.bin")]))[0]


def parquet(frame):
    content = io.BytesIO()
    frame.to_parquet(content)
    return content.getvalue()


FRAME = pd.DataFrame({"user": [1, 2], "n items": [3, 4]})


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.csv", b'\xef\xbb\xbfuser,n items,c\n1,2,x\n\n2,3,"y\ny"\n'),
        ("a.tsv", b"user\tn items\n1\t2\n2\t3\n"),
        ("a.parquet", parquet(FRAME)),
    ],
)
def test_tables_have_columns_and_rows(path, content):
    outputs = {path: content}
    assert decided(f"columns {path} user, n items", outputs=outputs)[0]
    met, why = decided(f"columns {path} n items, item", outputs=outputs)
    assert not met and f"{path} has no column item, but user" in why
    assert decided(f"rows {path} 2", outputs=outputs) == (True, f"{path} has 2 rows; 2 are required.")
    assert decided(f"rows {path} 1+", outputs=outputs) == (True, f"{path} has 2 rows; 1 or more are required.")
    assert not decided(f"rows {path} 1", outputs=outputs)[0]
    assert not decided(f"rows {path} 3+", outputs=outputs)[0]


def test_a_table_that_is_not_there_has_nothing():
    assert decided("rows a.csv 2") == (False, "There is no file a.csv.")
    assert decided("columns a.csv user") == (False, "There is no file a.csv.")


# The program


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
    met, why = decided("clear", program=solution)
    assert not met and reason in why


@pytest.mark.parametrize(
    ("name", "program", "used"),
    [
        ("numpy", "import numpy as np\nprint(np.pi)\n", True),
        ("numpy", "from numpy.random import default_rng\ndefault_rng(1)\n", True),
        ("numpy", "import numpy as np\nnumpy = 1\n", False),
        ("numpy", "'import numpy'\n", False),
        ("implicit", "from autoreclab.lab import implicit\nimplicit(1)\n", False),
    ],
    ids=["as", "from", "idle", "in a string", "another of that name"],
)
def test_a_package_is_used_where_its_names_are(name, program, used):
    assert decided(f"package {name}", program=program)[0] is used


def test_lenskit_is_also_used_through_lab_but_not_by_a_baseline_or_a_function_of_ones_own():
    assert decided("package lenskit", trials=[trial()]) == (
        True,
        "lab trained ImplicitMF with LensKit, as metadata.json says.",
    )
    assert not decided("package lenskit", trials=[trial(scoring="function")])[0]
    assert not decided("package lenskit", trials=[trial(algorithm="Popular", scoring="lenskit")])[0]
    assert not decided("package torch", trials=[trial()])[0]


def test_the_command_line_is_what_the_harness_found():
    assert decided("reruns", command_line=True)[0]
    assert not decided("reruns", command_line=False)[0]


# What can't be decided


@pytest.mark.parametrize(
    ("check", "given"),
    [
        ("reruns", {}),
        ("rows a.xlsx 2", {"outputs": {"a.xlsx": b"PK"}}),
        ("rows a.csv 2", {"outputs": {"a.csv": b""}}),
        ("rows a.csv 2", {"outputs": {"a.csv": b"\xff\xfe\x00"}}),
        ("rows a.parquet 2", {"outputs": {"a.parquet": b"PAR1"}}),
        ("rows big.csv 2", {"outputs": written([LeftOut(10, "0" * 64, "big.csv")])}),
        ("figures", {"outputs": {"a.png": b"\x89PNG\r\n\x1a\n"}}),
        ("figures", {"outputs": {"a.pdf": b"no pdf"}}),
        ("figures notes.txt", {"outputs": {"notes.txt": b"a"}}),
        ("package numpy", {"program": "def broken(:\n"}),
    ],
)
def test_what_a_check_cannot_read_it_does_not_decide(check, given):
    with pytest.raises((ValueError, OSError, SyntaxError)):
        decided(check, **given)


def test_a_huge_picture_is_not_decoded():
    content = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(content, "png")
    with pytest.raises(ValueError, match="too large"), warnings.catch_warnings(action="ignore"):
        decided("figures a.png", outputs={"a.png": content.getvalue()})


def test_a_factor_without_a_value_is_no_level():
    assert not decided("seeds 2", rows=[row(), row(seed="")], trials=[trial(0)])[0]
