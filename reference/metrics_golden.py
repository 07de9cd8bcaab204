"""Writes test/metrics/golden/tag-sequences.jsonl: random tag sequences and what the reference tools say of them.

    python reference/metrics_golden.py /path/to/conlleval.py

Needs seqeval 1.2.2 and spyysalo/conlleval.py, the Python form of the CoNLL shared tasks' script that knows IOBES as well.
Each case holds one corpus (gold and predicted tags of a few sentences), the entities that seqeval's default mode reads, and
the numbers of conlleval (all cases), of seqeval's default mode (typed cases) and of its strict mode (typed cases).
"""

import importlib.util
import json
import random
import sys
import warnings
from pathlib import Path

from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, IOBES

OUT = Path(__file__).resolve().parent.parent / "test" / "metrics" / "golden" / "tag-sequences.jsonl"
TYPES = ["Disease", "Chemical", "cell-line"]
CASES_OF_EACH_KIND = 40


def random_entities(rng: random.Random, length: int, types: list[str]) -> list[tuple[int, int, str]]:
    entities, at = [], 0
    while at < length:
        if rng.random() < 0.4:
            end = min(length, at + rng.randint(1, 3))
            entities.append((at, end, rng.choice(types)))
            at = end
        else:
            at += 1
    return entities


def valid_tags(entities: list[tuple[int, int, str]], length: int, scheme: str) -> list[str]:
    tags = ["O"] * length
    for start, end, kind in entities:
        suffix = f"-{kind}" if kind else ""
        for i in range(start, end):
            if scheme == "IOBES" and end - start == 1:
                prefix = "S"
            elif i == start:
                prefix = "B"
            else:
                prefix = "E" if scheme == "IOBES" and i == end - 1 else "I"
            tags[i] = prefix + suffix
    return tags


def random_tags(rng: random.Random, length: int, scheme: str, types: list[str]) -> list[str]:
    prefixes = "BIO" if scheme == "IOB2" else "BIESO"
    tags = []
    for _ in range(length):
        prefix, kind = rng.choice(prefixes), rng.choice(types)
        tags.append(prefix if prefix == "O" or not kind else f"{prefix}-{kind}")
    return tags


def perturbed(rng: random.Random, tags: list[str], other: list[str]) -> list[str]:
    return [b if rng.random() < 0.25 else a for a, b in zip(tags, other)]


def percent(values: tuple[float, float, float]) -> list[float]:
    return [round(100 * float(value), 9) for value in values]


def main() -> None:
    spec = importlib.util.spec_from_file_location("conlleval", sys.argv[1])
    conlleval = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conlleval)
    warnings.simplefilter("ignore")
    rng = random.Random(2020)

    cases = []
    for scheme in ("IOB2", "IOBES"):
        for typed in (True, False):
            for valid in (True, False):
                for _ in range(CASES_OF_EACH_KIND):
                    types = TYPES[: rng.randint(1, 3)] if typed else [""]
                    gold, predicted = [], []
                    for _ in range(rng.randint(1, 4)):
                        length = rng.randint(1, 9)
                        sentence = valid_tags(random_entities(rng, length, types), length, scheme)
                        if valid:
                            guess = rng.choice([sentence, valid_tags(random_entities(rng, length, types), length, scheme)])
                        else:
                            sentence = perturbed(rng, sentence, random_tags(rng, length, scheme, types))
                            guess = perturbed(rng, sentence, random_tags(rng, length, scheme, types))
                        gold.append(sentence)
                        predicted.append(guess)

                    lines = []
                    for left, right in zip(gold, predicted):
                        lines += [f"w {a} {b}" for a, b in zip(left, right)] + [""]
                    counts = conlleval.evaluate(lines)
                    overall = conlleval.calculate_metrics(counts.correct_chunk, counts.found_guessed, counts.found_correct)
                    by_type = {
                        kind: conlleval.calculate_metrics(
                            counts.t_correct_chunk[kind], counts.t_found_guessed[kind], counts.t_found_correct[kind]
                        )
                        for kind in {*counts.t_found_correct, *counts.t_found_guessed}
                    }
                    case = {
                        "scheme": scheme,
                        "gold": [" ".join(tags) for tags in gold],
                        "predicted": [" ".join(tags) for tags in predicted],
                        "entities": [[[kind, start, end + 1] for kind, start, end in get_entities(tags)] for tags in predicted],
                        "conlleval": {
                            "counts": [counts.found_correct, counts.found_guessed, counts.correct_chunk],
                            "overall": percent((overall.prec, overall.rec, overall.fscore)),
                            "byType": {kind: percent((m.prec, m.rec, m.fscore)) for kind, m in sorted(by_type.items())},
                            "accuracy": round(100 * counts.correct_tags / counts.token_counter, 9),
                        },
                    }
                    if typed:
                        measures = (precision_score, recall_score, f1_score)
                        case["seqeval"] = percent(tuple(f(gold, predicted, zero_division=0) for f in measures))
                        strict = {"mode": "strict", "scheme": IOB2 if scheme == "IOB2" else IOBES}
                        case["strict"] = percent(tuple(f(gold, predicted, zero_division=0, **strict) for f in measures))
                    cases.append(case)

    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("".join(json.dumps(case, separators=(",", ":")) + "\n" for case in cases), encoding="utf-8")
    print(f"{len(cases)} cases, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
