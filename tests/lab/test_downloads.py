"""Fetching public datasets from a real server: what lands where, and what is refused."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from autoreclab.errors import DataError
from autoreclab.lab import downloads, sources

TABLE = b"1\t1\t5\t1\n1\t2\t3\t2\n2\t1\t4\t3\n"


def source(address):
    return sources.Source("tiny", "u.data", (3, 2, 2), address)


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "content"), [
    pytest.param("tiny.zip", zipped(**{"tiny/README": b"", "tiny/deep/u.data": TABLE}), id="zip with folders"),
    pytest.param("tiny.zip", zipped(**{"u.data": TABLE}), id="zip without folders"),
    pytest.param("u.data.gz", gzip.compress(TABLE), id="gzip"),
    pytest.param("u.data", TABLE, id="the file itself"),
])  # fmt: skip
def test_a_download_lands_in_the_cache_and_is_found_there(server, folder, name, content):
    root, address = server
    (root / name).write_bytes(content)
    seen = []
    path = downloads.download(source(f"{address}/{name}"), lambda done, total: seen.append((done, total)))
    assert path == folder / "cache" / "tiny" / "u.data"
    assert path.read_bytes() == TABLE
    assert seen[-1] == (len(content), len(content))
    (root / name).unlink()
    assert sources.obtain(source(f"{address}/{name}")) == path
    assert sorted(file.name for file in path.parent.iterdir()) == ["first-fetch.json", "u.data"]


@pytest.mark.parametrize(("name", "content"), [
    pytest.param("tiny.zip", None, id="nothing there"),
    pytest.param("tiny.zip", b"no archive", id="no archive"),
    pytest.param("tiny.zip", zipped(), id="empty archive"),
    pytest.param("tiny.zip", zipped(**{"u.data": TABLE})[:-30], id="half an archive"),
    pytest.param("u.data.gz", gzip.compress(TABLE)[:-9], id="half a gzip"),
    pytest.param("u.data.gz", TABLE, id="no gzip"),
])  # fmt: skip
def test_a_failed_download_says_which_file_to_put_where_and_leaves_nothing(server, folder, name, content):
    root, address = server
    if content is not None:
        (root / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        sources.obtain(source(f"{address}/{name}"))
    assert str(folder / "cache" / "tiny" / "u.data") in str(caught.value)
    assert "--data" in str(caught.value)
    assert not [path for path in Path("cache").rglob("*") if path.is_file()]


def test_a_second_fetch_of_other_content_is_an_error_that_names_both(server, folder):
    root, address = server
    (root / "u.data").write_bytes(TABLE)
    path = downloads.download(source(f"{address}/u.data"))
    first = json.loads((path.parent / "first-fetch.json").read_text())["sha256"]
    assert first == downloads.remembered(source(address)) == downloads.checksum(path)
    downloads.download(source(f"{address}/u.data"))
    (root / "u.data").write_bytes(TABLE + b"3\t1\t4\t3\n")
    with pytest.raises(DataError) as caught:
        downloads.download(source(f"{address}/u.data"))
    assert first in str(caught.value)
    assert downloads.checksum(root / "u.data") in str(caught.value)
    assert path.read_bytes() == TABLE
    (path.parent / "first-fetch.json").unlink()
    downloads.download(source(f"{address}/u.data"))
    assert path.read_bytes() != TABLE


def test_a_table_larger_than_a_chunk_arrives_whole(server, folder):
    root, address = server
    content = TABLE * 200_000
    (root / "u.data.gz").write_bytes(gzip.compress(content, 1))
    assert downloads.download(source(f"{address}/u.data.gz")).read_bytes() == content
