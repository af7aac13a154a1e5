"""Every test of the lab runs in a folder of its own, with no data, cache or options but those it names."""

import os

import pytest

from autoreclab import lab
from autoreclab.lab.places import PLACES

DATA = os.environ.get("AUTORECLAB_TEST_DATA")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTORECLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AUTORECLAB_DATA", raising=False)
    monkeypatch.setattr(PLACES, "data", ())
    monkeypatch.setattr(PLACES, "out", tmp_path)
    return tmp_path


@pytest.fixture
def movielens(monkeypatch):
    if not DATA:
        pytest.skip("AUTORECLAB_TEST_DATA names no folder with ml-100k")
    monkeypatch.setenv("AUTORECLAB_DATA", DATA)
    return lab.load("ml-100k")


@pytest.fixture
def simulated():
    return lab.core(lab.implicit(lab.load("simulated"), above=3), 5)
