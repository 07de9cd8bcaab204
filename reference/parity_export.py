"""Loads a directory that we wrote with transformers and compares its ids and logits with ours.

    npx unrun bench/parity_export.ts MODEL OUT TEXTS.jsonl > logits.jsonl
    python reference/parity_export.py OUT logits.jsonl

A line of logits.jsonl is {"text", "ids", "logits"}. Each text goes through AutoTokenizer and, alone and padded in batches
of 16, through AutoModelForTokenClassification. Prints JSON; exit 1 when ids differ, weights are missing or left over, or a
logit differs by more than 1e-4. Needs torch and transformers.
"""

import json
import sys

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

BOUND = 1e-4
BATCH = 16


def main() -> int:
    directory, lines = sys.argv[1:]
    with open(lines, encoding="utf-8") as file:
        examples = [json.loads(line) for line in file]
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model, info = AutoModelForTokenClassification.from_pretrained(directory, output_loading_info=True)
    model.eval()
    labels = model.config.num_labels
    longest = model.config.max_position_embeddings
    unlike_ids = 0
    worst = largest = 0.0
    pieces = 0
    with torch.no_grad():
        for size in (1, BATCH):
            for start in range(0, len(examples), size):
                part = examples[start : start + size]
                texts = [example["text"] for example in part]
                encoded = tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
                logits = model(**encoded).logits
                for row, example in enumerate(part):
                    length = int(encoded["attention_mask"][row].sum())
                    if encoded["input_ids"][row, :length].tolist() != example["ids"]:
                        unlike_ids += 1
                        continue
                    ours = torch.tensor(example["logits"]).reshape(length, labels)
                    worst = max(worst, float((logits[row, :length] - ours).abs().max()))
                    largest = max(largest, float(ours.abs().max()))
                    pieces += length
    unloaded = sorted(info["missing_keys"]) + sorted(info["unexpected_keys"]) + sorted(map(str, info["mismatched_keys"]))
    report = {
        "model": type(model).__name__,
        "tokenizer": type(tokenizer).__name__,
        "labels": model.config.id2label,
        "texts": len(examples),
        "pieces": pieces,
        "textsWithOtherIds": unlike_ids,
        "weightsNotLoaded": unloaded,
        "largestLogit": largest,
        "largestDifference": worst,
        "bound": BOUND,
    }
    print(json.dumps(report, indent=1))
    return int(unlike_ids > 0 or unloaded != [] or worst > BOUND or len(examples) == 0)


if __name__ == "__main__":
    sys.exit(main())
