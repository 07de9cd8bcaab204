"""The plain PyTorch recipe for yes/no/maybe questions that `biobert fine-tune yes-no` is held against: question and
passage as a pair into AutoModelForSequenceClassification, the probabilities of a question's passages averaged.

Reads the JSON lines that `biobert datasets export pubmedqa` writes: id, question, contexts, label. PubMedQA's contexts are
one passage each question (joined), BioASQ's snippets are several: `--join` joins them.

  python reference/pubmedqa_recipe.py --model START --train train.jsonl dev.jsonl --test test.jsonl --join \
      --seed 1 --epochs 10 --batch-size 16 --max-length 384 --out pubmedqa-seed1.json
"""

import time

import numpy as np
import torch
from sklearn.metrics import f1_score
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import recipe

ORDER = ["yes", "no", "maybe"]


def labels_of(items):
    present = {item["label"] for item in items}
    return [label for label in ORDER if label in present] + sorted(present - set(ORDER))


def encode(items, tokenizer, labels, args):
    rows = []
    for number, item in enumerate(items):
        contexts = [" ".join(item["contexts"])] if args.join else item["contexts"]
        for context in contexts:
            encoded = tokenizer(item["question"], context, truncation="longest_first", max_length=args.max_length)
            label = labels.index(item["label"]) if item["label"] in labels else -100
            rows.append({"ids": encoded["input_ids"], "types": encoded["token_type_ids"], "label": label, "item": number})
    return rows


def main():
    parser = recipe.parser(__doc__, epochs=10, batch_size=16, max_length=384)
    parser.add_argument("--join", action="store_true", help="a question's contexts are one passage")
    args = parser.parse_args()
    recipe.settle(args)
    started = time.time()
    train, test = (recipe.read_json_lines(paths, args.limit) for paths in (args.train, args.test))
    labels = labels_of(train)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=len(labels))

    targets = lambda members: {"labels": torch.tensor([row["label"] for row in members])}
    history = recipe.train(model, encode(train, tokenizer, labels, args), tokenizer.pad_token_id, targets, args)
    rows = encode(test, tokenizer, labels, args)
    sums = np.zeros((len(test), len(labels)))
    counts = np.zeros(len(test))
    for row, result in zip(rows, recipe.run(model, rows, tokenizer.pad_token_id)):
        logits = result["logits"].astype(np.float64)
        shares = np.exp(logits - logits.max())
        sums[row["item"]] += shares / shares.sum()
        counts[row["item"]] += 1
    means = sums / counts[:, None]
    found = [labels[int(i)] for i in means.argmax(-1)]
    gold = [item["label"] for item in test]
    metrics = {
        "accuracy": 100 * sum(g == p for g, p in zip(gold, found)) / len(gold),
        "macroF1": 100 * f1_score(gold, found, labels=labels, average="macro", zero_division=0),
    }
    predictions = [
        {"id": str(item["id"]), "gold": g, "predicted": p, "scores": dict(zip(labels, map(float, mean)))}
        for item, g, p, mean in zip(test, gold, found, means)
    ]
    recipe.write(args, metrics, predictions, history, started)


if __name__ == "__main__":
    main()
