"""A search whose model writes a program that would crash, and mends it when it is told."""

from tests import researcher
from tests.commands import autoreclab, shape
from tests.scripted_server import ScriptedServer

TASK = "---\ndata: simulated\ndrafts: 1\niterations: 0\ntimeout: 2m\n---\n# Noise\n\nHow noisy is popularity?\n"
CHECKED = "## Your program, which was checked and not run"


def answer(body):
    """The scripted researcher's complete program, at first with two mistakes."""
    text = body["messages"][0]["content"]
    if not text.startswith("You write"):
        return researcher.answer(body)
    code = researcher.PROGRAM.format(noise=0.5, seeds=list(researcher.SEEDS))
    if CHECKED not in text:
        code = code.replace("lab.finish()", "lab.finnish()").replace("metrics=", "metric=", 1)
    return researcher.proposal("noise", code)


def test_what_preflight_finds_is_mended_as_part_of_the_same_node(tmp_path):
    (tmp_path / "noise.md").write_text(TASK)
    with ScriptedServer(answer) as server:
        variables = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.url}
        done = autoreclab("start", "noise.md", cwd=tmp_path, variables=variables)
        assert done.returncode == 0, done.stdout + done.stderr
    prompts = [request["messages"][0]["content"] for request in server.requests]
    first, again = [text for text in prompts if text.startswith("You write")]
    stays = first.partition("Answer with one JSON object")[0].rstrip()
    assert again.startswith(stays), "what stays comes first, which providers cache"
    assert "solution.py, line 31: autoreclab.lab has no 'finnish'." in again
    assert "There is: autoreclab.lab.finish() -> pd.DataFrame." in again and "lab.finnish()\n" in again
    assert "0001  preflight: 2 problems, asked again\n      solution.py, line 28: trial.record takes" in done.stdout
    (node,) = shape(tmp_path, "noise")
    assert (node["status"], node["score"]) == ("ok", 1.0)
