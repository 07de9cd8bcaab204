"""Runs our ONNX exports of every head in Python's onnxruntime and in transformers.js, and compares them with PyTorch.

    python reference/onnx_precisions.py START WORK [--peers PEERS] [--out FILE]

START is a BERT directory (weights, config.json, vocab.txt). In the folder WORK it makes a model of each class of
transformers below on that encoder, its head drawn from a seed, converts it with `npx biobert convert --to onnx --precision
fp32 fp16 int8`, and runs the files on padded batches of two segments. PEERS: a folder outside the project whose
node_modules hold @huggingface/transformers (npm install --prefix PEERS --ignore-scripts @huggingface/transformers@4). The
figures go to FILE, by default reference/results/onnx-precisions.json. Exit 1 where a difference is beyond its bound.

Differences are the largest of any logit, as a share of the largest logit of PyTorch's fp32: of either runtime against PyTorch,
and between the two. Needs torch, transformers and onnxruntime.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import numpy
import onnxruntime
import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = {"fp32": "model.onnx", "fp16": "model_fp16.onnx", "int8": "model_quantized.onnx"}
# int8 is lossy by design, and a head drawn from a seed has no margin between its classes: its bound catches a broken file only.
BOUNDS = {"fp32": 1e-4, "fp16": 2e-2, "int8": 0.5}
LABELS = ["O", "B-Disease", "I-Disease", "B-Chemical", "I-Chemical"]
CLASSES = {
    "token-classification": "BertForTokenClassification",
    "sequence-classification": "BertForSequenceClassification",
    "question-answering": "BertForQuestionAnswering",
    "multiple-choice": "BertForMultipleChoice",
    "multi-label": "BertForSequenceClassification",
    "regression": "BertForSequenceClassification",
}
PROBLEMS = {"multi-label": "multi_label_classification", "regression": "regression"}


def batch_of(config: transformers.BertConfig, choices: int) -> dict[str, torch.Tensor]:
    """A padded batch: ids from a seed, two segments, rows of 48, 31, 17 and 5 pieces."""
    generator = torch.Generator().manual_seed(7)
    lengths = torch.tensor([48, 31, 17, 5])
    positions = torch.arange(48).expand(4, 48)
    mask = (positions < lengths[:, None]).long()
    ids = torch.randint(1000, config.vocab_size, (4, 48), generator=generator) * mask
    types = (positions * 2 >= lengths[:, None]).long() * mask
    batch = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
    return {name: value.reshape(4 // choices, choices, 48) if choices > 1 else value for name, value in batch.items()}


def make(start: str, directory: pathlib.Path, name: str) -> transformers.PreTrainedModel:
    """The model of a class, saved with the vocabulary beside it."""
    torch.manual_seed(3)
    extra = {}
    if name not in ("question-answering", "multiple-choice"):
        labels = ["score"] if name == "regression" else LABELS
        extra = {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    if name in PROBLEMS:
        extra["problem_type"] = PROBLEMS[name]
    model = getattr(transformers, CLASSES[name]).from_pretrained(start, attn_implementation="eager", **extra).eval()
    model.save_pretrained(directory)
    transformers.AutoTokenizer.from_pretrained(start).save_pretrained(directory)
    return model


def run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def real_tokens(name: str, values: numpy.ndarray, mask: numpy.ndarray) -> numpy.ndarray:
    """Of results a token, those of padding are left out: nobody asks what a model says of padding."""
    return values[mask.astype(bool)] if name in ("token-classification", "question-answering") else values


def difference(name: str, found: dict[str, numpy.ndarray], wanted: dict[str, numpy.ndarray], mask: numpy.ndarray) -> float:
    """The largest difference of any result, as a share of the largest wanted."""
    assert set(found) == set(wanted), (name, set(found), set(wanted))
    assert all(found[key].dtype == numpy.float32 and found[key].shape == wanted[key].shape for key in wanted)
    apart = max(float(numpy.abs(real_tokens(name, found[key] - wanted[key], mask)).max()) for key in wanted)
    largest = max(float(numpy.abs(real_tokens(name, value, mask)).max()) for value in wanted.values())
    return apart / largest if numpy.isfinite(apart) else float("inf")


def run_onnx(path: pathlib.Path, batch: dict[str, torch.Tensor]) -> dict[str, numpy.ndarray]:
    """The results of an ONNX file in Python's onnxruntime, by name."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    keys = [output.name for output in session.get_outputs()]
    return dict(zip(keys, session.run(keys, {key: value.numpy() for key, value in batch.items()})))


