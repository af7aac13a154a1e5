"""Reading interactions from files of many shapes."""

import pandas as pd
import pytest

from autoreclab.errors import DataError
from autoreclab.lab import tables

ROWS = [[1, 10, 4.0, 100], [1, 11, 3.0, 200], [2, 10, 5.0, 300]]


def read(folder, text, encoding="utf-8"):
    path = folder / "data.csv"
    path.write_text(text, encoding=encoding)
    return tables.read(path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1\t10\t4\t100\n1\t11\t3\t200\n2\t10\t5\t300\n", id="tabs without a header"),
        pytest.param("1::10::4::100\n1::11::3::200\n2::10::5::300\n", id="double colons"),
        pytest.param("userId,movieId,rating,timestamp\n1,10,4,100\n1,11,3,200\n2,10,5,300", id="MovieLens header"),
        pytest.param("rating,ts,user_id,item_id\n4,100,1,10\n3,200,1,11\n5,300,2,10\n", id="other order"),
        pytest.param(
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t10\t4\t100\n1\t11\t3\t200\n2\t10\t5\t300\n",
            id="RecBole",
        ),
        pytest.param(
            "user;item;note;rating;timestamp\n1;10;x;4;100\n1;11;;3;200\n2;10;z;5;300\n", id="a further column"
        ),
        pytest.param(
            "\ufeffuser,item,rating,timestamp\r\n1,10,4,100\r\n1,11,3,200\r\n\r\n2,10,5,300\r\n", id="Windows"
        ),
        pytest.param(
            "user,item,rating,timestamp\n1,10,4,1970-01-01 00:01:40\n1,11,3,1970-01-01T00:03:20Z\n"
            "2,10,5,1970-01-01 00:05:00\n",
            id="dates",
        ),
    ],
)
def test_common_files_give_the_same_table(folder, text):
    frame = read(folder, text)
    assert list(frame.columns) == ["user", "item", "rating", "timestamp"]
    assert frame.astype(float).to_numpy().tolist() == ROWS


MOVIELENS = {
    "u.data": "196\t242\t3\t881250949\n186\t302\t3\t891717742\n",
    "ratings.dat": "196::242::3::881250949\n186::302::3::891717742\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n196,242,3.0,881250949\n186,302,3.0,891717742\n",
    "ml.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "196\t242\t3.0\t881250949.0\n186\t302\t3.0\t8.91717742E8\n",
}


@pytest.mark.parametrize("name", MOVIELENS)
def test_every_format_of_movielens_gives_the_same_table(folder, name):
    (folder / name).write_text(MOVIELENS[name])
    frame = tables.read(folder / name)
    assert frame[["user", "item"]].dtypes.tolist() == [int, int]
    assert frame.to_numpy().tolist() == [[196, 242, 3, 881250949], [186, 302, 3, 891717742]]


def test_an_atomic_file_may_have_texts_other_columns_and_no_rating(folder):
    (folder / "x.inter").write_text("user_id:token\tartist_id:token\tweight:float\ttags:token_seq\nu1\ta 1\t3\tx y\n")
    frame = tables.read(folder / "x.inter")
    assert list(frame.columns) == ["user", "item"]
    assert frame.to_numpy().tolist() == [["u1", "a 1"]]


@pytest.mark.parametrize("unit", [10**3, 10**6, 10**9])
def test_timestamps_in_parts_of_a_second_become_seconds(folder, unit):
    frame = read(folder, f"user,item,timestamp\n1,1,{1_600_000_000 * unit + unit // 2}\n1,2,{1_600_000_001 * unit}\n")
    assert frame["timestamp"].tolist() == pytest.approx([1_600_000_000.5, 1_600_000_001], abs=1e-3)


def test_columns_without_a_header_may_be_named_by_who_knows_them(folder):
    (folder / "x.txt").write_text("100\tann\t-\tb1\n200\tbob\t-\tb2\n")
    frame = tables.read(folder / "x.txt", ["timestamp", "user", "", "item"])
    assert frame.to_numpy().tolist() == [["ann", "b1", 100], ["bob", "b2", 200]]
    with pytest.raises(DataError, match="line 1: expected 3 cells, found 4"):
        tables.read(folder / "x.txt", ["timestamp", "user", "item"])


def parquet(folder, columns, **options):
    path = folder / "data.parquet"
    pd.DataFrame(columns).to_parquet(path, **options)
    return path


WHOLE = {"note": ["x", None, "z"], "ts": [100, 200, 300], "itemId": [10, 11, 10], "user_id": [1, 1, 2],
         "rating": [4.0, 3.0, 5.0]}  # fmt: skip


@pytest.mark.parametrize("changes", [
    pytest.param({}, id="plain"),
    pytest.param({"ts": pd.to_datetime([100, 200, 300], unit="s")}, id="dates"),
    pytest.param({"ts": pd.to_datetime([100, 200, 300], unit="s", utc=True).tz_convert("Asia/Tokyo")}, id="zones"),
    pytest.param({"ts": ["1970-01-01 00:01:40", "1970-01-01T00:03:20Z", "1970-01-01 00:05:00"]}, id="texts of dates"),
    pytest.param({"rating": pd.array([4, 3, 5], dtype="Int64"), "user_id": pd.Categorical([1, 1, 2])}, id="kinds"),
])  # fmt: skip
def test_parquet_files_give_the_same_table(folder, changes):
    frame = tables.read(parquet(folder, WHOLE | changes))
    assert list(frame.columns) == ["user", "item", "rating", "timestamp"]
    assert frame.astype(float).to_numpy().tolist() == ROWS


