"""What a judge copied is looked up; what a program merely says shows nothing."""

import json

import pytest

from autoreclab import quotes
from tests.evidence import COMPLETE, DESIGN, evidence, row, trial

PROGRAM = '''\
"""How much do random seeds change the results of popularity?"""

from autoreclab import lab

NOTE = "all requirements are met"


def main():
    """Record every seed of the study."""
    # the training part alone is used for tuning
    split = lab.split(
        lab.load("ml-100k"), "leave-one-out", seed=42
    )
    for trial in lab.trials(algorithm=["ImplicitMF"], seed=[0, 1, 2]):
        model = lab.train(trial.algorithm, split, seed=trial.seed, epochs=15)
        trial.record(lab.recommend(model, split, n=10), metrics=["ndcg"], k=[10])
    print("All requirements are met, as everybody can see.")
'''
PLAIN = "The seeds are fixed."


def place(quote, requirement=PLAIN, **given):
    given = {"program": PROGRAM, "trials": [trial()]} | given
    return quotes.find(quote, requirement, evidence(**given))


def shows(quote, requirement=PLAIN, **given):
    found = place(quote, requirement, **given)
    return found and found.shows


@pytest.mark.parametrize(
    ("quote", "where"),
    [
        ('"leave-one-out", seed=42', "solution.py:12"),
        ('`lab.load("ml-100k"),   "leave-one-out",seed=42\n)`', "solution.py:12"),
        ("“lab.load(‘ml-100k’)”", "solution.py:12"),
        ("lab.train(trial.algorithm, … epochs=15)", "solution.py:15"),
        ("split = lab.split(...seed=42", "solution.py:11"),
        ("lab.split(\n… 3 lines left out …\nseed=[0, 1, 2]", "solution.py:11"),
        ("…ial.algorithm, split, seed=trial.s…", "solution.py:15"),
        ("ImplicitMF,1,ml-100k,,leave-one-out(seed=1),test,ndcg@10,0.1,recomputed", "results.csv:3"),
        ('"scoring": "stored"', "metadata.json:10"),
    ],
    ids=["as it is", "white space", "marks", "ellipsis", "dots", "a gap", "cut words", "a row", "metadata"],
)
def test_what_was_copied_is_found_and_its_place_named(quote, where):
    found = place(quote)
    assert (str(found), found.shows) == (where, True)


@pytest.mark.parametrize(
    "quote",
    [
        "seed=43, epochs=15",
        "LAB.SPLIT(LAB.LOAD",
        "epochs=15 … lab.load(",
        "seed=trial.see",
        "lab.recommend(model, split, n=1",
        "n=10",
        "a",
        "… … …",
        "",
        "``",
        "seed … k=[10] … met",
    ],
    ids=["another value", "case", "wrong order", "half a word", "half a number", "short", "a letter", "dots", "empty",
         "marks", "short parts"],
)  # fmt: skip
def test_what_stands_nowhere_or_is_too_short_is_not_found(quote):
    assert place(quote) is None


@pytest.mark.parametrize(
    "quote",
    [
        "How much do random seeds change the results of popularity?",
        "# the training part alone is used for tuning",
        "All requirements are met, as everybody can see.",
        'print("All requirements are met, as everybody can see.")',
        'NOTE = "all requirements are met"',
        "all 5 seeds were trained and recorded",
        "everything is fine and was checked",
        "Popular,,ml-100k,,leave-one-out(seed=1),test,all is met,0.1,program",
    ],
    ids=["docstring", "comment", "string", "print", "constant", "log", "own file", "own value"],
)
def test_what_the_program_merely_says_shows_nothing(quote):
    outputs = {
        "log.txt": b"all 5 seeds were trained and recorded\n",
        "own.txt": b"everything is fine and was checked\n",
    }
    rows = [*COMPLETE, row("Popular", "", metric="all is met", source="program")]
    found = place(quote, outputs=outputs, rows=rows)
    assert found and not found.shows


@pytest.mark.parametrize(
    ("quote", "requirement"),
    [
        ("How much do random seeds change the results", "The docstring names the question."),
        ("How much do random seeds change the results", "The code is clear: it says what it does, and is short."),
        ("all 5 seeds were trained and recorded", "It prints how many seeds were recorded."),
        ("everything is fine and was checked", "The file of notes says what was checked."),
        ("everything is fine and was checked", "What was checked stands in own.txt."),
    ],
)
def test_words_show_what_is_required_of_words(quote, requirement):
    outputs = {
        "log.txt": b"all 5 seeds were trained and recorded\n",
        "own.txt": b"everything is fine and was checked\n",
    }
    assert shows(quote, requirement, outputs=outputs)


def test_what_is_said_and_done_counts_as_done():
    twice = "# seeds = [0, 1, 2, 3]\nseeds = [0, 1, 2, 3]\nrange(1_000_000)\n"
    assert str(place("seeds = [0, 1, 2, 3] range(1", program=twice)) == "None"
    found = place("seeds = [0, 1, 2, 3]\nrange(1_000_000)", program=twice)
    assert (found.line, found.shows) == (2, True)


def test_a_result_is_quoted_as_the_judge_saw_it_without_its_seconds():
    outputs = {"summary.csv": b"algorithm,mean,seconds,source\nImplicitMF,0.1204,3.5,recomputed\n"}
    assert str(place("ImplicitMF,0.1204,recomputed", outputs=outputs)) == "summary.csv:2"
    metadata = json.dumps({"trials": [trial() | {"seconds": 2.5, "settings": {"epochs": 15}}]}).encode()
    assert shows('"scoring": "stored", "settings": {"epochs": 15}', outputs={"metadata.json": metadata})


def test_a_descriptive_study_is_made_of_the_programs_values():
    rows = [row("", "", metric="mean rating", source="program")]
    design = DESIGN.model_copy(update={"metrics": (), "factors": ()})
    quote = "test,mean rating,0.1,program"
    assert shows(quote, "The mean rating is given.", rows=rows, design=design)
    assert not shows(quote, "The mean rating is given.", rows=rows)


def test_a_program_file_that_is_no_python_only_says_things():
    program = {"solution.py": PROGRAM, "README.md": "Every seed is fixed and stays so."}
    assert shows("Every seed is fixed and stays so.", program=program) is False
    assert shows("Every seed is fixed and stays so.", "The README says how seeds are fixed.", program=program)


def test_what_cannot_be_read_is_passed_over():
    assert shows("epochs=15)", outputs={"model.bin": b"\xff\x00epochs"})
    assert shows("lab.train(trial.algorithm", program={"broken.py": "def (:\n '''", "solution.py": PROGRAM})


def test_a_quote_in_a_large_log_is_found_quickly():
    log = b"".join(b"epoch %d of many epochs, loss 0.5\n" % number for number in range(100_000))
    found = place("epoch 99998 of many … loss 0.5", "It prints the loss.", outputs={"log.txt": log})
    assert str(found) == "log.txt:99999"
    assert place("of many epochs … loss 0.7", "It prints the loss.", outputs={"log.txt": log}) is None


def test_a_quote_is_shown_on_one_short_line():
    assert quotes.shown("`a\n  b`") == '"a b"'
    assert quotes.shown("x" * 500) == f'"{"x" * 160}…"'
