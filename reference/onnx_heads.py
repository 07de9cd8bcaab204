"""Runs our ONNX exports of several heads on one encoder in Python's onnxruntime, against PyTorch.

    python reference/onnx_heads.py START WORK [--peers PEERS] [--out FILE]

START is a BERT directory. In the folder WORK it writes a little data, trains a head of every kind on one encoder with `npx
biobert fine-tune multi`, writes all heads as ONNX (`convert --to onnx --precision fp32 fp16 int8`) and each head alone as safetensors
(`convert --to safetensors --head NAME`), which transformers loads: nothing missing, nothing left over. Each ONNX file is run on a
padded batch beside it, and with PEERS (as in onnx_precisions.py) in transformers.js as well. The figures go to FILE, by default
reference/results/onnx-heads.json. Exit 1 where a difference is beyond the bounds of onnx_precisions.py.
"""

import json
import pathlib
import sys

import numpy
import torch
import transformers

from onnx_precisions import BOUNDS, FILES, ROOT, batch_of, difference, run, run_browser, run_onnx, settings, versions_in_use

GENES = ["BRCA1", "APC", "CFTR", "DMD", "HFE", "ATM"]
DISEASES = ["ataxia", "anaemia", "asthma", "cystic fibrosis"]
# A head of each kind, with what transformers.js calls it.
HEADS = {
    "genes": "token-classification",
    "topics": "multi-label",
    "severity": "regression",
    "related": "sequence-classification",
    "answers": "question-answering",
    "choices": "multiple-choice",
    "several": "multiple-choice",
}


def write_data(work: pathlib.Path) -> pathlib.Path:
    """Sentences made of a few words, as a file for each head, and the file that lists the heads."""
    sentences = [f"Mutations of {gene} are seen in {disease} ." for gene in GENES for disease in DISEASES]
    tagged = [[f"{word}\t{'B' if word in GENES else 'O'}" for word in text.split()] for text in sentences]
    lines = {
        "genes.tsv": ["\n".join(rows) + "\n" for rows in tagged],
        "topics.jsonl": [json.dumps({"text": t, "labels": [x for x in ("lung", "blood") if (i + len(x)) % 3]}) for i, t in enumerate(sentences)],
        "severity.tsv": ["pair_id\tsent1\tsent2\tscore", *(f"{i}\t{t}\t{sentences[-1 - i]}\t{i % 5}" for i, t in enumerate(sentences))],
        "related.tsv": [f"The @GENE$ of {t[:-2]} and @DISEASE$ .\t{i % 2}" for i, t in enumerate(sentences)],
        "answers.jsonl": [json.dumps({"id": i, "question": "Which gene?", "context": t, "answers": [t.split()[2]]}) for i, t in enumerate(sentences)],
        "choices.jsonl": [json.dumps({"id": i, "question": t, "options": GENES[:4], "answers": [i % 4]}) for i, t in enumerate(sentences)],
        "several.jsonl": [json.dumps({"id": i, "question": t, "options": GENES[:3], "answers": [i % 3, 2]}) for i, t in enumerate(sentences) if i % 3 < 2],
    }
    for name, rows in lines.items():
        (work / name).write_text("\n".join(rows) + "\n")
    tasks = [
        {"name": "genes", "task": "ner", "train": ["genes.tsv"], "options": {"type": "Gene"}},
        {"name": "topics", "task": "classification", "train": ["topics.jsonl"], "options": {"problem": "multi-label"}},
        {"name": "severity", "task": "classification", "train": ["severity.tsv"], "options": {"problem": "regression"}},
        {"name": "related", "task": "relation", "train": ["related.tsv"]},
        {"name": "answers", "task": "qa", "train": ["answers.jsonl"], "options": {"docStride": 16, "maxQueryLength": 8}},
        {"name": "choices", "task": "multiple-choice", "train": ["choices.jsonl"]},
        {"name": "several", "task": "multiple-choice", "train": ["several.jsonl"], "options": {"answers": "several"}},
    ]
    path = work / "tasks.json"
    path.write_text(json.dumps({"heads": tasks}))
    return path


def main() -> None:
    arguments, work = settings("onnx-heads.json")
    model, onnx = work / "model", work / "onnx"
    tasks = write_data(work)
    command = ["npx", "biobert", "fine-tune", "multi", "--model", arguments.start, "--tasks", str(tasks), "--out", str(model)]
    run([*command, "--epochs", "2", "--max-length", "48", "--learning-rate", "2e-4"])
    run(["npx", "biobert", "convert", str(model), str(onnx), "--to", "onnx", "--precision", *FILES])
    versions = versions_in_use()
    rows = []
    for name, kind in HEADS.items():
        alone = work / name
        run(["npx", "biobert", "convert", str(model), str(alone), "--to", "safetensors", "--head", name])
        config = json.loads((alone / "config.json").read_text())
        loader = getattr(transformers, config["architectures"][0])
        loaded, info = loader.from_pretrained(alone, attn_implementation="eager", output_loading_info=True)
        left = [*info["missing_keys"], *info["unexpected_keys"], *info["mismatched_keys"]]
        batch = batch_of(loaded.config, 2 if kind == "multiple-choice" else 1)
        mask = batch["attention_mask"].numpy()
        with torch.no_grad():
            wanted = {key: value.numpy() for key, value in loaded.eval()(**batch).items()}
        directory = onnx if name == "genes" else onnx / "heads" / name
        assert json.loads((directory / "config.json").read_text())["architectures"] == config["architectures"]
        browser = {}
        # transformers.js has no class for multiple choice.
        if arguments.peers is not None and kind != "multiple-choice":
            answer = run_browser(arguments.peers, directory, kind, batch, work)
            versions["transformers.js"] = answer["version"]
            browser = answer["results"]
        for precision, file in FILES.items():
            row = {"head": name, "class": config["architectures"][0], "precision": precision, "weightsNotLoaded": left}
            row["onnxruntime"] = difference(kind, run_onnx(directory / "onnx" / file, batch), wanted, mask)
            if precision in browser:
                js = {key: numpy.array(value["data"], dtype=numpy.float32).reshape(value["dims"]) for key, value in browser[precision].items()}
                row["transformers.js"] = difference(kind, js, wanted, mask)
            row["agrees"] = left == [] and all(row.get(side, 0) <= BOUNDS[precision] for side in ("onnxruntime", "transformers.js"))
            rows.append(row)
            said = ", ".join(f"{side} {row[side]:.1e}" for side in ("onnxruntime", "transformers.js") if side in row)
            print(f"{'ok  ' if row['agrees'] else 'FAIL'} {name} {precision}: {said}")
    pathlib.Path(arguments.out).write_text(json.dumps({"formatVersion": 1, "start": pathlib.Path(arguments.start).name, "versions": versions, "rows": rows}, indent=1) + "\n")
    sys.exit(0 if all(row["agrees"] for row in rows) else 1)


if __name__ == "__main__":
    main()
