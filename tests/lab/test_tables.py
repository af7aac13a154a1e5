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
