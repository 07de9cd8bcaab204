"""Writes test/metrics/golden/scores-*.txt: what scikit-learn, seqeval, SciPy and trec_eval say of random cases.

    python reference/metrics_scores.py

Needs scikit-learn, seqeval 1.2.2, scipy and pytrec_eval-terrier. The cases come from metrics_random.py, whose twin the tests read; a
line of a file is a case, numbers in percent (correlations in units of 0.01) with three decimals, `nan` where there is none.
"""

import math
import warnings
from pathlib import Path

import numpy as np
import pytrec_eval
from metrics_random import label_sets, labels, numbers, rankings, tags
from scipy import stats
from seqeval.metrics import f1_score, precision_score, recall_score
from sklearn import metrics
from sklearn.preprocessing import MultiLabelBinarizer

OUT = Path(__file__).resolve().parent.parent / "test" / "metrics" / "golden"
CASES = 1000
TREC = ("map", "ndcg", "ndcg_cut_5", "P_1", "recip_rank", "recall_5", "Rprec")


def line(values) -> str:
    return " ".join("nan" if math.isnan(value) else f"{100 * value:.3f}" for value in values)


def prf(gold, predicted, average, **options):
    return metrics.precision_recall_fscore_support(gold, predicted, average=average, zero_division=0, **options)[:3]


def classification(case: int) -> str:
    gold, predicted = labels(case)
    values = [metrics.accuracy_score(gold, predicted), metrics.balanced_accuracy_score(gold, predicted)]
    values += [*prf(gold, predicted, "macro"), *prf(gold, predicted, "weighted")]
    # The classes c1 and c2 alone, as ChemProt's five are scored.
    values += [*prf(gold, predicted, "micro", labels=["c1", "c2"]), prf(gold, predicted, "macro", labels=["c1", "c2"])[2]]
    # Class c1 against all else.
    values += prf([g == "c1" for g in gold], [p == "c1" for p in predicted], "binary", pos_label=True)
    return line(values)


def multi_label(case: int) -> str:
    gold, predicted = label_sets(case)
    binarizer = MultiLabelBinarizer().fit(gold + predicted)
    if len(binarizer.classes_) < 2:  # scikit-learn takes a single column for single labels
        return line([math.nan] * 14)
    first, second = binarizer.transform(gold), binarizer.transform(predicted)
    values = []
    for average in ("micro", "macro", "weighted"):
        values += prf(first, second, average)
    values += [metrics.accuracy_score(first, second), metrics.hamming_loss(first, second)]
    values += [metrics.jaccard_score(first, second, average="samples", zero_division=1.0)]
    values += prf(first, second, "samples")[:2]
    return line([*values])


def entities(case: int) -> str:
    gold, predicted = tags(case)
    return line([score(gold, predicted) for score in (precision_score, recall_score, f1_score)] + [f1_score(gold, predicted, average="macro")])


def correlation(case: int) -> str:
    first, second = numbers(case)
    return line([stats.pearsonr(first, second)[0], stats.spearmanr(first, second)[0]])


def ranking(case: int) -> str:
    relevances, scores = rankings(case)
    if not relevances:
        return line([math.nan] * len(TREC))
    results = pytrec_eval.RelevanceEvaluator(relevances, {"map", "ndcg", "ndcg_cut.5", "P.1", "recip_rank", "recall.5", "Rprec"}).evaluate(scores)
    return line(np.mean([query[name] for query in results.values()]) for name in TREC)


def main() -> None:
    warnings.filterwarnings("ignore")
    families = {
        "classification": classification,
        "multi-label": multi_label,
        "entities": entities,
        "correlation": correlation,
        "ranking": ranking,
    }
    for name, score in families.items():
        (OUT / f"scores-{name}.txt").write_text("".join(f"{score(case)}\n" for case in range(CASES)))


main()
