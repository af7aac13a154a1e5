"""Numbers in a text: what counts as one, and what bears it out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoreclab.numbers import Number, Sources, find, marked


def texts(text):
    return [number.text for number in find(text)]


def number(text):
    (found,) = find(text)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.0952 on average of 30.", ["0.0952", "30"]),
        ("from 0.09 to 0.10, 0.0936–0.0967", ["0.09", "0.10", "0.0936", "0.0967"]),
        ("0.1-0.2, [0.3, 0.4]", ["0.1", "0.2", "0.3", "0.4"]),
        ("by 4.3% (or 4.3 %, or 4 percent, or 4 per cent)", ["4.3%", "4.3 %", "4 percent", "4 per cent"]),
        ("by -0.012, −0.012, +12 % and ±0.002; .5", ["-0.012", "−0.012", "+12 %", "0.002", ".5"]),
        ("54,413 interactions; k of 1,5,10", ["54,413", "1", "5", "10"]),
        ("NDCG@10 with k = 10 and n=30, p<0.05", ["10", "10", "30", "0.05"]),
        ("the 5-core, 20-factor, 5th, 80/20, 1e-3, 100k", ["5", "20", "5", "80", "20", "1e-3", "100k"]),
        ("Hu et al. (2008)", ["2008"]),
        ("ml-100k, MovieLens-100K, F1, top-10, LensKit 2025.8.1", []),
        ("1. First\n 2) Second\n(3) third, and (4) fourth", []),
        ("thirty seeds, twice", []),
    ],
)
def test_what_is_a_number(text, found):
    assert texts(text) == found


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("0.0950", 0.095, 1e-4), ("4.3 %", 0.043, 1e-3), ("−2", -2, 1), ("54,413", 54413, 1), ("54,000", 54000, 1000),
     ("100,000", 100_000, 10_000), ("100k", 100_000, 1000), ("1.5M", 1.5e6, 1e5), ("1e-3", 1e-3, 1e-3)],
)  # fmt: skip
def test_what_a_number_says(text, value, unit):
    assert (number(text).value, number(text).unit) == (pytest.approx(value), pytest.approx(unit))


TABLE = Sources([0.0952, 0.0431, 943.0, 30.0, 54_413.0], exact=[0.25, 64], groups=[[0.0952, 0.0785], [0.2]])


@pytest.mark.parametrize(
    "text",
    ["0.095", "0.0952", "0.10", "4.3 %", "4 %", "943", "30 seeds", "54,413", "54,400", "about 54,000", "0.0785", "20 %",
     "0.25", "64"],
)  # fmt: skip
def test_a_value_rounded_to_the_digits_given_is_found(text):
    assert TABLE.unsupported(text) == []


@pytest.mark.parametrize(
    "text", ["0.096", "0.0951", "5 %", "944", "31 seeds", "54,414", "60,000", "9.5", "-0.0952", "0.2501", "1.0", "65"]
)
def test_what_is_no_value_is_not(text):
    assert [found.text for found in TABLE.unsupported(text)] == [text.split(" seeds")[0]]


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        ("differs by 0.0167", True), ("differs by 0.017", True), ("by -0.017", True), ("21 % higher", True),
        ("21.3 % higher", True), ("18 % lower", True), ("82 % of it", True), ("1.21 times as high", True),
        ("differs by 0.018", False), ("26 % higher", False), ("1.3 times as high", False), ("2 times", False),
    ],
)  # fmt: skip
def test_differences_and_ratios_of_what_can_be_compared_are_computed(text, supported):
    assert (TABLE.unsupported(text) == []) == supported


def test_what_cannot_be_compared_is_not():
    assert Sources([0.3, 0.2]).unsupported("by 0.1")
    assert not Sources([], groups=[[0.3, 0.2]]).unsupported("by 0.1")


def test_people_subtract_what_the_table_shows():
    exact = Sources([], groups=[[0.123449, 0.119951]])  # shown as 0.1234 and 0.1200; differ by 0.003498
    assert exact.unsupported("by 0.0034") == [] and exact.unsupported("by 0.0035") == []
    assert exact.unsupported("by 0.0036")


def test_a_setting_in_the_program_is_no_result_to_be_rounded():
    assert Sources([], exact=[0.4213]).unsupported("0.42") and not Sources([], exact=[0.4213]).unsupported("0.4213")


def test_marks_stand_behind_their_numbers_and_the_rest_is_as_it_is_shown():
    text = "NDCG is 0.42 and <17 %>\n\nor 0.0952."
    shown = marked(text, TABLE.unsupported(text), " [?]", lambda piece: piece.replace("<", "&lt;"))
    assert shown == "NDCG is 0.42 [?] and &lt;17 % [?]>\n\nor 0.0952."


@given(st.floats(-1e6, 1e6), st.integers(1, 6))
def test_every_value_bears_out_its_own_rounding(value, digits):
    assert Sources([value]).unsupported(f"{value:.{digits}f}") == []
    assert Sources([value]).unsupported(f"{100 * value:.{digits}f} %") == []
    assert Sources([round(value)]).unsupported(f"{round(value):,}") == []


@given(st.text())
def test_any_text_can_be_read(text):
    assert all(isinstance(found, Number) and found.end <= len(text) for found in find(text))
