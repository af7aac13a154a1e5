"""Locating a run's datasets: names, folders, and tables of the user's own in every format."""

import pandas as pd
import pytest

from autoreclab import data
from autoreclab.errors import DataError
from autoreclab.lab import recipes, sources
from autoreclab.lab.places import PLACES
from autoreclab.task import Task

FRAME = pd.DataFrame({"listener_id": ["a", "a", "b"], "user": [7, 7, 8], "track_id": ["x", "y", "x"], "ts": [1, 2, 3]})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(PLACES, "data", ())
    return tmp_path


def task(body="Compare."):
    return Task(body, "Title", body)


def test_parquet_tables_are_data_like_any_other(folder):
    (folder / "mine").mkdir()
    FRAME.to_parquet(folder / "mine" / "plays.parquet")
    found = data.find([str(folder / "mine")], task())
    assert found.datasets == ("plays",)
    assert found.names == ("plays.parquet",)
    assert {**found.facts[0], "sha256": ""} == {
        "name": "plays",
        "sha256": "",
        "interactions": 3,
        "users": 2,
        "items": 2,
    }
    assert found.preview.splitlines() == [
        '`lab.load("plays")`, file `plays.parquet`: 3 interactions, 2 users, 2 items, density 75.00%',
        "- `user` (int64): 7 to 8, 2 distinct",
        "- `item` (object): x to y, 2 distinct",
        "- `timestamp` (int64): 1 to 3, 3 distinct",
    ]


def test_an_experiment_finds_its_parquet_table_by_name_and_the_harness_rebuilds_its_split(folder, monkeypatch):
    from autoreclab import lab

    FRAME.to_parquet(folder / "plays.parquet")
    found = data.find([str(folder / "plays.parquet")], task())
    (folder / "run").mkdir()
    found.place(folder / "run")
    monkeypatch.chdir(folder / "run")
    monkeypatch.setattr(PLACES, "data", ())
    split = lab.split(lab.load("plays"), "leave-one-last")
    assert split.training.sha256 == found.facts[0]["sha256"]
    monkeypatch.setattr(PLACES, "data", tuple(map(folder.joinpath, found.places)))
    assert recipes.rebuild(split.recipe).fingerprint == split.fingerprint


def test_known_datasets_whose_files_have_one_name_get_folders(folder, monkeypatch):
    for name, table in (("ml-20m", "1,1,5"), ("ml-25m", "2,2,4")):
        monkeypatch.setitem(sources.KNOWN, name, sources.Source(name, "ratings.csv", (1, 1, 1), ""))
        (folder / "cache" / name).mkdir(parents=True)
        (folder / "cache" / name / "ratings.csv").write_text(f"user,item,rating\n{table}\n")
    found = data.find((), task("Compare on MovieLens-20M and MovieLens-25M."))
    assert found.names == ("ml-20m/ratings.csv", "ml-25m/ratings.csv")
    assert "file `ml-25m/ratings.csv`" in found.preview
    (folder / "run").mkdir()
    found.place(folder / "run")
    assert sources.locate(sources.KNOWN["ml-25m"], folder / "run") == folder / "run" / "ml-25m" / "ratings.csv"


def test_what_is_no_table_is_no_data(folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.md").write_text("user,item")
    with pytest.raises(DataError, match=r"names no table\. Known are ml-100k"):
        data.find([str(folder / "mine")], task())


def test_a_table_named_beside_a_dataset_is_one_more(folder):
    FRAME.to_parquet(folder / "plays.parquet")
    assert data.find(["simulated", "plays.parquet"], task()).datasets == ("simulated", "plays")
    assert data.find(["plays.parquet"], task("Compare on simulated data.")).datasets == ("simulated",)


def test_a_preview_says_how_often_each_rating_is_given(folder):
    pd.DataFrame({"user": [1, 1, 2, 3], "item": [1, 2, 1, 1], "rating": [3, 5, 5, 4]}).to_csv("stars.csv", index=False)
    preview = data.find([str(folder / "stars.csv")], task()).preview
    assert "- `rating` (int64): 3 to 5, 3 distinct: 3 25.0%, 4 25.0%, 5 50.0%" in preview
