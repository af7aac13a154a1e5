"""Was it measured on the task's data, with the filters and the split that the task fixes?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autoreclab.audits.findings import error
from autoreclab.evidence import Evidence, Measurement, level
from autoreclab.nodes import Finding
from autoreclab.plan import is_replicate

ANY_SIZE = "simulated"
"""How the names of datasets begin that programs draw themselves, in sizes of their choice: checksums differ."""
UNFILTERED = "ratings ignored"


def another_dataset(evidence: Evidence) -> Iterator[Finding]:
    """Something was measured on data that is not the task's, or on another version of it."""
    sums = {fact["name"]: fact["sha256"] for fact in evidence.data}
    for name in sorted({each.dataset for each in evidence.measurements if not each.own}):
        used = [each for each in evidence.measurements if each.dataset == name and not each.own]
        other = [each for each in used if not name.startswith(ANY_SIZE) and each.sha256 != sums.get(name)]
        if sums and name not in sums:
            sentence = f"{len(used)} trials were measured on {name}, and the task's data is {', '.join(sums)}."
            yield error("another-dataset", sentence, (each.name for each in used))
        elif sums and other:
            sentence = f"The {name} of {len(other)} trials has another checksum than the run's."
            yield error("another-dataset", sentence, (each.name for each in other))


def unevaluated(evidence: Evidence) -> Iterator[Finding]:
    """The task owns its evaluation, and a program that ended well recorded nothing on it."""
    owned = evidence.metadata.get("evaluation")
    if owned and evidence.execution.status == "ok" and not any(row["part"] == owned["part"] for row in evidence.rows):
        yield error("unevaluated", "Nothing was recorded on lab.evaluation(), which the task is measured on.")


def own_data(evidence: Evidence) -> Iterator[Finding]:
    """Something was measured on a table that the program made, so that nobody can see where it is from."""
    own = [each for each in evidence.measurements if each.own]
    if own:
        names = ", ".join(sorted({each.dataset for each in own}))
        sentence = f"{len(own)} trials were measured on a table of the program's own, called {names}."
        yield error("own-data", sentence, (each.name for each in own))


def brought_along(evidence: Evidence) -> Iterator[Finding]:
    """The program's own files hold saved trials, as if it had measured something already."""
    files = sorted(path for path in evidence.program if path.startswith("trials/"))
    if files:
        yield error("brought-along", f"{len(files)} files of saved trials are part of the program.", files)


def another_filter(evidence: Evidence) -> Iterator[Finding]:
    """The data was filtered in another way than the task says."""
    wanted = _filters(evidence.design.filters)
    wrong = [each for each in evidence.measurements if wanted and not _filtered(each, wanted)]
    if wrong:
        found = " or ".join(sorted({each.filters or "none" for each in wrong}))
        sentence = f"{len(wrong)} trials have other filters ({found}) than the task's, {evidence.design.filters}."
        yield error("another-filter", sentence, (each.name for each in wrong))


def another_split(evidence: Evidence) -> Iterator[Finding]:
    """The data was split in another way than the task says."""
    wanted = _call(evidence.design.split)
    wrong = [each for each in evidence.measurements if wanted[0] and not _is(_call(each.outer), wanted)]
    if wrong:
        found = " or ".join(sorted({each.outer for each in wrong})[:3])
        sentence = f"{len(wrong)} trials were split by {found}, and the task says {evidence.design.split}."
        yield error("another-split", sentence, (each.name for each in wrong))


def _filters(text: str) -> list[str]:
    """Filters in one spelling, in their order; what drops the ratings alone is none."""
    each = [re.sub(r"\d+(\.\d+)?", lambda number: level(number[0]), part.strip()) for part in text.lower().split(",")]
    return [part for part in each if part not in ("", UNFILTERED)]


def _filtered(each: Measurement, wanted: list[str]) -> bool:
    """Has it these filters in this order, and no other unless its factors may stand for one?"""
    found = _filters(each.filters)
    varied = any(not is_replicate(name) and name not in ("algorithm", "data", *each.settings) for name in each.factors)
    return [part for part in found if part in wanted] == wanted if varied else found == wanted


def _call(text: str) -> tuple[str, dict[str, str]]:
    """The method of a split such as `holdout(test=0.2)`, and its arguments in one spelling."""
    method, _, rest = text.strip().lower().rstrip(")").partition("(")
    pairs = (part.partition("=") for part in rest.split(",") if "=" in part)
    return method, {name.strip(): level(value.strip()) for name, _, value in pairs}


def _is(found: tuple[str, dict[str, str]], wanted: tuple[str, dict[str, str]]) -> bool:
    given = {name: value for name, value in wanted[1].items() if name not in ("seed", "fold")}
    return found[0] == wanted[0] and given.items() <= found[1].items()
