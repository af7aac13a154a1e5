"""What preflight finds in a program before it runs, and that it accuses no program that runs."""

import json
import re
import subprocess
import sys

import pytest

from autoreclab.preflight import FOUND, SCRIPT, Preflight, There
from tests import researcher
from tests.corpora import FOLDER, programs
from tests.offline.asking import ask, solution
from tests.offline.test_programs import SMALL

DATASETS = ("simulated", "ml-100k", "plays", "plays.csv")


@pytest.fixture(scope="module")
def introspect(tmp_path_factory):
    """Introspection in a plain process, which counts how often it was asked."""
    asked = []

    def run(files):
        place = tmp_path_factory.mktemp("introspection")
        for name, content in files.items():
            (place / name).write_bytes(content)
        subprocess.run([sys.executable, SCRIPT.name], cwd=place, check=True)
        asked.append(files)
        return json.loads((place / FOUND).read_text())

    run.asked = asked
    return run


def others():
    """Programs of the offline researcher, of the scripted one, and of the README and the documentation."""
    for recipe, request in SMALL.items():
        text = f"---\nrecipe: {recipe}\n---\n# A {recipe} study\n\n{request}\n"
        yield f"recipe_{recipe}", solution(ask("draft", text, plan=ask("plan", text)))
    yield "scripted", researcher.PROGRAM.format(noise=0.5, seeds=[0])
    yield "scripted_seeds", researcher.SEEDS_PROGRAM.format(noise=0.5, seeds=[0])
    for page in (FOLDER.parent / "README.md", *sorted((FOLDER.parent / "docs").glob("*.md"))):
        for number, code in enumerate(re.findall(r"(?ms)^```python\n(.*?)^```", page.read_text("utf-8"))):
            if "import lab" in code:  # the others are fragments
                yield f"{page.stem}_{number}", code


def test_no_program_that_runs_is_accused(introspect):
    corpora = [program for kind in ("right", "wrong") for program in programs(kind)]
    texts = {program.name: program.files["solution.py"].decode() for program in corpora} | dict(others())
    for name, text in texts.items():  # what they read, one by one; what they use of modules, all in one process
        there = There(set(), DATASETS)
        assert Preflight(lambda _: None).check({"solution.py": text}, there) == (), name
    together = {f"{name}.py": text for name, text in texts.items()} | {"solution.py": "import json\n"}
    assert Preflight(introspect).check(together, There(set(), DATASETS)) == ()
    assert len(introspect.asked) == 1
