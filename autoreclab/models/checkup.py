"""What a model behind an endpoint can do: a small question in each way, a long answer and a long prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from autoreclab.errors import ModelError
from autoreclab.models import Schema
from autoreclab.models.chat import WAYS, Endpoint, Messages
from autoreclab.models.faults import NotUnderstood, TooLong
from autoreclab.models.openai import WIDEN, see_whole, tokens_of
from autoreclab.models.parsing import Unusable, dig, read, said, strict

LINES = 100
"""Of the long answer."""
TOKENS = 20_000
"""Of the long prompt: about what a run's longest take."""
FILLER = "User {n} rated item {n} with three stars, then nothing of note happened for a while.\n"


class Sum(BaseModel):
    """The answer to a small question."""

    sum: int


class Program(BaseModel):
    """A long answer."""

    program: str


class Words(BaseModel):
    """What a long prompt holds at its beginning, in its middle and at its end."""

    first: str
    middle: str
    last: str


WORDS = Words(first="harbour", middle="lantern", last="meadow")


@dataclass(frozen=True)
class Observation:
    """One thing that was tried."""

    name: str
    ok: bool
    said: str
    """What came of it, and what to do where that isn't well."""


@dataclass
class Checkup:
    """Questions to an endpoint, and what they cost. Seven calls, most of them small."""

    endpoint: Endpoint
    usable: bool = True
    """Can a run use the model?"""
    completions: list[dict[str, Any]] = field(default_factory=list)

    def observations(self) -> Iterator[Observation]:
        """Try everything, one after the other. Raises `ModelError` where there is nothing to try."""
        ways = {way: self._way(way) for way in WAYS}
        yield Observation("endpoint", True, f"answers at {self.endpoint.shown_address}; the key is accepted")
        yield from ways.values()
        self.usable = any(way.ok for way in ways.values())
        if self.usable:
            yield self._temperature()
            yield Observation("used", True, f"runs get their answers by {self.endpoint.ways[0]}")
            yield from (self._streaming(), self._usage(), self._reasoning())
            yield self._long_answer()
            yield self._long_prompt()

    @property
    def spent(self) -> dict[str, int]:
        """Calls that were answered, and their tokens as far as the endpoint counts them."""
        counts = {"calls": len(self.completions), "input_tokens": 0, "output_tokens": 0}
        for completion in self.completions:
            counts["input_tokens"] += dig(completion, "usage", "prompt_tokens") or 0
            counts["output_tokens"] += dig(completion, "usage", "completion_tokens") or 0
        return counts

    def _ask(self, text: str, schema: type[Schema], way: str | None = None) -> Schema:
        """A typed answer, in one way or in the best. Raises `Unusable` and `ModelError`."""
        messages: Messages = [{"role": "user", "content": text}]
        wanted = strict(schema)
        endpoint = self.endpoint
        _, completion = endpoint.in_way(way, messages, wanted) if way else endpoint.complete(messages, wanted)
        self.completions.append(completion)
        see_whole(completion, messages)
        return read(completion, schema)

    def _small(self, way: str | None = None) -> Sum:
        return self._ask("What is 17 + 25? Answer with `sum`, as one JSON object.", Sum, way)

    def _way(self, way: str) -> Observation:
        try:
            answer = self._small(way)
        except NotUnderstood as error:
            return Observation(way, False, f"is refused; another way is used. {error}")
        except Unusable as error:
            return Observation(way, False, f"is answered, but not usably: {error}. A repair is asked for in runs")
        except ModelError as error:
            if not self.completions:
                raise
            return Observation(way, False, str(error))
        wrong = f", though 17 + 25 is said to be {answer.sum}" if answer.sum != 42 else ""
        return Observation(way, True, f"works{wrong}")

    def _streaming(self) -> Observation:
        if "stream" not in self.endpoint.options:
            return Observation("streaming", False, "is refused: a long answer is silence, so raise --model-timeout")
        if not self.endpoint.streamed:
            return Observation("streaming", False, "is ignored: a long answer is silence, so raise --model-timeout")
        return Observation("streaming", True, "works")

    def _usage(self) -> Observation:
        if all(isinstance(dig(one, "usage", "completion_tokens"), int) for one in self.completions):
            return Observation("usage", True, "tokens are counted")
        return Observation("usage", False, "tokens aren't counted: what runs cost can't be told")

    def _reasoning(self) -> Observation:
        messages = [dig(one, "choices", 0, "message") for one in self.completions]
        if any(dig(message, name) for message in messages for name in ("reasoning", "reasoning_content")):
            return Observation("reasoning", True, "comes beside the answer and is left out")
        if any("</think>" in said(one) for one in self.completions):
            return Observation("reasoning", True, "comes before the answer and is cut off")
        return Observation("reasoning", True, "none is shown")

    def _temperature(self) -> Observation:
        self.endpoint.options = {"temperature": 0.5, **self.endpoint.options}
        try:
            self._small()
        except (Unusable, ModelError) as error:
            return Observation("temperature", False, f"can't be set: {error}")
        if "temperature" in self.endpoint.options:
            del self.endpoint.options["temperature"]
            return Observation("temperature", True, "can be set")
        return Observation("temperature", False, "is refused: runs leave it out, whatever --temperature says")

    def _long_answer(self) -> Observation:
        wanted = [f"print(\"line {number}\", 'of {LINES}\\n')" for number in range(1, LINES + 1)]
        question = (
            f"Write a Python program of exactly {LINES} lines. Line 1 is\n\n{wanted[0]}\n\nline 2 is\n\n{wanted[1]}\n\n"
            f"and so on up to\n\n{wanted[-1]}\n\nNothing is left out or abbreviated. "
            "Answer with `program`, all of its text."
        )
        try:
            lines = self._ask(question, Program).program.strip().splitlines()
        except (Unusable, ModelError) as error:
            self.usable = False
            return Observation("long answer", False, f"a program of {LINES} lines doesn't arrive: {error}. {WIDEN}")
        right = sum(line.strip() == good for line, good in zip(lines, wanted, strict=False))
        self.usable = right == LINES
        advice = "" if self.usable else ". Programs would arrive broken: choose another --model"
        return Observation("long answer", self.usable, f"{right} of {LINES} lines of a program are intact{advice}")

    def _long_prompt(self) -> Observation:
        text = _haystack()
        size = f"{tokens_of(text):,} tokens"
        try:
            answer = self._ask(text, Words)
        except TooLong as error:
            return Observation(
                "long prompt", False, f"{size} are too many: prompts will be cut, by rule: {error}. {WIDEN}"
            )
        except (Unusable, ModelError) as error:
            return Observation("long prompt", False, f"{size} aren't answered usably: {error}. {WIDEN}")
        lost = [name for name, word in WORDS if getattr(answer, name).strip().lower() != word]
        if lost:
            return Observation("long prompt", False, f"of {size} the {' and '.join(lost)} word is lost. {WIDEN}")
        return Observation("long prompt", True, f"{size} are read from the first to the last")


def _haystack() -> str:
    """A prompt with a word to remember at its beginning, in its middle and at its end."""
    filler = [FILLER.format(n=number) for number in range(1, TOKENS // tokens_of(FILLER.format(n=1)) + 1)]
    half = len(filler) // 2
    return (
        f"The first word is {WORDS.first}.\n{''.join(filler[:half])}The middle word is {WORDS.middle}.\n"
        f"{''.join(filler[half:])}The last word is {WORDS.last}.\n\n"
        "Which words does this text call the first, the middle and the last? Answer with `first`, `middle` and `last`."
    )