def test_a_parquet_file_gives_what_its_csv_gives(folder):
    columns = {"user": ["ann", "bob", "ann"], "item": [1, 1, 1], "rating": [1, 2, 3], "timestamp": [9, 5, 3]}
    pd.DataFrame(columns).to_csv(folder / "data.csv", index=False)
    by_parquet, by_csv = tables.read(parquet(folder, columns)), tables.read(folder / "data.csv")
    pd.testing.assert_frame_equal(by_parquet, by_csv)
    assert by_parquet.to_numpy().tolist() == [["ann", 1, 1, 9], ["bob", 1, 2, 5]]


@pytest.mark.parametrize(("columns", "words"), [
    pytest.param({"user": [1, None], "item": ["a", "b"]}, "1 values of user are missing", id="no user"),
    pytest.param({"user": [1], "item": [1], "rating": ["good"]}, "rating object", id="no number"),
    pytest.param({"user": [1], "item": [1], "rating": [float("inf")]}, "rating float64", id="infinite"),
    pytest.param({"user": [1], "item": [[1, 2]]}, "item object", id="lists"),
    pytest.param({"user": [1], "item": [1], "timestamp": ["yesterday"]}, "timestamp object", id="no time"),
    pytest.param({"user": [], "item": []}, "no interaction", id="empty"),
    pytest.param({"name": [1], "colour": [1]}, "expected a header with one user and one item column", id="unknown"),
    pytest.param({"user": [1], "user_id": [1], "item": [1]}, "expected a header", id="two users"),
])  # fmt: skip
def test_what_is_wrong_in_a_parquet_file_is_named(folder, columns, words):
    with pytest.raises(DataError, match=r"data\.parquet") as caught:
        tables.read(parquet(folder, columns))
    assert words in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PAR1 and then no more"])
def test_what_is_no_parquet_file_is_an_error(folder, content):
    (folder / "data.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"data\.parquet can't be read as Parquet"):
        tables.read(folder / "data.parquet")


def test_identifiers_may_be_texts(folder):
    frame = read(folder, "user,item\nann,b1\nbob,NA\n")
    assert frame.to_numpy().tolist() == [["ann", "b1"], ["bob", "NA"]]


@pytest.mark.parametrize(("text", "kept"), [
    pytest.param("user,item,rating,timestamp\n1,1,5,20\n1,1,2,10\n", 5, id="by timestamp"),
    pytest.param("user,item,rating\n1,1,5\n1,1,2\n", 2, id="else by line"),
])  # fmt: skip
def test_of_a_repeated_pair_the_latest_counts(folder, text, kept):
    assert read(folder, text)["rating"].tolist() == [kept]


@pytest.mark.parametrize(("text", "words"), [
    pytest.param("user,item,rating\n1,2,3\n1,3\n", "line 3: expected 3 cells, found 2", id="a cell too few"),
    pytest.param("user,item,rating\n1,2,3\n1,3,4,5\n", "line 3: expected 3 cells, found 4", id="a cell too many"),
    pytest.param("user,item,rating\n1,2,3,4\n1,3,4,5\n", "line 2: expected 3 cells, found 4", id="all too long"),
    pytest.param("1\t2\t3\t4\n1\t3\tx\t4\n", "line 2: the rating is 'x', not a number", id="no number"),
    pytest.param("1\t2\t3\t4\n1\t3\tnan\t4\n", "line 2: the rating is 'nan'", id="not a number"),
    pytest.param("user,item\n1,2\n,3\n", "line 3: the user is missing", id="no user"),
    pytest.param("user,item,timestamp\n1,2,yesterday\n", "line 2: the timestamp is 'yesterday'", id="no time"),
    pytest.param("name,colour\n1,2\n", "line 1: expected a header", id="unknown header"),
    pytest.param("user,userId,item\n1,2,3\n", "line 1: expected a header", id="two users"),
    pytest.param("1,2\n", "line 1: 2 columns and no header", id="two numbers"),
    pytest.param("", "line 1: the file is empty", id="empty"),
])  # fmt: skip
def test_what_is_malformed_is_named_with_its_line(folder, text, words):
    with pytest.raises(DataError, match=r"data\.csv") as caught:
        read(folder, text)
    assert words in str(caught.value)


def test_a_header_alone_and_bytes_that_are_no_text_are_errors(folder):
    with pytest.raises(DataError, match=r"data\.csv"):
        read(folder, "user,item\n")
    with pytest.raises(DataError, match="UTF-8"):
        read(folder, "user,item\n1,\u00e9\n", encoding="latin-1")


def test_an_unreadable_file_is_an_error(folder):
    with pytest.raises(DataError, match="can't be read"):
        tables.read(folder / "missing.csv")


def test_latest_keeps_the_order_of_rows():
    frame = pd.DataFrame({"user": [2, 1, 2], "item": [1, 1, 1], "timestamp": [9, 5, 3]})
    assert tables.latest(frame).to_numpy().tolist() == [[2, 1, 9], [1, 1, 5]]
