"""The command line as a stranger meets it: help with examples, and one sentence for whatever goes wrong."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autoreclab.cli import cli
from autoreclab.settings import FIELDS, Settings
from autoreclab.task import parse
from autoreclab.workspace import Workspace
from tests.commands import autoreclab, git
from tests.scripted_server import ScriptedServer, fault

TASK = "---\ndata: simulated\n---\n# Seeds\n\nHow much do 2 random seeds change ImplicitMF? Report NDCG@10.\n"


@pytest.fixture
def place(tmp_path):
    (tmp_path / "seeds.md").write_text(TASK)
    return tmp_path


def fails(place, *arguments, status=1, text="", **variables):
    """Run a command that must fail with one sentence; the sentence."""
    done = autoreclab(*arguments, cwd=place, variables=variables, text=text)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and done.stderr.strip()
    return done.stderr


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_with_examples(name, place):
    shown = autoreclab(name, "--help", cwd=place).stdout
    assert "Examples:" in shown and f"autoreclab {name}" in shown


def test_every_setting_is_an_option_with_help(place):
    shown = autoreclab("start", "--help", cwd=place).stdout
    for name, field in FIELDS.items():
        assert f"--{name.replace('_', '-')}" in shown
        assert field.metadata["help"].split()[0] in shown
    assert "[default: 1h]" in shown and "[default: 0.3]" in shown


def test_help_and_version_load_nothing_heavy(place):
    code = (
        "import sys\nsys.argv = ['autoreclab', '--help']\nfrom autoreclab.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "names = 'git rich pydantic openai yaml jinja2 pandas numpy lenskit'\n"
        "heavy = set(names.split()) & set(sys.modules)\n"
        "print('heavy:', heavy)"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True).stdout
    assert shown.endswith("heavy: set()\n")


def test_the_doctor_tells_the_level_and_what_hinders_the_stronger_ones(place):
    bare = autoreclab("doctor", "--json", cwd=place, variables={"PATH": "/nowhere"})
    told = json.loads(bare.stdout)
    assert told["hindrances"]["bubblewrap"] == "bwrap isn't installed"
    assert told["level"] in ("landlock", "none") and bare.returncode == (told["level"] == "none")


def test_no_such_task(place):
    assert "There is no task nothing.md" in fails(place, "start", "nothing.md")


def test_a_shipped_task_is_found_anywhere(place):
    assert "workspace" not in fails(place, "start", "quickstart.md", "--model", "some-model", status=3)


def test_a_folder_is_no_task(place):
    (place / "folder").mkdir()
    assert "folder can't be read" in fails(place, "start", "folder")


def test_an_empty_task(place):
    (place / "empty.md").write_text("\n")
    assert "empty.md is empty" in fails(place, "start", "empty.md")
    assert "standard input is empty" in fails(place, "start", "-")


def test_a_task_that_is_no_text(place):
    (place / "task.md").write_bytes(b"\xff\xfe\x00")
    assert "isn't UTF-8" in fails(place, "start", "task.md")


def test_front_matter_errors_name_file_line_and_nearest_key(place):
    (place / "knn.md").write_text("---\nseed: 1\nepsilom: 0.1\n---\n# KNN\nQ\n")
    assert "knn.md, line 3: unknown key 'epsilom'. Did you mean 'epsilon'?" in fails(place, "start", "knn.md")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--drafts", "0"], "expected at least 1"),
        (["--timeout", "soon"], "expected a duration"),
        (["--epsilon", "7"], "expected a number between 0 and 1"),
        (["--nonsense"], "No such option"),
    ],
)
def test_wrong_usage_is_exit_2(place, options, reason):
    assert reason in fails(place, "start", "seeds.md", *options, status=2)


def test_a_wrong_variable_is_wrong_usage_too(place):
    assert "whole number" in fails(place, "start", "seeds.md", status=2, AUTORECLAB_DRAFTS="many")


def test_no_key_for_a_named_model(place):
    assert "needs OPENAI_API_KEY" in fails(place, "start", "seeds.md", "--model", "some-model", status=3)


def test_data_that_is_not_there(place):
    assert "there is no such file, folder or dataset. Did you mean 'ml-100k'?" in fails(
        place, "start", "seeds.md", "--data", "ml-100"
    )


def test_a_malformed_data_file_names_the_line(place):
    (place / "plays.csv").write_text("user,item,rating\n1,2,3\n1,3,many\n")
    assert "plays.csv, line 3: the rating is 'many'" in fails(place, "start", "seeds.md", "--data", "plays.csv")


def test_data_that_cannot_be_downloaded_says_what_to_put_where(place):
    (place / "real.md").write_text("# Seeds\n\nHow much do seeds change ImplicitMF on MovieLens-100K? NDCG@10.\n")
    said = fails(place, "start", "real.md", https_proxy="http://127.0.0.1:9")
    assert "u.data" in said and "--data" in said
    assert not (place / "workspace").exists()


def test_another_repository_as_workspace_stays_untouched(place):
    git(place, "init", "-q", "thesis")
    before = sorted(place.joinpath("thesis").rglob("*"))
    assert "is another git repository" in fails(place, "start", "seeds.md", "--workspace", "thesis")
    assert sorted(place.joinpath("thesis").rglob("*")) == before


def test_a_report_that_is_not_there_yet_or_of_an_earlier_version_or_of_nothing_is_a_sentence(place):
    workspace = Workspace.create(place / "workspace")
    run = workspace.begin("seeds", parse(TASK, "seeds.md"), Settings(), {})
    assert "Run 'seeds' has no report yet" in fails(place, "report")
    workspace.crown(run, None, {"report.md": b"# Seeds\n"})
    assert autoreclab("report", cwd=place).stdout == "# Seeds\n"
    for option in ("--strict", "--json", "--latex"):
        assert "is of an earlier version" in fails(place, "report", option)
    workspace.crown(run, None, {"report.md": b"# Seeds\n", "report.json": b'{"node": null, "unsupported": []}'})
    assert autoreclab("report", "--strict", cwd=place).stdout == "# Seeds\n"
    assert "Nothing worked in run 'seeds'" in fails(place, "report", "--latex")


@pytest.mark.parametrize("command", ["resume", "status", "tree", "report"])
def test_no_workspace_yet(place, command):
    assert "There is no workspace at workspace" in fails(place, command)


def test_no_git_on_the_machine(place):
    assert "git isn't on this machine" in fails(place, "start", "seeds.md", PATH="/nowhere")


def test_a_place_that_cannot_be_written(place):
    assert "Choose another --workspace" in fails(place, "start", "seeds.md", "--workspace", "/proc/workspace")


def test_a_task_that_no_recipe_fits_stops_before_anything_is_made(place):
    (place / "poem.md").write_text("---\ndata: simulated\n---\n# A poem\n\nWrite a poem about the sea.\n")
    said = fails(place, "start", "poem.md")
    assert "seeds" in said and "comparison" in said and "tuning" in said
    assert not (place / "workspace").exists()


def test_the_command_line_wins_then_the_variable_then_the_task(place):
    front = "data: simulated\ndrafts: 1\niterations: 0\ntimeout: 1s\nepsilon: 0.5\nseed: 5\n"
    (place / "seeds.md").write_text(TASK.replace("data: simulated\n", front))
    variables = {"AUTORECLAB_EPSILON": "0.6", "AUTORECLAB_SEED": "6"}
    assert autoreclab("start", "seeds.md", "--seed", "7", cwd=place, variables=variables).returncode == 4
    written = git(place / "workspace", "show", "seeds/task:seeds/run.yaml")
    assert "drafts: 1\n" in written and "epsilon: 0.6\n" in written and "seed: 7\n" in written
    assert "k_fold: 1\n" in written and "model: offline\n" in written


def test_a_file_dot_env_is_read(place):
    with ScriptedServer([fault(401)]) as server:
        (place / ".env").write_text(f"OPENAI_API_KEY=sk-none\nOPENAI_BASE_URL={server.url}\nAUTORECLAB_MODEL=m\n")
        assert "offline" not in fails(place, "start", "seeds.md", status=3)
        assert server.headers[0]["authorization"] == "Bearer sk-none" and server.requests[0]["model"] == "m"


def test_without_a_task_the_editor_opens_on_a_template(place):
    editor = place / "editor"
    editor.write_text(f'#!/bin/sh\ngrep -q \'## Requirements\' "$1" && cp {place}/seeds.md "$1"\n')
    editor.chmod(0o755)
    done = autoreclab("start", "--drafts", "1", "--iterations", "0", "--timeout", "1s", cwd=place,
                      variables={"VISUAL": str(editor), "EDITOR": str(editor)})  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "seeds" in autoreclab("status", cwd=place).stdout


def test_an_editor_that_is_left_without_a_word_starts_nothing(place):
    assert "No task was written" in fails(place, "start", VISUAL="true", EDITOR="true")


def test_standard_input_names_the_run_after_its_title(place):
    options = ["--drafts", "1", "--iterations", "0", "--timeout", "1s"]
    autoreclab("start", "-", *options, cwd=place, text=TASK)
    autoreclab("start", "-", *options, cwd=place, text=TASK)
    assert [line.split()[0] for line in autoreclab("status", cwd=place).stdout.splitlines()] == ["seeds", "seeds-2"]


def test_a_full_disk(place):
    """A tiny file system stands for a disk that is full."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    (place / "small").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", place / "small"]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting isn't allowed here")
    try:
        (place / "small" / "fill").write_bytes(b"x" * 150_000)
        (place / "small" / "workspace").mkdir()
        said = fails(place, "start", "seeds.md", "--workspace", "small/workspace")
        assert "The disk is full: free some space" in said
    finally:
        subprocess.run(["umount", place / "small"], check=True)


def test_the_dockerfile_has_no_lint():
    dockerfile = Path(__file__).parent.parent / "Dockerfile"
    hadolint = Path(sys.executable).with_name("hadolint")
    command = str(hadolint) if hadolint.exists() else shutil.which("hadolint")
    if not command:
        pytest.skip("hadolint isn't installed")
    linted = subprocess.run([command, "--no-color", str(dockerfile)], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout + linted.stderr
