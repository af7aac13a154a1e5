"""The main job, whole: the shipped tasks offline, and the seeds task with a language model, on real data."""

import csv
import io
import json
import shutil
import sys
from pathlib import Path
from subprocess import run

import pytest

from tests import researcher
from tests.commands import autoreclab, git, shape
from tests.scripted_server import ScriptedServer

TASKS = Path(__file__).parent.parent / "tasks"


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def best(place, name, path):
    return git(place / "workspace", "show", f"{name}/best:{name}/{path}")


def by_hand(place, tmp_path, name, *arguments):
    """Cherry-pick the best solution into another repository and run it there; the ledger it makes."""
    paper = tmp_path / "paper"
    git(tmp_path, "init", "-q", "paper")
    git(paper, "commit", "-q", "--allow-empty", "-m", "paper")
    git(paper, "fetch", "-q", str(place / "workspace"), f"{name}/best")
    git(paper, "cherry-pick", "FETCH_HEAD")
    done = run([sys.executable, "solution.py", "--help"], cwd=paper / name, capture_output=True, text=True, check=True)
    assert "--data" in done.stdout
    (paper / name / "results.csv").unlink()
    run([sys.executable, "solution.py", *arguments], cwd=paper / name, check=True, capture_output=True)
    return rows((paper / name / "results.csv").read_text())


def values(ledger):
    """Everything of a ledger's rows that must be equal wherever they are computed."""
    return [{key: value for key, value in row.items() if key != "seconds"} for row in ledger]


def check_report(place, name):
    """Each mean, deviation and interval of the report's table follows from the ledger."""
    report, ledger = best(place, name, "report.md"), rows(best(place, name, "results.csv"))
    for row in rows(best(place, name, "summary.csv")):
        found = [
            float(r["value"]) for r in ledger if (r["algorithm"], r["metric"]) == (row["algorithm"], row["metric"])
        ]
        mean = sum(found) / len(found)
        assert len(found) == int(row["n"]) and f"| {row['n']} | {mean:.4f} |" in report
        if len(found) > 1:
            sd = (sum((value - mean) ** 2 for value in found) / (len(found) - 1)) ** 0.5
            assert f"| {mean:.4f} | {sd:.4f} | {100 * sd / mean:.1f} % |" in report
    assert {row["source"] for row in ledger} == {"recomputed"}


