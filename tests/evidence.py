"""Literal evidence for tests of checks, quotes and verdicts."""

import csv
import io
import json

from autoreclab.evidence import Evidence
from autoreclab.nodes import Execution
from autoreclab.plan import Design, Factor

DESIGN = Design(
    datasets=("ml-100k",),
    factors=(Factor(name="algorithm", levels=("ImplicitMF",)), Factor(name="seed", levels=(0, 1))),
    metrics=("ndcg@10",),
)
CLEAR = '"""Measure seeds."""\n\n\ndef main():\n    pass\n'


def row(algorithm="ImplicitMF", seed="0", metric="ndcg@10", part="test", source="recomputed", dataset="ml-100k"):
    where = {"dataset": dataset, "filters": "", "split": "leave-one-out(seed=1)", "part": part}
    return {"algorithm": algorithm, "seed": seed, **where, "metric": metric, "value": "0.1", "source": source}


def trial(seed=0, algorithm="ImplicitMF", scoring="stored", recorded=None):
    """A trial as metadata has it; `recorded` is the seed that lab was given."""
    given = seed if recorded is None else recorded
    return {
        "factors": {"algorithm": algorithm, "seed": seed},
        "algorithm": algorithm,
        "seed": given,
        "scoring": scoring,
    }


COMPLETE = [row(), row(seed="1"), row("Popular", "")]


def table(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0] if rows else row(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def evidence(rows=COMPLETE, program=CLEAR, outputs=None, trials=(), design=DESIGN, **facts):
    """A node with that ledger, program, further outputs and trials; `facts` are of its execution."""
    execution = Execution(**{"status": "ok", "exit": 0, "seconds": 1.0, "peak_mb": 1.0, **facts})
    metadata = {"metadata.json": json.dumps({"trials": list(trials)}, indent=1).encode()} if trials else {}
    files = {"results.csv": table(rows), **metadata, **(outputs or {})}
    programs = program if isinstance(program, dict) else {"solution.py": program}
    return Evidence(design, execution, {path: text.encode() for path, text in programs.items()}, files)
