"""A scripted researcher: answers that depend on the question alone, as a very good model's would."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

SEEDS = (0, 1, 2)
REPAIR, IMPROVEMENT = "\nYou repair node ", "\nYou improve node "  # what tells prompts for programs apart
PLAN = {
    "summary": "How much do random seeds change a noisy popularity recommender?",
    "requirements": [
        {"text": "Every seed has NDCG@10 and Recall@10.", "check": "design"},
        {"text": "Popularity runs beside it.", "check": "baseline"},
        {"text": "The docstring names the question.", "check": None},
    ],
    "design": {
        "datasets": ["simulated"],
        "factors": [{"name": "algorithm", "levels": ["Noisy"]}, {"name": "seed", "levels": list(SEEDS)}],
        "metrics": ["ndcg@10", "recall@10"],
    },
}
PROGRAM = '''\
"""How much do random seeds change a noisy popularity recommender?"""

import numpy as np

from autoreclab import lab


def noisy(training, seed):
    """Popularity with a little noise from the seed."""
    counts = training["item"].value_counts()
    noise = np.random.default_rng(seed).normal(size=counts.index.max() + 1)
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy() + {noise} * noise[items]


def popular(training, seed):
    """Plain popularity."""
    counts = training["item"].value_counts()
    return lambda user, items: counts.reindex(items).fillna(0).to_numpy()


def main():
    """Record every seed, and popularity beside it."""
    lab.arguments(__doc__)
    data = lab.load("simulated", n_users=40, n_items=50, n_interactions=800, seed=1)
    split = lab.split(data, "leave-one-out", seed=1)
    for trial in lab.trials(algorithm=["Noisy"], seed={seeds}):
        model = lab.train(noisy, split, seed=trial.seed)
        trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])
    for trial in lab.trials(algorithm=["Popular"]):
        trial.record(lab.recommend(lab.train(popular, split), split, n=10), metrics=["ndcg", "recall"], k=[10])
    lab.finish()


if __name__ == "__main__":
    main()
'''


FEW = range(3)  # seeds; all 30 of the task are run offline
SEEDS_PLAN = {
    "summary": "How much do random seeds change ImplicitMF on MovieLens-100K?",
    "requirements": [{"text": "Every seed has both metrics.", "check": "design"}, *PLAN["requirements"][1:]],
    "design": {
        "datasets": ["ml-100k"],
        "factors": [{"name": "algorithm", "levels": ["ImplicitMF"]}, {"name": "seed", "levels": list(FEW)}],
        "metrics": ["ndcg@10", "recall@10"],
    },
}
SEEDS_PROGRAM = '''\
"""How much do random seeds change ImplicitMF on MovieLens-100K?"""

from autoreclab import lab


def record(trial, split, **settings):
    """Train, recommend and record."""
    model = lab.train(trial.algorithm, split, **settings)
    trial.record(lab.recommend(model, split, n=10), metrics=["ndcg", "recall"], k=[10])


def main():
    """Record every seed, and popularity beside it. Variant {noise}."""
    lab.arguments(__doc__)
    split = lab.split(lab.implicit(lab.load("ml-100k")), "leave-one-out", seed=42)
    for trial in lab.trials(algorithm=["ImplicitMF"], seed={seeds}):
        record(trial, split, seed=trial.seed, embedding_size=20, epochs=15)
    for trial in lab.trials(algorithm=["Popular"]):
        record(trial, split)
    lab.finish()


if __name__ == "__main__":
    main()
'''


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """The answers about noisy popularity."""
    return answered(body, PLAN, PROGRAM, SEEDS)


def answer_seeds(body: dict[str, Any]) -> dict[str, Any]:
    """The answers about tasks/seeds.md."""
    return answered(body, SEEDS_PLAN, SEEDS_PROGRAM, FEW)


def answered(body: dict[str, Any], plan: dict[str, Any], program: str, seeds: Sequence[int]) -> dict[str, Any]:
    """A plan; a draft that crashes; incomplete ones; a debugged one without baseline; and the complete improvement."""
    text = body["messages"][0]["content"]
    if text.startswith("You plan"):
        return plan
    if text.startswith("You review"):
        numbers = [
            int(number) for number in re.findall(r"^(\d+)\. ", text.split("## Requirements in question")[1], re.M)
        ]
        quoted = {"met": True, "quote": "lab.arguments(__doc__)", "evidence": "It says so."}
        return {"opinions": [{"requirement": number, **quoted} for number in numbers]}
    if text.startswith("You interpret"):
        return {"answer": "Hardly.", "interpretation": "Noise is small.", "limitations": "Simulated data."}
    variant = int(hashlib.sha256(text.encode()).hexdigest()[:4], 16) / 1e6
    if REPAIR in text:
        code = program.format(noise=0.5 + variant, seeds=list(seeds))
        return proposal("the repaired program", code.replace('algorithm=["Popular"]', "algorithm=[]"))
    if IMPROVEMENT in text:
        return proposal("the baseline, too", program.format(noise=0.5 + variant, seeds=list(seeds)))
    tried = len(re.findall(r"^\d{4} draft,", text, re.M))
    code = program.format(noise=0.4 + variant, seeds=[0]) if tried else "import lensk1t\n"
    return proposal(f"draft {tried + 1}", code)


def proposal(title: str, code: str) -> dict[str, Any]:
    return {"title": title, "plan": "See the title.", "files": [{"path": "solution.py", "content": code}]}
