"""A scripted researcher whose programs take no time and send a word outside whenever they are started."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from tests.researcher import proposal
from tests.scripted_server import Script

PLAN = {
    "summary": "Does a search survive being killed?",
    "requirements": [{"text": "The program says what it does.", "check": None}],
    "design": {"datasets": ["simulated"], "factors": [], "metrics": []},
}
PROGRAM = """\
{mark}
print("{name}")
raise SystemExit({exit})
"""


def answers(listener: tuple[str, int] | None = None) -> Script:
    """Answers that depend on the question alone. Every third program crashes, and no judge is ever content.

    Each program sends its name to the listener, by UDP, when it starts.
    """

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        text = body["messages"][0]["content"]
        if text.startswith("You plan"):
            return PLAN
        if text.startswith("You interpret"):
            return {"answer": "It does.", "interpretation": "Git is patient.", "limitations": "One machine."}
        digest = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
        if text.startswith("You review"):
            return {"opinions": _opinions(text, digest)}
        name = f"program {digest:08x}"
        return proposal(name, PROGRAM.format(mark=_mark(listener, name), name=name, exit=int(digest % 3 == 0)))

    return answer


def _mark(listener: tuple[str, int] | None, name: str) -> str:
    if not listener:
        return ""
    return f"import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendto(b'{name}\\n', {listener})"


def _opinions(text: str, digest: int) -> list[dict[str, Any]]:
    """The first requirement in question is never met, the others now and then."""
    questions = text.split("## Requirements in question")[1]
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", questions, re.M)]
    met = [False, *(bool(digest >> number & 1) for number in numbers[1:])]
    said = {"quote": "raise SystemExit(0)", "evidence": f"evidence {digest % 97}"}
    return [{"requirement": n, "met": m, **said} for n, m in zip(numbers, met, strict=True)]
