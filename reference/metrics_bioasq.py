"""Writes test/metrics/golden/bioasq.jsonl: what BioASQ's own evaluator says of questions and answers made up here.

    python reference/metrics_bioasq.py /path/to/Evaluation-Measures/flat/BioASQEvaluation/dist

Needs Java and the `dist` folder of BioASQ/Evaluation-Measures (BioASQEvaluation.jar of April 2022 and its lib). Each line holds the golden
questions, a system's answers and, for each edition (`-e`), the ten numbers of phase B in the evaluator's order. The evaluator
ends with an exception where a question has no response before edition 9, so those files are scored by edition 9 alone.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "test" / "metrics" / "golden" / "bioasq.jsonl"
NAMES = ["Zelorin", "zelorin", "ZELORIN-2", "Tabrex", "tabrex kinase", "ostamine", "Ostamine ", "velurase (VLR)", "VLR", "α-Corvex", "Ä-factor"]
YES_NO = ["yes", "Yes", "YES.", "no", "No", "none", "maybe", "unknown"]


def entries(rng: random.Random, count: int, synonyms: int) -> list[list[str]]:
    return [rng.sample(NAMES, rng.randint(1, synonyms)) for _ in range(count)]


def corpus(seed: int) -> tuple[list[dict], list[dict]]:
    rng = random.Random(seed)
    golden, system = [], []
    for number in range(rng.randint(4, 14)):
        kind = rng.choice(["yesno", "factoid", "list", "list", "summary"])
        question = {"id": f"q{number}", "type": kind}
        response = dict(question)
        if kind == "yesno":
            question["exact_answer"] = rng.choice(["yes", "yes", "no"])
            response["exact_answer"] = rng.choice(YES_NO)
        elif kind == "factoid":
            if seed % 4 == 1:  # flat lists, as BioASQ 1 and 2 wrote them
                question["exact_answer"] = rng.sample(NAMES, rng.randint(1, 2))
                response["exact_answer"] = rng.sample(NAMES, rng.randint(0, 4))
            else:
                question["exact_answer"] = entries(rng, rng.randint(1, 2), 3)
                response["exact_answer"] = entries(rng, rng.randint(0, 6), 2) + ([[]] if rng.random() < 0.2 else [])
        elif kind == "list":
            question["exact_answer"] = entries(rng, rng.randint(1, 4), 3)
            response["exact_answer"] = entries(rng, rng.randint(0, 5), 2)
        if response.get("exact_answer") == [] or rng.random() < 0.1 and kind in ("factoid", "list"):
            response.pop("exact_answer", None)
        golden.append(question)
        if seed % 4 != 3 or rng.random() < 0.7:
            system.append(response)
    return golden, system


def evaluate(dist: Path, edition: int, golden: list[dict], system: list[dict]) -> list[float] | None:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, questions in (("golden", golden), ("system", system)):
            path = Path(folder) / f"{name}.json"
            path.write_text(json.dumps({"questions": questions}, ensure_ascii=True))
            paths.append(str(path))
        classpath = f"{dist}/BioASQEvaluation.jar:{dist}/lib/*"
        command = ["java", "-Xshare:auto", "-cp", classpath, "evaluation.EvaluatorTask1b", "-phaseB", "-e", str(edition), *paths]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        numbers = run.stdout.split()
        if len(numbers) != 10 or run.returncode != 0:
            print(f"edition {edition}: {run.stderr[:200]}", file=sys.stderr)
            return None
        return [float(number) for number in numbers]


def main() -> None:
    dist = Path(sys.argv[1]).resolve()
    lines = []
    for seed in range(24):
        golden, system = corpus(seed)
        editions = {1: [2], 3: [9]}.get(seed % 4, [3, 5, 9] if seed % 8 else [2, 3, 5, 8, 9])
        measures = {edition: evaluate(dist, edition, golden, system) for edition in editions}
        case = {"golden": golden, "system": system, "measures": {k: v for k, v in measures.items() if v is not None}}
        lines.append(json.dumps(case, ensure_ascii=False, separators=(",", ":")))
    OUT.write_text("\n".join(lines) + "\n")


main()
