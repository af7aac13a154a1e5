"""A run on a sample before a long one: when it pays, and which crash in it needs no whole run to be believed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autoreclab.tree import Tree

VARIABLE = "AUTORECLAB_SMOKE"  # as autoreclab.lab.smoke reads it
LIMIT_S = 60.0
WORTH_S = 600.0  # an execution that may take so long
STUDY = b"lab.trials"  # without it lab reduces nothing
WHERE = "on a sample, before the whole run"
HEAD = (
    b"This was a run on a sample: the 100 most active users, each level of a factor once, of replicates the first. "
    b"The program crashed in it, so it was not run as a whole.\n\n"
)
# No sample causes these. An empty table, or a user who isn't in it, causes errors of other kinds, or a None.
SURE = re.compile(
    r"(NameError|UnboundLocalError|ImportError|ModuleNotFoundError|AttributeError|TypeError|FileNotFoundError"
    r"|SyntaxError|IndentationError|ValueError: lab)\b"
)


def pays(tree: Tree, timeout: float) -> bool:
    """May the next execution take long? It may where the time limit allows it, and no other one ended sooner."""
    ended = [node.execution.seconds for node in tree.nodes if node.execution and node.execution.status != "crashed"]
    return min(timeout, max(ended, default=timeout)) >= WORTH_S


def fits(files: Mapping[str, bytes]) -> bool:
    """Is it a study of trials, of which lab can make a few?"""
    return any(STUDY in text for path, text in files.items() if path.endswith(".py"))


def sure(error: str) -> bool:
    """Is this an error that the whole run would end with, too?"""
    return bool(SURE.match(error)) and "NoneType" not in error
