"""What a report is made of where a task owns its evaluation: a node's results, and those of the test part."""

import json

from autoreclab import testing
from autoreclab.nodes import Execution

HEADS = {"summary.csv": "algorithm,part,metric,n,mean", "comparisons.csv": "part,metric,algorithm_a,algorithm_b"}


def outputs(summary, comparisons, split):
    tables = {"summary.csv": summary, "comparisons.csv": comparisons}
    texts = {path: "\n".join([HEADS[path], *rows]) for path, rows in tables.items()}
    return {path: text.encode() for path, text in texts.items()} | {
        "metadata.json": json.dumps({"splits": [split]}).encode()
    }


NODE = outputs(
    ["EASE,validation,ndcg@10,1,0.2", "Bias,validation,ndcg@10,1,0.1"], ["validation,ndcg@10,EASE,Bias"], "A"
)
TEST = outputs(["EASE,test,ndcg@10,1,0.3", "EASE,tuning,ndcg@10,1,0.9"], ["test,ndcg@10,EASE,Bias"], "B")


def test_values_and_comparisons_of_the_test_part_stand_beside_the_nodes_and_nothing_it_was_tuned_by():
    both = testing.beside(NODE, testing.Tested(Execution("ok", 0, 1.0, 1.0, rows=2), TEST, 1))
    assert [line.split(",")[:2] for line in both["summary.csv"].decode().splitlines()[1:]] == [
        ["EASE", "validation"],
        ["EASE", "test"],
        ["Bias", "validation"],
    ]
    assert [line.split(",")[0] for line in both["comparisons.csv"].decode().splitlines()] == [
        "part",
        "validation",
        "test",
    ]
    assert json.loads(both["metadata.json"])["splits"] == ["A", "B"]


def test_a_test_that_failed_or_never_was_changes_nothing():
    crashed = testing.Tested(Execution("crashed", 1, 1.0, 1.0), TEST, 1)
    assert testing.beside(NODE, crashed) == testing.beside(NODE, None) == NODE
