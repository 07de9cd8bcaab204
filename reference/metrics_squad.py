"""Writes test/metrics/golden/squad.jsonl: exact match and F1 of made-up answers by the SQuAD functions of transformers.

    python reference/metrics_squad.py

Needs transformers 4 (5 has dropped them). A line holds a prediction, an answer, the prediction as SQuAD normalises it, exact match and F1.
"""

import json
import random
from pathlib import Path

from transformers.data.metrics.squad_metrics import compute_exact, compute_f1, normalize_answer

OUT = Path(__file__).resolve().parent.parent / "test" / "metrics" / "golden" / "squad.jsonl"
WORDS = [
    "the", "a", "An", "The", "ostamine", "Ostamine,", "TNF-α", "tnf α", "(receptor)", "receptor", "a-b", "co-the", "théa", "éa b", "5.5 %",
    "5 5", "the_gene", "\u00a0", "\u2003", "\t", "\n", "-", "...", "“the”", "a1", "1a", "İz", "ß", "\x1c", "x\u0301a", "२a", "²a", "A/B", "",
]


def main() -> None:
    rng = random.Random(5)
    lines = []
    for _ in range(400):
        answer = [rng.choice(WORDS) for _ in range(rng.randint(0, 5))]
        prediction = [word if rng.random() < 0.7 else rng.choice(WORDS) for word in answer] + rng.sample(WORDS, rng.randint(0, 2))
        first, second = " ".join(prediction), " ".join(answer)
        row = [first, second, normalize_answer(first), compute_exact(second, first), round(compute_f1(second, first), 9)]
        lines.append(json.dumps(row, ensure_ascii=True, separators=(",", ":")))
    OUT.write_text("\n".join(lines) + "\n")


main()
