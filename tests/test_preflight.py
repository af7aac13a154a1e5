"""What preflight finds in a program before it runs, and that it accuses no program that runs."""

import json
import re
import subprocess
import sys

import pytest

from autoreclab.preflight import FOUND, SCRIPT, Preflight, There
from autoreclab.preflight.introspection import compiled
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


WRONG = {
    "import lensk1t": "There is no module 'lensk1t', and nothing can be installed.",
    "from json.decoders import JSONDecoder": "There is no module 'json.decoders' in the installed json.",
    "from autoreclab.lab import recomend": "autoreclab.lab has no 'recomend'.",
    "import numpy as np\nnp.trapzoid([1])": "numpy has no 'trapzoid'.",
    "import numpy as np\nnp.random.default_rngs(1)": "numpy.random has no 'default_rngs'.",
    "lab.evalute(1, 2)": "autoreclab.lab has no 'evalute'.",
    "lab.split(data, 'holdout', seeds=3)": "lab.split takes no 'seeds'. Did you mean 'seed'?",
    "lab.train('EASE')": "lab.train: missing a required argument: 'split'.",
    "lab.core(data, 5, 'users', 2)": "lab.core: too many positional arguments.",
    "parts = lab.split(data, 'holdout', seed=1)\nparts.train": "A Split has no attribute 'train'.",
    "first, second = lab.train_validation_test(data, 'holdout')\nsecond.training.users": (
        "A Dataset has no attribute 'users'."
    ),
    "for trial in lab.trials():\n    ...\nfor trial in lab.trials():\n    trial.record(results, metric=['ndcg'])": (
        "trial.record takes no 'metric'. Did you mean 'metrics'?"
    ),
    "open('ratings.csv')": "There is no file 'ratings.csv'. Did you mean 'plays.csv'?",
    "from pathlib import Path\nPath('data/plays.csv').read_text()": (
        "There is no file 'data/plays.csv'. Did you mean 'plays.csv'?"
    ),
    "lab.load('ml-100m')": "There is no dataset or file 'ml-100m'. Did you mean 'ml-100k'?",
    "from lenskit.als import ImplicitMF": "lenskit.als has no 'ImplicitMF'.",
    "from lenskit.als import ImplicitMFScorer\nImplicitMFScorer(features=8)\nImplicitMFScorer(embedding_sise=8)": (
        "ImplicitMFScorer takes no 'embedding_sise'. Did you mean 'embedding_size'?"
    ),
    "def f(x: List[int]):\n    pass": "Undefined name `List`.",
    "print('%s %s' % (1, 2, 3))": "`%`-format string has 2 placeholder(s) but 3 substitution(s).",
}
RIGHT = {
    "an import that may fail": "try:\n    import tomlib as toml\nexcept ImportError:\n    toml = None\ntoml.loadz",
    "a module of its own": "import helper\nfrom helper import anything\nhelper.more(1)",
    "a submodule that nobody imported": "import xml\nxml.dom.minidom.parseString('<a/>')",
    "a name bound twice": "import json\njson = object()\njson.nothing",
    "a parameter of a module's name": "import json\ndef f(json):\n    return json.nothing",
    "a name of another function": "def f():\n    import json\ndef g(json):\n    return json.nothing",
    "a name bound by way of itself": "import json\nx = json.loads('{}')\n" + "x = x.more(x)\n" * 100 + "x.nothing",
    "an attribute it sets": "import json\njson.nothing = 1\nprint(json.nothing)",
    "an attribute it asks for": "import json\nif hasattr(json, 'nothing'):\n    json.nothing()",
    "unknown arguments": "def f(*args, **kwargs):\n    return lab.split(*args, **kwargs)",
    "settings in any keyword": "lab.train('EASE', split, regularization=1)",
    "a factor": "for trial in lab.trials(depth=[1]):\n    print(trial.depth)",
    "a file it writes": "open('out.csv', 'w').write('x')\nopen('out.csv')",
    "a file of lab": "open('results.csv')",
    "a file that is looked for": "import os\nif os.path.exists('more.csv'):\n    open('more.csv')",
    "data": "open('plays.csv')\nlab.load('plays')\nlab.load('simulated')",
    "an annotation that stays text": "from __future__ import annotations\ndef f(x: List[int]) -> Nothing:\n    pass",
}
LAB = "from autoreclab import lab\ndata = split = results = None\n"


def test_what_would_crash_is_named_with_its_line_and_what_there_is(introspect):
    """All of them in one program, so that modules are imported once."""
    there = There({"plays.csv"}, ("ml-100k",))
    files = {f"wrong{number}.py": LAB + code for number, code in enumerate(WRONG)} | {"solution.py": "import json\n"}
    found = Preflight(introspect).check(files, there)
    told = {problem.path: (problem.line, problem.sentence) for problem in found}
    expected = {f"wrong{n}.py": sentence for n, sentence in enumerate(WRONG.values())}
    assert {path: sentence for path, (_, sentence) in told.items()} == expected and len(found) == len(WRONG)
    lines = {f"wrong{n}.py": (LAB + code.removesuffix("\n    pass")).count("\n") + 1 for n, code in enumerate(WRONG)}
    assert {path: line for path, (line, _) in told.items()} == lines
    facts = {problem.sentence: " ".join(problem.facts) for problem in found}
    assert "json.decoder" in facts[WRONG["from json.decoders import JSONDecoder"]]
    assert "seed: int | None = None" in facts[WRONG["lab.split(data, 'holdout', seeds=3)"]]
    assert "lenskit.als.ImplicitMFScorer(" in facts["lenskit.als has no 'ImplicitMF'."]
    assert "settings: embedding_size=50" in " ".join(facts.values())
    assert facts["A Split has no attribute 'train'."] == "Split.training"
    assert "autoreclab.lab.evaluate(results" in facts["autoreclab.lab has no 'evalute'."]


def test_what_can_not_be_known_passes(introspect):
    there = There({"plays.csv"}, ("simulated",))
    files = {f"right{n}.py": LAB + code for n, code in enumerate(RIGHT.values()) if not code.startswith("from __")}
    files |= {"solution.py": RIGHT["an annotation that stays text"], "helper.py": ""}
    assert Preflight(introspect).check(files, there) == ()


def test_what_is_known_is_not_asked_again(introspect):
    preflight, asked = Preflight(introspect), len(introspect.asked)
    for _ in range(2):
        (problem,) = preflight.check({"solution.py": "import json\njson.dump_all()\n"}, There(()))
        assert str(problem) == "solution.py, line 2: json has no 'dump_all'."
    assert len(introspect.asked) == asked + 1


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"main.py": "print(1)"},
        {"solution.py": ""},
        {"solution.py": "# later\n"},
        {"solution.py": '"""Why?"""\npass'},
    ],
)
def test_a_program_that_does_nothing_is_refused_without_asking(files):
    (problem,) = Preflight(pytest.fail).check(files, There(()))
    assert "does nothing" in problem.sentence


def test_what_is_no_python_is_told_by_the_interpreter_that_would_run_it(introspect):
    (problem,) = Preflight(introspect).check({"solution.py": "import json\nprint('a'\n"}, There(()))
    assert str(problem) == "solution.py, line 2: It isn't Python: '(' was never closed."
    assert compiled("solution.py", "return 1")["line"] == 1


def test_where_introspection_fails_a_program_passes():
    assert Preflight(lambda _: None).check({"solution.py": "import lensk1t\nprint('a')\n"}, There(())) == ()
