"""Values as flat lines `key: <JSON>`, the text of commit notes: valid YAML, and fast to read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

from autoreclab.nodes import Execution, Finding, Judgement, Node, Verdict
from autoreclab.plan import Design, Factor, Plan, Requirement
from autoreclab.usage import ROLES, Usage, usage_in

FORMAT = 1
EVALUATOR = 2
"""Version of the checks, the audits and the recomputation; verdicts of another version do not count."""


def dump(record: Mapping[str, Any]) -> str:
    """One line a key; keys are ours, values are JSON, so no text of a program or model can make a line."""
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in record.items())


def load(text: str) -> dict[str, Any]:
    """The record in a note; lines that are not ours are passed over."""
    pairs = [line.partition(": ") for line in text.split("\n")]
    try:  # one JSON object is read several times as fast as forty lines, and every note of ours makes one
        return json.loads("{" + ",".join(f'"{key}": {value}' for key, found, value in pairs if found) + "}")
    except ValueError:
        return _by_lines(text)


def _by_lines(text: str) -> dict[str, Any]:
    record = {}
    for line in text.split("\n"):
        key, found, value = line.partition(": ")
        if found:
            try:
                record[key] = json.loads(value)
            except ValueError:
                continue
    return record


def of_node(node: Node) -> dict[str, Any]:
    """The record of a node that ran: what it is about, what happened and, once judged, the verdicts."""
    assert node.execution
    record = {"format": FORMAT, "commit": node.commit, "tree": node.tree, **of_execution(node.execution)}
    for role, usage in node.spent.items():
        record |= {f"{role}.{key}": value for key, value in dataclasses.asdict(usage).items()}
    if node.judgement:
        record |= {"score": node.judgement.score, "met": node.judgement.met, "of": len(node.judgement.verdicts)}
        record |= {"plan": node.judgement.plan, "evaluator": EVALUATOR}
        for number, verdict in enumerate(node.judgement.verdicts, 1):
            record |= {f"verdict.{number}.{key}": value for key, value in dataclasses.asdict(verdict).items()}
        record |= _findings("audit", node.judgement.findings)
        record |= {"lesson": node.lesson} if node.lesson else {}
    return record


def onto(node: Node, record: Mapping[str, Any], plan: str | None) -> Node:
    """The node with what its record says. A record about another commit, or another plan than the one with this
    fingerprint, does not count."""
    execution = execution_in(record)
    if record.get("commit") != node.commit or record.get("tree") != node.tree or not execution:
        return node
    judgement = _judgement(record, plan)
    lesson = record.get("lesson", "") if judgement else ""  # it goes by the score
    spent = _spent(record) or node.spent
    return dataclasses.replace(node, execution=execution, judgement=judgement, lesson=lesson, spent=spent)


def _spent(record: Mapping[str, Any]) -> dict[str, Usage]:
    """What a node cost; records that know no roles have it without one, and it is booked as the coder's."""
    found = {role: usage_in(_numbered(record, f"{role}.")) for role in ROLES if f"{role}.calls" in record}
    if found or not record.get("calls"):
        return found
    return {"coder": usage_in({**record, "seconds": 0.0, "unpriced": record["calls"]})}


def of_execution(execution: Execution) -> dict[str, Any]:
    """What happened, as a record says it."""
    facts = dataclasses.asdict(execution)
    record = {key: value for key, value in facts.items() if key not in ("metrics", "problems")}
    record |= {f"metric.{name}": value for name, value in facts["metrics"].items()}
    return record | _findings("problem", execution.problems)


def execution_in(record: Mapping[str, Any]) -> Execution | None:
    """What happened, if the record says so."""
    if "status" not in record:
        return None
    facts = {item.name: record[item.name] for item in dataclasses.fields(Execution) if item.name in record}
    return Execution(**facts, metrics=_numbered(record, "metric."), problems=_found(record, "problem."))


def of_plan(plan: Plan) -> dict[str, Any]:
    """The record of a plan, on a run's root."""
    record: dict[str, Any] = {"summary": plan.summary}
    for number, requirement in enumerate(plan.requirements, 1):
        record[f"requirement.{number}"] = requirement.text
        if requirement.check:
            record[f"requirement.{number}.check"] = requirement.check
    fixed = {key: getattr(plan.design, key) for key in ("datasets", "metrics", "filters", "split")}
    record |= {f"design.{key}": value for key, value in fixed.items()}
    return record | {f"design.factor.{factor.name}": factor.levels for factor in plan.design.factors}


def plan_in(record: Mapping[str, Any]) -> Plan | None:
    """The plan in a root's record, or None before there is one."""
    if "summary" not in record:
        return None
    texts = {key: text for key, text in _numbered(record, "requirement.").items() if key.isdigit()}
    return Plan(
        summary=record["summary"],
        requirements=tuple(
            Requirement(text=text, check=record.get(f"requirement.{number}.check")) for number, text in texts.items()
        ),
        design=Design(
            datasets=tuple(record["design.datasets"]),
            factors=tuple(
                Factor(name=name, levels=tuple(levels)) for name, levels in _numbered(record, "design.factor.").items()
            ),
            metrics=tuple(record["design.metrics"]),
            filters=record.get("design.filters", ""),
            split=record.get("design.split", ""),
        ),
    )


def line(node: Node, headline: str | None) -> str:
    """A node in one line for people: `0.88  14/16  ndcg@10 0.1201  ok`."""
    parts = []
    if node.judgement:
        parts += [f"{node.judgement.score:.2f}", f"{node.judgement.met}/{len(node.judgement.verdicts)}"]
    if headline and node.execution and headline in node.execution.metrics:
        parts.append(f"{headline} {node.execution.metrics[headline]:.4f}")
    return "  ".join([*parts, node.status])


def _judgement(record: Mapping[str, Any], plan: str | None) -> Judgement | None:
    if not plan or record.get("plan") != plan or record.get("evaluator") != EVALUATOR:
        return None
    verdicts = tuple(
        Verdict(*(record[f"verdict.{number}.{key}"] for key in ("met", "evidence", "by")))
        for number in range(1, record["of"] + 1)
    )
    return Judgement(verdicts, record["plan"], _found(record, "audit."))


def _findings(prefix: str, findings: Iterable[Finding]) -> dict[str, Any]:
    values = (dataclasses.asdict(finding) | {"rows": list(finding.rows)} for finding in findings)
    return {f"{prefix}.{number}": value for number, value in enumerate(values, 1)}


def _found(record: Mapping[str, Any], prefix: str) -> tuple[Finding, ...]:
    values = _numbered(record, prefix).values()
    return tuple(Finding(**{**value, "rows": tuple(value["rows"])}) for value in values)


def _numbered(record: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in record.items() if key.startswith(prefix)}
