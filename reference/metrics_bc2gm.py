"""Writes test/metrics/golden/bc2gm.jsonl: what BioCreative II's alt_eval.perl says of made-up annotations.

    python reference/metrics_bc2gm.py /path/to/alt_eval.perl

Needs Perl and the script (spyysalo/bc2gm-corpus, original-data/train/alt_eval.perl). A line holds gold genes, alternatives and predictions as
[sentence, start, end] and the script's counts of true positives, false positives and misses.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "test" / "metrics" / "golden" / "bc2gm.jsonl"


def spans(rng: random.Random, sentences: int, count: int) -> list[list]:
    made = []
    for _ in range(count):
        start = rng.randint(0, 12)
        made.append([f"S{rng.randrange(sentences)}", start, start + rng.randint(0, 5)])
    return made


def main() -> None:
    script = Path(sys.argv[1]).resolve()
    lines = []
    for seed in range(60):
        rng = random.Random(seed)
        sentences = rng.randint(1, 4)
        gold, alternatives = spans(rng, sentences, rng.randint(1, 8)), spans(rng, sentences, rng.randint(0, 8))
        known = gold + alternatives
        predicted = [rng.choice(known) if rng.random() < 0.7 else spans(rng, sentences + 1, 1)[0] for _ in range(rng.randint(1, 9))]
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, mentions in (("gene", gold), ("alt", alternatives), ("system", predicted)):
                path = Path(folder) / name
                path.write_text("".join(f"{i}|{start} {end}|x\n" for i, start, end in mentions))
                paths.append(str(path))
            command = ["perl", str(script), "-gene", paths[0], "-altgene", paths[1], paths[2]]
            output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        counts = [output.count("TP|")] + [len(re.findall(rf"^{kind}\|", output, re.MULTILINE)) for kind in ("FP", "FN")]
        case = {"gold": gold, "alternatives": alternatives, "predicted": predicted, "counts": counts}
        lines.append(json.dumps(case, separators=(",", ":")))
    OUT.write_text("\n".join(lines) + "\n")


main()
