"""The report's words: a reader's answer, interpretation and limitations, each of whose numbers is looked up."""

from __future__ import annotations

from collections.abc import Iterator

from autoreclab.models.answers import Interpretation
from autoreclab.numbers import Sources, marked
from autoreclab.report.markdown import escaped, prose
from autoreclab.report.subject import Subject

MARK = " [unsupported]"


def answer(subject: Subject, words: Interpretation | None) -> Iterator[str]:
    """The state of the search, the answer where there is one, and which of a reader's numbers have no source."""
    best = subject.best
    if best is None:
        yield from ("**No experiment worked.** What was tried, and how it failed, stands under *The search*.", "")
    elif not best.working:
        yield f"**No experiment worked.** What follows is of {best.name}, which came nearest ({best.status}): read"
        yield from ("*Findings* first, and rely on no value unseen. No model interpreted them.", "")
    elif not best.satisfactory and best.judgement:
        met, of = best.judgement.met, len(best.judgement.verdicts)
        yield from (f"**Not every requirement is met** ({met} of {of}): see *Requirements* before relying on this.", "")
    if words:
        yield from (checked(words.answer, subject.sources), "")
    if missing := unsupported(subject, words):
        yield from (
            f"**Numbers without a source: {', '.join(missing)}.** No file of the experiment bears them out.",
            "",
        )


def interpretation(subject: Subject, words: Interpretation | None, model: str) -> Iterator[str]:
    """A reader's part, marked as such."""
    if words:
        author = "the offline researcher, without a language model" if model == "offline" else escaped(model)
        yield from ("## Interpretation", "", f"*Written by {author}; code looked each number up in the results.*", "")
        yield from (checked(words.interpretation, subject.sources), "")
        yield from ("## Limitations", "", checked(words.limitations, subject.sources), "")


def unsupported(subject: Subject, words: Interpretation | None) -> list[str]:
    """The numbers of an interpretation that nothing bears out, as they are written, each once."""
    texts = (words.answer, words.interpretation, words.limitations) if words else ()
    return list(dict.fromkeys(number.text for text in texts for number in subject.sources.unsupported(text)))


def checked(text: str, sources: Sources) -> str:
    """A reader's paragraphs, with a mark behind each number that has no source."""
    return marked(text, sources.unsupported(text), MARK, prose)
