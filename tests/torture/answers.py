"""A scripted researcher whose programs take no time and leave a mark outside whenever they are started."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from tests.researcher import proposal
from tests.scripted_server import Script

PLAN = {
    "summary": "Does a search survive being killed?",
    "requirements": [{"text": "The program says what it does.", "check": None}],
    "design": {"datasets": ["simulated"], "factors": [], "metrics": []},
}
PROGRAM = """\
with open({marks!r}, "a") as file:
    file.write("{name}\\n")
print("{name}")
raise SystemExit({exit})
"""


def answers(marks: Path) -> Script:
    """Answers that depend on the question alone. Every third program crashes, and no judge is ever content."""

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
        return proposal(name, PROGRAM.format(marks=str(marks), name=name, exit=int(digest % 3 == 0)))

    return answer


def _opinions(text: str, digest: int) -> list[dict[str, Any]]:
    """The first requirement in question is never met, the others now and then."""
    questions = text.split("## Requirements in question")[1]
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", questions, re.M)]
    met = [False, *(bool(digest >> number & 1) for number in numbers[1:])]
    said = {"quote": "raise SystemExit(0)", "evidence": f"evidence {digest % 97}"}
    return [{"requirement": n, "met": m, **said} for n, m in zip(numbers, met, strict=True)]