def test_the_quickstart_offline_and_by_hand_elsewhere(tmp_path):
    done = autoreclab("start", str(TASKS / "quickstart.md"), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No OPENAI_API_KEY: the offline researcher" in done.stderr
    assert [node["operator"] for node in shape(tmp_path, "quickstart")] == ["draft"] * 3
    check_report(tmp_path, "quickstart")
    assert values(by_hand(tmp_path, tmp_path, "quickstart")) == values(
        rows(best(tmp_path, "quickstart", "results.csv"))
    )
    assert "quickstart  satisfied" in autoreclab("status", cwd=tmp_path).stdout
    metadata = json.loads(best(tmp_path, "quickstart", "metadata.json"))
    assert metadata["problems"] == [] and metadata["versions"]["lenskit"]


def test_a_search_with_a_target_improves_until_its_iterations_are_spent(tmp_path):
    task = (
        "---\ndata: simulated\nmetric: ndcg@10\n---\n# Tune ImplicitMF\n\nTune ImplicitMF for NDCG@10, with 5 epochs.\n"
    )
    (tmp_path / "tune.md").write_text(task)
    done = autoreclab("start", "tune.md", "--drafts", "1", "--iterations", "1", cwd=tmp_path)
    assert done.returncode in (0, 4), done.stderr
    assert "1 iterations are spent" in done.stdout
    ledger = rows(best(tmp_path, "tune", "results.csv"))
    assert {row["part"] for row in ledger} == {"validation", "test"}


def test_what_the_offline_researcher_does_not_understand_stays_unmet(tmp_path):
    task = "---\ndata: simulated\n---\n# Seeds\n\nHow much do 2 random seeds change ImplicitMF? Write a limerick.\n"
    (tmp_path / "odd.md").write_text(task)
    done = autoreclab("start", "odd.md", "--drafts", "1", "--iterations", "0", cwd=tmp_path)
    assert done.returncode == 4
    assert "Write a limerick" in done.stdout and "Write a limerick" in best(tmp_path, "odd", "report.md")


def test_the_seeds_task_on_movielens(tmp_path, real_data):
    place = ["--data", str(real_data)]
    done = autoreclab("start", str(TASKS / "seeds.md"), *place, "--drafts", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    ledger = rows(best(tmp_path, "seeds", "results.csv"))
    assert sum(row["algorithm"] == "ImplicitMF" for row in ledger) == 60
    assert {row["metric"] for row in ledger if row["algorithm"] == "Popular"} == {"ndcg@10", "recall@10"}
    check_report(tmp_path, "seeds")
    means = {row["metric"]: float(row["mean"]) for row in rows(best(tmp_path, "seeds", "summary.csv"))[:2]}
    assert means == {"ndcg@10": pytest.approx(0.10, abs=0.015), "recall@10": pytest.approx(0.20, abs=0.025)}
    assert values(by_hand(tmp_path, tmp_path, "seeds", *place)) == values(ledger)


def test_the_seeds_task_with_a_language_model(tmp_path, real_data):
    with ScriptedServer(researcher.answer_seeds) as server:
        variables = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
        options = ["--data", str(real_data), "--drafts", "2", "--seed", "1", "--debug-prob", "0.9"]
        done = autoreclab("start", str(TASKS / "seeds.md"), *options, cwd=tmp_path, variables=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    operators = [node["operator"] for node in shape(tmp_path, "seeds")]
    assert operators[:2] == ["draft"] * 2 and {"debug", "improve"} <= set(operators)
    assert sum(row["algorithm"] == "ImplicitMF" for row in rows(best(tmp_path, "seeds", "results.csv"))) == 6
    check_report(tmp_path, "seeds")


def test_data_files_lie_in_the_experiments_folder_read_only(tmp_path):
    plays = [f"{user},{item}\n" for user in range(9) for item in range(user % 5 + 3)]
    (tmp_path / "plays.csv").write_text("user,item\n" + "".join(plays))
    (tmp_path / "count.md").write_text("# Count\n\nHow many plays are there?\n")
    count = 'lab.value("plays", len(open("plays.csv").readlines()) - 1)'
    program = f'"""Count."""\nfrom autoreclab import lab\nlab.arguments(__doc__)\n{count}\nlab.finish()\n'
    plan = researcher.PLAN | {"design": {"datasets": ["plays"], "factors": [], "metrics": []}, "requirements": []}

    def script(body):
        found = researcher.answer(body)
        return plan if "design" in found else researcher.proposal("count", program) if "files" in found else found

    with ScriptedServer(script) as server:
        variables = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url}
        done = autoreclab(
            "start", "count.md", "--data", "plays.csv", "--drafts", "1", cwd=tmp_path, variables=variables
        )
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = rows(best(tmp_path, "count", "results.csv"))
    assert (row["metric"], float(row["value"]), row["source"]) == ("plays", len(plays), "program")
    assert "These are the program's own numbers" in best(tmp_path, "count", "report.md")


def test_a_checkout_of_autoreclab_stays_clean_around_its_workspace(tmp_path):
    git(tmp_path, "init", "-q", ".")
    for name in ("workspace", ".gitignore"):
        source = TASKS.parent / name
        if source.is_dir():
            (tmp_path / name).mkdir()
            shutil.copy(source / "README.md", tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "checkout")
    (tmp_path / "poem.md").write_text("---\ndata: simulated\n---\n# Seeds\n\nHow much do 2 seeds change ImplicitMF?\n")
    git(tmp_path, "add", "poem.md")
    autoreclab("start", "poem.md", "--drafts", "1", "--iterations", "0", "--timeout", "1s", cwd=tmp_path)
    assert git(tmp_path, "status", "--porcelain") == "A  poem.md\n"
    assert git(tmp_path / "workspace", "status", "--porcelain") == ""
