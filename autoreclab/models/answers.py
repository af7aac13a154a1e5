"""The shapes of answers, one for each prompt (that of `plan` is `autoreclab.plan.Plan`)."""

from __future__ import annotations

from pydantic import Field

from autoreclab.plan import Value


class File(Value):
    """A text file of a solution."""

    path: str = Field(description="relative, e.g. solution.py")
    content: str


class Proposal(Value):
    """A program to try: the answer to draft, improve and debug."""

    title: str = Field(description="what is tried, in at most ten words")
    plan: str = Field(description="why and how, in a few sentences")
    files: tuple[File, ...] = Field(description="complete files; solution.py is run")


class Opinion(Value):
    """A judge's word on one requirement."""

    requirement: int = Field(description="the requirement's number")
    met: bool
    quote: str = Field(
        description="the lines that show it, copied exactly from the program, its results or its files; "
        "empty where what is required isn't there"
    )
    evidence: str = Field(description="how the quote shows it, or what is missing and where you looked")


class Judgement(Value):
    """A judge's word on a node: the answer to judge."""

    opinions: tuple[Opinion, ...]
    lesson: str = Field(
        default="", description="what this node teaches whoever makes the next one, in one sentence, with its values"
    )


class Interpretation(Value):
    """The part of a report that needs a reader: the answer to report."""

    answer: str = Field(description="the answer to the task's question, in a few sentences")
    interpretation: str = Field(description="what the results mean")
    limitations: str = Field(description="what they do not show")