def run_browser(peers: str, directory: pathlib.Path, kind: str, batch: dict[str, torch.Tensor], work: pathlib.Path) -> dict:
    """What transformers.js makes of a model directory: its version, and the results of each precision."""
    feeds = {key: {"dims": list(value.shape), "data": value.flatten().tolist()} for key, value in batch.items()}
    (work / "feeds.json").write_text(json.dumps(feeds))
    script = str(ROOT / "reference" / "onnx_precisions.mjs")
    return json.loads(run(["node", script, peers, str(directory.parent), directory.name, kind, str(work / "feeds.json")]))


def settings(results: str) -> tuple[argparse.Namespace, pathlib.Path]:
    """What the command line says, with the name of the file of results, and the folder to work in."""
    parser = argparse.ArgumentParser()
    parser.add_argument("start")
    parser.add_argument("work")
    parser.add_argument("--peers")
    parser.add_argument("--out", default=str(ROOT / "reference" / "results" / results))
    arguments = parser.parse_args()
    work = pathlib.Path(arguments.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    return arguments, work


def versions_in_use() -> dict[str, str]:
    return {"torch": torch.__version__, "transformers": transformers.__version__, "onnxruntime": onnxruntime.__version__}


def main() -> None:
    arguments, work = settings("onnx-precisions.json")
    versions = versions_in_use()
    rows = []
    for name in CLASSES:
        source, target = work / name, work / f"{name}-onnx"
        model = make(arguments.start, source, name)
        if not target.exists():
            run(["npx", "biobert", "convert", str(source), str(target), "--to", "onnx", "--precision", *FILES])
        batch = batch_of(model.config, 2 if name == "multiple-choice" else 1)
        mask = batch["attention_mask"].numpy()
        with torch.no_grad():
            wanted = {key: value.numpy() for key, value in model(**batch).items()}
        largest = max(float(numpy.abs(real_tokens(name, value, mask)).max()) for value in wanted.values())

        # transformers.js has no class for multiple choice.
        browser = {}
        if arguments.peers is not None and name != "multiple-choice":
            answer = run_browser(arguments.peers, target, name, batch, work)
            versions["transformers.js"] = answer["version"]
            browser = answer["results"]
        for precision, file in FILES.items():
            path = target / "onnx" / file
            native = run_onnx(path, batch)
            row = {"head": name, "precision": precision, "bytes": path.stat().st_size, "largestLogit": largest, "onnxruntime": difference(name, native, wanted, mask)}
            if precision in browser:
                js = {key: numpy.array(value["data"], dtype=numpy.float32).reshape(value["dims"]) for key, value in browser[precision].items()}
                row["transformers.js"] = difference(name, js, wanted, mask)
                row["between"] = max(float(numpy.abs(js[key] - native[key]).max()) for key in wanted) / largest
            row["agrees"] = all(row.get(side, 0) <= BOUNDS[precision] for side in ("onnxruntime", "transformers.js")) and row.get("between", 0) <= BOUNDS[precision]
            rows.append(row)
            js_said = f", transformers.js {row['transformers.js']:.1e}" if "transformers.js" in row else ""
            print(f"{'ok  ' if row['agrees'] else 'FAIL'} {name} {precision}: {row['bytes'] / 1e6:.1f} MB; onnxruntime {row['onnxruntime']:.1e}{js_said} of {largest:.2f}")
    pathlib.Path(arguments.out).write_text(json.dumps({"formatVersion": 1, "start": pathlib.Path(arguments.start).name, "versions": versions, "rows": rows}, indent=1) + "\n")
    sys.exit(0 if all(row["agrees"] for row in rows) else 1)


if __name__ == "__main__":
    main()
