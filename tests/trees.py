"""Literal trees for tests of pure decisions."""

from autoreclab.nodes import Execution, Finding, Judgement, Node, Verdict


def node(
    number,
    *parents,
    operator=None,
    status="ok",
    met=1,
    of=2,
    metrics=None,
    problems=(),
    ran=True,
    judged=True,
    rows=0,
    files=None,
    **steering,
):
    """A node called 0001, 0002, … whose commit is its name; its files are its own, or those of that name.

    Its problems are written `name: sentence`.
    """
    found = tuple(Finding(*problem.split(": ", 1)) for problem in problems)
    verdicts = tuple(Verdict(i < met, "seen", "check") for i in range(of))
    return Node(
        commit=f"{number:04d}",
        tree=files or f"tree{number}",
        name=f"{number:04d}",
        number=number,
        operator=operator or ("improve" if parents else "draft"),
        title=f"node {number}",
        plan="",
        parents=tuple(f"{parent:04d}" for parent in parents),
        execution=Execution(status, 0, 1.0, 1.0, rows, metrics=metrics or {}, problems=found) if ran else None,
        judgement=Judgement(verdicts, "plan") if ran and judged else None,
        **steering,
    )
