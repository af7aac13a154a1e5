"""Loading data: where it is looked for, and what is checked."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autoreclab import lab
from autoreclab.errors import DataError
from autoreclab.lab import sources
from autoreclab.lab.places import PLACES

TABLE = "user,item,rating\n1,1,5\n1,2,3\n2,1,4\n"


def test_a_file_is_loaded_by_path_name_or_stem(folder, monkeypatch):
    (folder / "deep" / "below").mkdir(parents=True)
    path = folder / "deep" / "below" / "mine.csv"
    path.write_text(TABLE)
    monkeypatch.setenv("AUTORECLAB_DATA", str(folder / "deep"))
    loaded = [lab.load(name) for name in (str(path), "mine.csv", "mine")]
    assert {data.name for data in loaded} == {"mine"}
    assert len({str(data.recipe) for data in loaded}) == 1
    assert (loaded[0].n_users, loaded[0].n_items, len(loaded[0].interactions)) == (2, 2, 3)


def test_what_the_command_line_names_comes_before_the_variable(folder, monkeypatch):
    for place, rating in (("named", 1), ("variable", 2)):
        (folder / place).mkdir()
        (folder / place / "x.csv").write_text(f"user,item,rating\n1,1,{rating}\n")
    monkeypatch.setenv("AUTORECLAB_DATA", str(folder / "variable"))
    assert lab.load("x").interactions["rating"].tolist() == [2]
    monkeypatch.setattr(PLACES, "data", (folder / "named",))
    assert lab.load("x").interactions["rating"].tolist() == [1]


def test_a_changed_file_is_read_again(folder):
    path = folder / "x.csv"
    path.write_text(TABLE)
    before = lab.load("x")
    path.write_text(TABLE + "3,1,1\n")
    assert lab.load("x").sha256 != before.sha256
    assert lab.load("x").n_users == 3


def test_missing_data_says_what_there_is():
    with pytest.raises(DataError, match=r"no dataset or file 'absent' was found.*--data.*ml-100k"):
        lab.load("absent")


def test_a_known_dataset_of_another_size_is_refused(folder):
    (folder / "u.data").write_text("1\t1\t5\t1\n")
    with pytest.raises(DataError, match="is not ml-100k: 1 interactions of 1 users and 1 items instead of 100,000"):
        lab.load("ml-100k")


def test_several_datasets_that_call_their_file_alike_are_told_apart(folder):
    for name in ("ml-20m", "ml-25m", "other"):
        (folder / name).mkdir()
        (folder / name / "ratings.csv").write_text(TABLE)
    assert sources.obtain(sources.KNOWN["ml-25m"]) == folder / "ml-25m" / "ratings.csv"


def test_a_dataset_is_found_in_the_folder_that_its_archive_makes(folder):
    for name in ("ml-1m", "ml-10M100K"):
        (folder / name).mkdir()
        (folder / name / "ratings.dat").write_text("1::1::5::1\n")
    assert sources.obtain(sources.KNOWN["ml-10m"]) == folder / "ml-10M100K" / "ratings.dat"
    assert sources.obtain(sources.KNOWN["ml-1m"]) == folder / "ml-1m" / "ratings.dat"


def test_counts_that_are_not_known_are_not_checked():
    frame = pd.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1]})
    sources.Source("tiny", "u.data", (3, None, 2), "").check(frame, "u.data")
    sources.Source("tiny", "u.data", (None, None, None), "").check(frame, "u.data")
    with pytest.raises(DataError, match=r"3 interactions of 2 users and 2 items instead of \? interactions of 9 users"):
        sources.Source("tiny", "u.data", (None, 9, None), "").check(frame, "u.data")


def test_check_ins_are_read_though_no_header_names_their_columns(folder, monkeypatch):
    gowalla = sources.KNOWN["gowalla"]
    monkeypatch.setitem(sources.KNOWN, "gowalla", dataclasses.replace(gowalla, counts=(2, 2, 1)))
    lines = ["7\t2010-07-24T13:45:06Z\t53.4\t-2.2\t145064", "7\t2010-07-24T13:44:58Z\t53.4\t-2.2\t145064",
             "8\t2010-07-24T13:44:46Z\t53.4\t-2.2\t145064"]  # fmt: skip
    (folder / gowalla.file).write_text("\n".join(lines))
    frame = lab.load("gowalla").interactions
    assert frame.to_numpy().tolist() == [[7, 145064, 1279979106], [8, 145064, 1279979086]]


@pytest.mark.parametrize("source", sources.KNOWN.values(), ids=sources.KNOWN)
def test_every_known_dataset_can_be_fetched_cited_and_told_apart(source):
    assert source.address.startswith("https://")
    assert source.licence
    assert re.match(r"@\w+\{\w+,\n  author = ", source.bibtex)
    assert source.bibtex.count("{") == source.bibtex.count("}")
    assert source.address.endswith(".zip") or Path(source.address).name.removesuffix(".gz") == source.file
    assert all(count is None or count > 0 for count in source.counts)


def test_a_path_given_is_the_only_place_looked_in(folder):
    (folder / "u.data").write_text("1\t1\t5\t1\n")
    with pytest.raises(DataError, match=r"holds no u\.data of ml-100k"):
        lab.load("ml-100k", path=folder / "nowhere")


def test_a_table_of_the_programs_own_has_no_recipe():
    data = lab.dataset(pd.DataFrame({"user": [1, 1, 2], "item": ["a", "a", "b"], "note": 0}), "own")
    assert data.recipe is None
    assert list(data.interactions.columns) == ["user", "item"]
    assert len(data.interactions) == 2


def test_a_table_without_items_or_with_gaps_is_refused():
    with pytest.raises(ValueError, match="columns user and item"):
        lab.dataset(pd.DataFrame({"user": [1]}), "own")
    with pytest.raises(DataError, match="values are missing"):
        lab.dataset(pd.DataFrame({"user": [1.0, np.nan], "item": [1, 2]}), "own")


def test_simulated_data_is_the_same_for_the_same_seed():
    first, again, other = (lab.load("simulated", seed=seed) for seed in (1, 1, 2))
    assert first.recipe == again.recipe
    assert first.interactions.equals(again.interactions)
    assert first.sha256 != other.sha256


def test_simulated_data_has_a_long_tail_ratings_and_timestamps():
    data = lab.load("simulated", n_users=200, n_items=300, n_interactions=9_000)
    counts = data.interactions["item"].value_counts()
    assert abs(len(data.interactions) - 9_000) < 200
    assert counts.head(30).sum() > 2.5 * counts.sum() * 30 / 300
    assert set(data.interactions["rating"]) == {1, 2, 3, 4, 5}
    assert not data.interactions.duplicated(["user", "item"]).any()
    assert data.interactions["timestamp"].nunique() > 8_000


@pytest.mark.parametrize("options", [
    {"n_users": 0}, {"n_users": -5, "n_items": -5, "n_interactions": 3}, {"n_interactions": 1_000_000},
    {"n_users": 10**9},
])  # fmt: skip
def test_simulated_data_of_impossible_size_is_refused(options):
    with pytest.raises(ValueError, match="don't fit together"):
        lab.load("simulated", **options)


def test_only_simulated_data_takes_options():
    with pytest.raises(TypeError, match="only simulated data takes options"):
        lab.load("ml-100k", seed=1)


def test_movielens_has_its_published_sizes(movielens):
    assert (len(movielens.interactions), movielens.n_users, movielens.n_items) == (100_000, 943, 1_682)
