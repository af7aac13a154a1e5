"""The corpora: every wrong program is caught by name, and no right one is accused."""

import re

import pytest

from autoreclab import checks
from autoreclab.lab import simulation
from tests.corpora import FOLDER, documented, programs, run

WRONG, RIGHT = programs("wrong"), programs("right")
STUDY = "the_usual_study"  # it takes half a minute and has a test of its own


MADE_UP = r'(?:error|warning|_complaint|_note|Finding)\(\s*"([a-z-]+)"|yield "([a-z-]+)",|"(worse-than-[a-z]+)"'
"""How the code names what it finds."""
NO_PROGRAM = {"ledger"}  # only a broken harness can cause it
OWNED = {"not-owned", "unevaluated"}  # of tasks that own their evaluation: tests/test_owned_programs.py


@pytest.fixture
def entries(request, tmp_path):
    """Where the data of a program lie."""

    def of(program):
        table = tmp_path / "plays.csv"
        if "plays" in program.data:
            plays = simulation.simulate(120, 150, 3_000, seed=5)
            plays.assign(item=plays["item"] + 1_000).to_csv(table, index=False)
        real = [str(request.getfixturevalue("real_data"))] if "ml-100k" in program.data else []
        return [*real, *(str(table) if name == "plays" else name for name in program.data)]

    return of


@pytest.mark.parametrize("program", WRONG, ids=lambda program: program.name)
def test_a_wrong_program_is_caught_by_name(program, entries, tmp_path):
    execution, findings, evidence = run(program, entries(program), tmp_path)
    log = evidence.outputs["log.txt"].decode()
    assert execution.status == program.says.get("ends", "ok"), log
    assert set(program.caught) <= {finding.name for finding in findings}, findings
    assert {finding.name: finding.binding for finding in findings}.items() <= documented().items()
    assert any(finding.binding for finding in findings) == program.says.get("binds", True), findings


@pytest.mark.parametrize("program", [p for p in RIGHT if p.name != STUDY], ids=lambda program: program.name)
def test_a_right_program_is_not_accused(program, entries, tmp_path):
    execution, findings, evidence = run(program, entries(program), tmp_path)
    assert execution.status == "ok", evidence.outputs["log.txt"].decode()
    assert [finding for finding in findings if finding.binding] == []
    assert {finding.name for finding in findings} == set(program.says.get("warns", [])), findings
    if program.design.metrics:
        assert checks.design(evidence)[0], checks.design(evidence)


def test_every_finding_is_documented_and_has_a_wrong_program():
    package = FOLDER.parent / "autoreclab"
    modules = ("running.py", "lab/recompute.py", "lab/inspection.py", "lab/owned_results.py")
    sources = [*package.glob("audits/*.py"), *(package / module for module in modules)]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    named = {name for found in re.findall(MADE_UP, text) for name in found if name}
    assert named == set(documented())
    assert {name for program in WRONG for name in program.caught} | NO_PROGRAM | OWNED == named


def test_the_usual_study_is_short_and_gives_all_of_its_270_values(real_data, tmp_path):
    """3 datasets, 3 algorithms, 5 split seeds and 6 metrics, of which none of 55 recorded runs was ever right."""
    program = next(program for program in RIGHT if program.name == STUDY)
    assert program.files["solution.py"].count(b"\n") <= 40
    execution, findings, evidence = run(program, [str(real_data), *program.data], tmp_path)
    assert (execution.rows, execution.recomputed) == (270, 270)
    assert findings == () and checks.design(evidence)[0]
