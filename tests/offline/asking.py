"""How tests ask the offline researcher: tasks from text, contexts as a run gives them."""

from typing import Any

from autoreclab import task
from autoreclab.memory import Attempt
from autoreclab.models.answers import Interpretation, Judgement, Proposal
from autoreclab.models.offline import Offline
from autoreclab.models.offline.understanding import Study, understand
from autoreclab.plan import Plan
from autoreclab.settings import Settings

SEEDS = (
    "# Seeds\n\nHow much do 3 random seeds change NDCG@10 of ImplicitMF with 20 factors and 15 epochs? Leave-one-out."
)
SCHEMAS = {"plan": Plan, "judge": Judgement, "report": Interpretation}


def study(text: str, datasets: tuple[str, ...] = (), **settings: Any) -> Study:
    """What is understood of a task's text; one without a heading gets a neutral title."""
    source = text if "# " in text else f"# A study\n\n{text}"
    return understand(task.parse(source, "task.md"), Settings(**settings), datasets)


def ask(
    prompt: str, text: str = SEEDS, *, step: str = "0001", datasets: tuple[str, ...] = ("simulated",), **more: Any
) -> Any:
    """The offline researcher's answer to a prompt about a task."""
    context = {"task": task.parse(text, "task.md"), "settings": Settings(), "datasets": datasets, "tried": [], **more}
    return Offline().ask(prompt, SCHEMAS.get(prompt, Proposal), step=step, **context).value


def attempt(proposal: Proposal, name: str = "0001", operator: str = "draft", status: str = "ok") -> Attempt:
    """A proposal as the next question sees it."""
    return Attempt(name, operator, proposal.title, proposal.plan, status, 1.0, "", "")


def solution(proposal: Proposal) -> str:
    return next(file.content for file in proposal.files if file.path == "solution.py")
