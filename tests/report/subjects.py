"""A finished study as reports see it, whose parts a test can replace."""

import dataclasses
import json

from autoreclab.comparison import Comparison, Value
from autoreclab.evidence import Evidence
from autoreclab.models.answers import Interpretation
from autoreclab.nodes import Execution
from autoreclab.plan import Design, Factor, Plan, Requirement
from autoreclab.report import Subject
from autoreclab.settings import Settings
from autoreclab.task import parse
from autoreclab.tree import Tree
from autoreclab.workspace import Run
from tests.trees import node

SHA256 = "ab" * 32
TASK = "# Seeds <b>\n\nHow much do 3 seeds of 20 factors change it?\n\n## Requirements\n\n- complete\n"
RUN = Run(
    "seeds", "root", parse(TASK, "t.md"), Settings(),
    {"datasets": [{"name": "ml-100k", "sha256": SHA256, "interactions": 100_000, "users": 943, "items": 1682}]}, "",
)  # fmt: skip
DESIGN = Design(
    datasets=("ml-100k",),
    factors=(Factor(name="algorithm", levels=("ImplicitMF",)), Factor(name="seed", levels=(0, 1, 2))),
    metrics=("ndcg@10", "recall@10"),
    filters="rating > 3, 5-core",
    split="holdout(test=0.2)",
)
PLAN = Plan(
    summary="", requirements=(Requirement(text="complete"), Requirement(text="clear")), design=DESIGN,
)  # fmt: skip
HEAD = "algorithm,seed,dataset,filters,split,part,metric,value,n_users,seconds,source\n"
WHERE = 'ml-100k,"rating > 3, 5-core","holdout(test=0.2, seed=1)",test'
LEDGER = HEAD + "".join(
    f"ImplicitMF,{seed},{WHERE},{metric},{value},938,12.5,recomputed\n"
    for seed, (ndcg, recall) in enumerate([(0.1167, 0.21), (0.1201, 0.22), (0.1235, 0.23)])
    for metric, value in (("ndcg@10", ndcg), ("recall@10", recall))
)
SUMMARY = (
    "algorithm,dataset,filters,part,metric,n,mean,sd,cv,ci_low,ci_high,n_users,seconds,source\n"
    'ImplicitMF,ml-100k,"rating > 3, 5-core",test,ndcg@10,3,0.12010,0.00340,0.02831,0.11166,0.12854,938,12,recomputed\n'
    'ImplicitMF,ml-100k,"rating > 3, 5-core",test,recall@10,3,0.22,0.01,0.04545,0.19516,0.24484,938,12,recomputed\n'
    'Popular,ml-100k,"rating > 3, 5-core",test,ndcg@10,1,0.06,,,,,938,0.5,recomputed\n'
)
METADATA = {
    "versions": {"python": "3.11", "lenskit": "2025.8.1"},
    "datasets": [
        {"name": "ml-100k", "sha256": SHA256, "filters": "rating > 3, 5-core", "n_interactions": 54_413,
         "n_users": 938, "n_items": 1_008}
    ],
    "splits": [
        {"label": "holdout(test=0.2, seed=1)", "part": "test", "statistics": {"n_test": 10_882},
         "recipe": [{"step": "load", "name": "ml-100k"}, {"step": "split", "seed": 1}]}
    ],
    "trials": [
        {"algorithm": "ImplicitMF", "seed": seed, "settings": {"embedding_size": 20}, "scoring": "stored"}
        for seed in range(3)
    ],
}  # fmt: skip
OUTPUTS = {
    "results.csv": LEDGER.encode(), "summary.csv": SUMMARY.encode(), "metadata.json": json.dumps(METADATA).encode(),
    "figures/ndcg@10.png": b"",
}  # fmt: skip
PROGRAM = b'"""A study; no 0.77 in it."""\nweight = 40.5  # not 0.78\n'
WORDS = Interpretation(answer="It varies by 2.8 %.", interpretation="Small.", limitations="One dataset.")


def evidence(design=DESIGN, data=RUN.facts["datasets"], metadata=METADATA, **outputs):
    """The study's evidence; `ledger` and `summary` replace these files."""
    tables = {f"{'results' if name == 'ledger' else name}.csv": text.encode() for name, text in outputs.items()}
    files = OUTPUTS | {"metadata.json": json.dumps(metadata).encode()} | tables
    return Evidence(design, Execution("ok", 0, 1.0, 1.0), {"solution.py": PROGRAM}, files, data)


def comparisons(*rows):
    """The text of a `comparisons.csv` with rows that are this one, but for what is given."""
    row = {
        "dataset": "ml-100k", "filters": "", "part": "test", "metric": "ndcg@10", "algorithm_a": "EASE",
        "algorithm_b": "Popular", "paired_over": "users", "n": "943", "mean_a": "0.12", "mean_b": "0.06",
        "difference": "0.06", "ci_low": "0.05", "ci_high": "0.07", "t_p": "1e-9", "wilcoxon_p": "", "t_p_holm": "2e-9",
        "wilcoxon_p_holm": "", "d_z": "0.5", "source": "recomputed",
    }  # fmt: skip
    return "\n".join([",".join(row), *(",".join((row | given).values()) for given in rows)])


def subject(*nodes, **changes):
    """A report's subject of these nodes, or of one that meets everything."""
    tree = Tree("seeds", "root", plan=PLAN, nodes=nodes or (node(1, met=2),))
    found = Subject(RUN, tree, evidence() if tree.best else None)
    return dataclasses.replace(found, **changes)


def again(*values, status="ok", error=""):
    """A comparison of two executions that gave these pairs of values."""
    then, now = Execution("ok", 0, 17.25, 1.0), Execution(status, 0, 16.5, 1.0, error=error)
    found = [Value({"seed": str(n), "metric": "ndcg@10"}, *pair) for n, pair in enumerate(values)]
    return Comparison(then, now, tuple(found))
