"""`autoreclab data`: what it says of public datasets, fetches from a real server and refuses."""

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from autoreclab import cli
from autoreclab.lab import sources

TABLE = "1\t1\t5\t1\n1\t2\t3\t2\n2\t1\t4\t3\n"


@pytest.fixture
def data(monkeypatch, capsys, tmp_path):
    """Run `autoreclab data …` in an empty folder; its exit status, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["autoreclab", "data", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        return ended.value.code or 0, written.out, written.err

    return run


@pytest.fixture
def tiny(server, monkeypatch):
    """A dataset that a server has, known as `tiny`, and the folder of the server."""
    root, address = server
    archive(root, TABLE)
    source = sources.Source("tiny", "u.data", (3, 2, 2), f"{address}/tiny.zip", "CC0", "@misc{tiny,\n}")
    monkeypatch.setitem(sources.KNOWN, "tiny", source)
    return root


def archive(root, table):
    with zipfile.ZipFile(root / "tiny.zip", "w") as opened:
        opened.writestr("tiny/u.data", table)


def test_the_list_has_a_line_for_each_dataset(data):
    status, out, _ = data("list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(sources.KNOWN)
    assert "100,000 interactions of 943 users and 1,682 items" in out
    assert "unverified" in out
    listed = json.loads(data("list", "--json")[1])
    assert listed[0]["name"] == "ml-100k"
    assert [entry["items"] for entry in listed if entry["name"] == "ml-32m"] == [None]


def test_info_gives_address_licence_counts_and_citation(data, tiny):
    status, out, _ = data("info", "tiny")
    assert status == 0
    for words in (
        "/tiny.zip",
        "CC0",
        "3 interactions of 2 users and 2 items",
        "@misc{tiny",
        "autoreclab data fetch tiny",
    ):
        assert words in out
    assert json.loads(data("info", "tiny", "--json")[1])["here"] is None


def test_fetch_then_check(data, tiny, tmp_path):
    fetched = Path(os.environ["AUTORECLAB_CACHE"]) / "tiny" / "u.data"
    status, out, _ = data("fetch", "tiny")
    assert (status, str(fetched) in out) == (0, True)
    status, out, _ = data("check", "tiny")
    assert status == 0
    assert "as published" in out
    assert "as first fetched" in out
    checked = json.loads(data("check", "tiny", str(fetched.parent), "--json")[1])
    assert checked["verified"] == {"counts": True, "sha256": True}
    assert json.loads(data("info", "tiny", "--json")[1])["sha256"] == checked["sha256"]


def test_a_fetch_of_other_content_ends_with_an_error(data, tiny):
    first = json.loads(data("fetch", "tiny", "--json")[1])["sha256"]
    archive(tiny, TABLE.replace("5", "4"))
    status, _, err = data("fetch", "tiny")
    assert status == 1
    assert first in err
    assert data("check", "tiny")[0] == 0


def test_check_says_unverified_where_nothing_is_known(data, tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(sources.KNOWN, "tiny", sources.Source("tiny", "u.data", (None, None, None), ""))
    (tmp_path / "u.data").write_text(TABLE)
    status, out, _ = data("check", "tiny", "u.data")
    assert status == 0
    assert out.count("unverified") == 2
    monkeypatch.setitem(sources.KNOWN, "tiny", sources.Source("tiny", "u.data", (3, None, 2), ""))
    assert "interactions and items as published, the rest unverified" in data("check", "tiny", "u.data")[1]


def test_check_fails_for_other_counts_and_another_checksum(data, tiny, tmp_path):
    data("fetch", "tiny")
    (tmp_path / "u.data").write_text(TABLE + "3\t1\t4\t3\n")
    status, _, err = data("check", "tiny", "u.data")
    assert (status, "4 interactions of 3 users" in err) == (1, True)
    (tmp_path / "u.data").write_text(TABLE.replace("5", "4"))
    status, _, err = data("check", "tiny", "u.data")
    assert (status, "not the one first fetched" in err) == (1, True)


@pytest.mark.parametrize(("arguments", "words"), [
    (("info", "ml-10k"), "Did you mean 'ml-100k'"),
    (("fetch", "simulated"), "No public dataset 'simulated' is known"),
    (("check", "tiny"), "autoreclab data fetch tiny"),
    (("check", "tiny", "nowhere"), "there is no such file or folder"),
    (("check", "tiny", "."), "holds no u.data of tiny"),
])  # fmt: skip
def test_bad_input_ends_with_one_sentence(data, tiny, arguments, words):
    status, out, err = data(*arguments)
    assert (status, out) == (1, "")
    assert words in err
    assert err.startswith("Error: ")
    assert len(err.splitlines()) == 1


def test_wrong_usage_has_its_own_status(data):
    assert data("info")[0] == 2
    assert data("list", "--help")[1].count("autoreclab data list") == 3
