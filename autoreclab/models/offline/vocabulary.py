"""The field's terms as the offline researcher recognises them: what it can do, and what it knows it can't."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

ALGORITHMS: Mapping[str, str] = {
    "ImplicitMF": r"\bimplicit[- ]?mf\b|\bimplicit(?:[- ]feedback)? matrix factori[sz]ation\b|\b(?:i?als|wrmf)\b",
    "BiasedMF": r"\bbiased[- ]?mf\b|\bbiased (?:matrix factori[sz]ation|als)\b|\bexplicit als\b",
    "ItemKNN": r"\bitem[- ]?(?:based )?k-?nn\b|\bitem[- ]item\b|\bitem[- ]based (?:nearest|neighbou?r|collab)\w*",
    "UserKNN": r"\buser[- ]?(?:based )?k-?nn\b|\buser[- ]user\b|\buser[- ]based (?:nearest|neighbou?r|collab)\w*",
    "EASE": r"(?-i:\bEASE\b)|\bease\^?r\b",
    "Popular": r"\b(?:most[- ])?popular(?:ity)?\b(?![- ]bias)|\bmost[- ]?pop\b",
    "Bias": r"\bbias (?:model|scorer|predictor|baseline)\b|\b(?:user|item)[- ](?:and|&)[- ]item bias\b|(?-i:\bBias\b)",
    "Random": r"\brandom (?:recommend\w+|baseline|rank\w+|scorer)\b|(?-i:(?<=, )Random\b)(?! seed| split)",
}
FACTORISATION = re.compile(r"\bmatrix factori[sz]ation\b|\bmf\b", re.I)
STOCHASTIC = ("ImplicitMF", "BiasedMF", "Random")
BASELINES = ("Popular", "Bias")

METRICS: Mapping[str, str] = {
    "ndcg": r"n?dcg|normali[sz]ed discounted cumulative gain",
    "precision": r"(?<!average )precision",
    "recall": r"recall",
    "hit": r"hit[- ]?(?:rate|ratio)s?|hits?(?=@)|hr(?=@)",
    "mrr": r"mrr|(?:mean )?reciprocal rank",
    "map": r"(?-i:MAP)|mean average precision",
    "novelty": r"novelty",
    "coverage": r"(?:(?:catalog(?:ue)?|item)[- ])?coverage",
    "gini": r"gini(?:[- ](?:index|coefficient))?",
    "rmse": r"rmse|root[- ]mean[- ]squared?(?: error)?",
    "mae": r"mae|mean absolute error",
}
PREDICTION = ("rmse", "mae")

DATASETS: Mapping[str, str] = {
    "ml-100k": r"\b(?:movie-?lens|ml)[- ]?(?:100k|100,?000)\b",
    "ml-latest-small": r"\b(?:movie-?lens|ml)[- ]latest[- ]small\b",
    "ml-20m": r"\b(?:movie-?lens|ml)[- ]?20m\b",
    "ml-25m": r"\b(?:movie-?lens|ml)[- ]?25m\b",
    "ml-32m": r"\b(?:movie-?lens|ml)[- ]?32m\b",
    "ml-1m": r"\b(?:movie-?lens|ml)[- ]?1m\b",
    "ml-10m": r"\b(?:movie-?lens|ml)[- ]?10m\b",
    "goodbooks-10k": r"\bgoodbooks(?:-10k)?\b",
    "simulated-dense": r"\bsimulated-dense\b",
    "simulated-sparse": r"\bsimulated-sparse\b",
    "simulated": r"\bsimulated\b(?!-dense|-sparse)|\bsynthetic\b",
    "amazon": r"\bamazon\b",
    "netflix": r"\bnetflix\b",
    "lastfm": r"\blast\.?fm\b",
    "yelp": r"\byelp\b",
    "goodreads": r"\bgoodreads\b",
    "steam": r"\bsteam\b",
    "jester": r"\bjester\b",
    "gowalla": r"\bgowalla\b",
    "criteo": r"\bcriteo\b",
}

BEYOND_ALGORITHMS = (
    r"sas-?rec|bert4rec|gru4rec|caser|light-?gcn|ngcf|neu-?mf|neural \w+ filtering|ncf|deep-?fm|x?deepfm|wide ?& ?deep|"
    r"bpr(?:-?mf)?|bayesian personali[sz]ed ranking|warp|light-?fm|svd\+\+|svdpp|pure-?svd|funk-?svd|svd|nmf|slim|"
    r"mult-?vae|multi-?vae|rec-?vae|auto-?encoders?|factori[sz]ation machines?|rp3beta|p3alpha|xgboost|lightgbm|dlrm|"
    r"two[- ]tower|transformers?|graph neural networks?|gnns?|reinforcement learning|bandits?|llms?|"
    r"language models?|content[- ]based|hybrid recommenders?|word2vec|item2vec|knowledge graphs?|deep learning"
)
BEYOND_METRICS = (
    r"graded[- ]n?dcg|diversity|serendipity|calibration|unexpectedness|popularity bias|intra-list \w+|"
    r"user coverage|f1(?:[- ]score)?|f-measure|auc|roc|arhr|r-precision|rbp|"
    r"click-through rate|ctr|energy|carbon|co2|memory (?:use|usage|consumption)"
)
BEYOND_ANALYSES = (
    r"t-?tests?|wilcoxon|anova|friedman|nemenyi|mann-whitney|bonferroni|effect sizes?|p-values?|cohen'?s d|"
    r"statistical(?:ly)? (?:significan\w+|tests?)|significance|"
    r"bootstrap\w*|bayesian (?:optimi[sz]ation|analysis)|optuna|"
    r"fair(?:ness)?|cold[- ]?start|long[- ]tail|user groups?|genders?|ages?|genres?|sub-?groups?|demographics?|"
    r"temporal(?: splits?)?|time[- ]based|chronological(?:ly)?|leave[- ](?:one[- ])?last[- ](?:one[- ])?out|sessions?|"
    r"sequential|next[- ](?:item|basket)|negative sampling|sampled metrics|ensembles?|explanations?|explainab\w+|"
    r"privacy|robustness to|attacks?|correlations?|regression|rank correlation|kendall\w*|spearman\w*|"
    r"histograms?|box ?plots?|violin plots?|heat ?maps?|scatter ?plots?|learning curves?|latex|jupyter|notebooks?|"
    r"early stopping|ablation|user study|a/b tests?|outliers?"
)
BEYOND = re.compile(rf"\b(?:{BEYOND_ALGORITHMS}|{BEYOND_METRICS}|{BEYOND_ANALYSES})\b", re.I)
BEYOND_ALGORITHM = re.compile(rf"\b(?:{BEYOND_ALGORITHMS})\b", re.I)

TERMS = re.compile(
    r"\b(?:lenskit|seeds?|splits?|leave-one-out|hold-?out|(?:k|\d+)-?folds?|folds|cross[- ]validat\w+|"
    r"(?:k|\d+)[- ]cores?|cores|prun\w+|thresholds?|baselines?|ratings?|interactions?|(?:implicit|explicit) feedback|"
    r"standard deviations?|coefficients? of variation|confidence intervals?|variances?|variation|mean|"
    r"latent factors|factors|epochs|embedding sizes?|hyper-?parameters?|regulari[sz]ation|neighbou?rs|"
    r"metrics?|algorithms?|recommenders?|recommendations?|top-\d+|datasets?|replicates?|repetitions?|"
    r"test (?:part|set|items?|data)|training (?:part|set|data)|validation|figures?|plots?|charts?|docstrings?|"
    r"recomput\w+|documented)\b",
    re.I,
)
FIELD = re.compile(r"\b(?:lenskit|recommend\w*|collaborative filtering|ratings?|movie-?lens)\b", re.I)


def found(vocabulary: Mapping[str, str], text: str) -> tuple[str, ...]:
    """The vocabulary's names that the text mentions, in the order of their first mention."""
    places = {name: match.start() for name, match in _matches(vocabulary, text)}
    return tuple(sorted(places, key=places.__getitem__))


def recognised(text: str) -> bool:
    """Does any term that the offline researcher can act on occur in the text?"""
    measures = re.search(rf"\b(?:{'|'.join(METRICS.values())})(?=@|\b)", text, re.I)
    return bool(measures or TERMS.search(text) or found(ALGORITHMS, text) or found(DATASETS, text))


def _matches(vocabulary: Mapping[str, str], text: str) -> Iterator[tuple[str, re.Match[str]]]:
    for name, pattern in vocabulary.items():
        if match := re.search(pattern, text, re.I):
            yield name, match
