"""Long texts are cut by meaning: what tells of trouble stays, the budget holds, and gaps are said."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoreclab import excerpts
from tests.evidence import table

PROGRESS = "".join(f"epoch {number}: loss {1 / (number + 1):.6f}\n" for number in range(20_000))
MIDDLE = len(PROGRESS) // 2
BLOCK = """\
Traceback (most recent call last):
  File "solution.py", line 12, in main
    model = lab.train(trial.algorithm, split)
  File "lab/training.py", line 80, in train
    raise ValueError(name)
ValueError: unknown algorithm 'ALS'
"""
SPLITS = "".join(f"| split{n} | 0.{n}00 | 943 |\n" for n in range(8))


def inserted(block):
    start = PROGRESS.index("\n", MIDDLE) + 1
    return PROGRESS[:start] + block + PROGRESS[start:]


def test_a_short_log_is_whole():
    assert excerpts.of_log("one\rtwo\n\nthree", 100) == "one\rtwo\n\nthree"


def test_a_traceback_in_the_middle_of_five_megabytes_is_kept_whole_and_quickly():
    started = time.perf_counter()
    found = excerpts.of_log(5 * PROGRESS + inserted(BLOCK) + 4 * PROGRESS, 8_000)
    assert BLOCK in found and len(found) <= 8_000
    assert found.startswith("epoch 0: loss") and found.endswith("epoch 19999: loss 0.000050")
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    "line",
    ["ConvergenceWarning: it did not converge", "loss is nan", "problem: seed=3: 4 items", "Killed", "FAILED: 3"],
)
def test_a_line_that_tells_of_trouble_is_kept_with_what_stands_about_it(line):
    found = excerpts.of_log(inserted(f"before\n{line}\nafter\n"), 4_000)
    assert f"before\n{line}\nafter\n" in found


def test_a_table_in_the_middle_is_kept_up_to_a_limit():
    assert SPLITS in excerpts.of_log(inserted(SPLITS), 8_000)
    many = "".join(f"user,{n},0.5\n" for n in range(10_000))
    found = excerpts.of_log(inserted(many), 8_000)
    assert "user,0,0.5\nuser,1,0.5\n" in found and "user,9999,0.5\n" in found and "user,5000," not in found


def test_trouble_that_repeats_itself_does_not_drown_the_rest():
    noise = "".join(f"Warning: user {n} has no item\n" for n in range(5_000))
    found = excerpts.of_log(inserted(noise + BLOCK + noise), 6_000)
    assert BLOCK in found and found.count("Warning: user") < 20


def test_the_last_error_comes_before_the_others():
    errors = "".join(f"Error{chr(97 + n % 26)}{chr(97 + n // 26)}: one of many\n{'-' * 90}\n" for n in range(500))
    found = excerpts.of_log(errors + "MemoryError: the last\n" + PROGRESS, 3_000)
    assert "MemoryError: the last" in found


def test_a_line_without_end_loses_its_middle():
    found = excerpts.of_log("a" * 1_000_000 + "ValueError: so" + "\nend", 2_000)
    assert found.endswith("aaaValueError: so\nend") and "aaa … aaa" in found


def test_gaps_say_how_much_is_left_out():
    found = excerpts.of_text("\n".join(map(str, range(1_000))), 200).splitlines()
    (gap,) = [line for line in found if "left out" in line]
    assert gap == f"… {1_000 - len(found) + 1} lines left out …"
    assert found[:2] == ["0", "1"] and found[-2:] == ["998", "999"]


LINES = st.lists(
    st.sampled_from(["", "x", "a, b, c", "ValueError: no", "Traceback (most recent call last):", "  at", "y" * 900])
)


@given(LINES.map("\n".join) | st.text(), st.integers(100, 2_000))
def test_a_budget_holds_and_equal_texts_have_equal_excerpts(text, budget):
    for excerpt in (excerpts.of_log, excerpts.of_text):
        found = excerpt(text, budget)
        assert len(found) <= budget and found == excerpt(text, budget)
        assert len(text) > budget or found == text
    assert (
        len(
            excerpts.of_files(
                {"a.txt": text.encode(errors="replace"), "b.csv": text.encode(errors="replace")}, {}, budget
            )
        )
        <= budget
    )


# Results


def test_times_are_left_out_of_tables_and_of_json_at_any_depth():
    assert excerpts.as_shown("a.csv", 'a,seconds,b\r\n1,2.5,"x,\ny"\r\n') == 'a,b\n1,"x,\ny"\n'
    assert excerpts.as_shown("a.csv", "a,b\r\n1,2\r\n") == "a,b\n1,2\n"
    assert json.loads(excerpts.as_shown("a.json", '{"seconds": 1, "b": [{"recorded": 2, "c": 3}]}')) == {
        "b": [{"c": 3}]
    }
    assert excerpts.as_shown("a.json", "no json") == "no json"
    assert excerpts.as_shown("a.txt", "seconds: 3") == "seconds: 3"


def test_metadata_keep_their_entries_and_the_ends_of_their_lists():
    trials = [{"factors": {"seed": seed}, "seed": seed} for seed in range(300)]
    found = excerpts.of_metadata(json.dumps({"versions": {"python": "3.11"}, "trials": trials, "problems": []}), 2_000)
    assert found.startswith('"versions": {"python": "3.11"},\n"trials": [\n {"factors": {"seed": 0}, "seed": 0},')
    assert '"seed": 299},\n],\n"problems": [\n],' in found and "lines left out" in found and len(found) <= 2_000


def test_files_are_listed_with_what_they_hold():
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4)
    outputs = {
        "results.csv": table([{"algorithm": "EASE", "value": "0.1", "seconds": "2.5"}]),
        "figures/ndcg@10.png": png,
        "notes.txt": b"one\ntwo\nthree\nfour\n",
        "metadata.json": b"{}",
        "model.bin": b"\0" * 10,
        "log.txt": b"shown elsewhere",
        "trials/a.json": b"{}",
        "trials/a.parquet": b"",
        **{f"many/{n}.txt": b"x" for n in range(50)},
    }
    assert excerpts.of_files(outputs, {"big.bin": 12_000_000}, 5_000).splitlines() == [
        "figures/ndcg@10.png: a picture of 640 x 480 pixels",
        "metadata.json: 1 line",
        "model.bin: 10 bytes",
        "notes.txt: 4 lines",
        "    one",
        "    two",
        "    three",
        "results.csv: a table of 1 row; columns: algorithm, value, seconds",
        "    algorithm,value",
        "    EASE,0.1",
        "many/: 50 files",
        "trials/: 2 files",
        "big.bin: 12000000 bytes, too large for git",
    ]


def test_every_file_is_named_before_any_is_shown():
    outputs = {f"{name}.txt": b"word " * 50 for name in "abcdefgh"}
    found = excerpts.of_files(outputs, {}, 700)
    assert all(f"{name}.txt: 1 line" in found for name in "abcdefgh") and len(found) <= 700
