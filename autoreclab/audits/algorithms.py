"""What algorithms are called, and which of them depend on chance."""

from __future__ import annotations

import re

from autoreclab.evidence import Measurement

SPELLINGS = {
    "ImplicitMF": "implicitmf als ials implicitals alsimplicit wrmf wmf",
    "BiasedMF": "biasedmf biasedals als explicitals",
    "ItemKNN": "itemknn iknn itemitem itembasedknn itemcf",
    "UserKNN": "userknn uknn useruser userbasedknn usercf",
    "EASE": "ease easer",
    "Popular": "popular popularity pop mostpopular mostpop toppop",
    "Bias": "bias",
    "Random": "random",
}
STOCHASTIC = ("ImplicitMF", "BiasedMF", "Random")
"""Algorithms of lab whose results depend on the seed of training."""
SIMPLE = ("Popular", "Bias", "Random")
"""Those that a program may well write itself."""


def meanings(name: str) -> set[str]:
    """Lab's algorithms that a name may stand for; none for one that lab doesn't know.

    >>> meanings("most_popular"), meanings("PopScorer"), meanings("SLIM")
    ({'Popular'}, {'Popular'}, set())
    """
    spelling = re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("scorer")
    return {algorithm for algorithm, spellings in SPELLINGS.items() if spelling in spellings.split()}


def is_deterministic(each: Measurement) -> bool:
    """Is it known to give the same results whatever the seed?"""
    known = meanings(each.algorithm) or meanings(label(each))
    return bool(known) and known.isdisjoint(STOCHASTIC)


def label(each: Measurement) -> str:
    """What the trial says that it measured; empty where it doesn't say."""
    return str(each.factors.get("algorithm") or "")


def is_function(each: Measurement) -> bool:
    """Is it a function of the program's own (lab's Random is one as well)?"""
    return each.scoring == "function" and each.algorithm != "Random"
