"""The plain PyTorch recipe for relations that `biobert fine-tune relation` is held against: BioBERT's own, a sentence
with hidden entities into AutoModelForSequenceClassification, cut at its end where it is too long.

Reads what `biobert datasets export` and `datasets convert` write: JSON lines with id, sentence and label, or tables of
index, sentence, label. Scores micro-F1 over the classes that are relations, and keeps a prediction an item.

  python reference/relation_recipe.py --model START --train train.jsonl dev.jsonl --test test.jsonl \
      --seed 1 --epochs 5 --learning-rate 2e-4 --max-length 128 --out chemprot-seed1.json
"""

import time

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import recipe

NO_RELATION = {"0", "false", "none", "no", "na", "negative", "other", "ddi-false", "cpr:0", "no_relation"}


def read(paths, limit):
    items = []
    for path in paths:
        if path.endswith(".jsonl"):
            items += [{"id": str(r["id"]), "text": r["sentence"], "label": r["label"]} for r in recipe.read_json_lines([path])]
            continue
        rows = [line.rstrip("\r\n").split("\t") for line in open(path, encoding="utf-8") if line.strip()]
        if rows[0][-1] == "label":
            rows = rows[1:]
        for number, row in enumerate(rows):
            items.append({"id": row[0] if len(row) > 2 else str(number), "text": row[-2], "label": row[-1]})
    return items if limit is None else items[:limit]


def main():
    parser = recipe.parser(__doc__, epochs=5, max_length=128)
    parser.add_argument("--scored", nargs="+", help="the classes that are relations (default: all but false and the like)")
    args = parser.parse_args()
    recipe.settle(args)
    started = time.time()
    train, test = read(args.train, args.limit), read(args.test, args.limit)
    labels = sorted({item["label"] for item in train})
    ids = {label: i for i, label in enumerate(labels)}
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=len(labels))

    def encode(items):
        rows = []
        for item in items:
            encoded = tokenizer(item["text"], truncation=True, max_length=args.max_length)
            rows.append({"ids": encoded["input_ids"], "types": encoded["token_type_ids"], "label": ids.get(item["label"], -100)})
        return rows

    rows = encode(train)
    targets = lambda members: {"labels": torch.tensor([row["label"] for row in members])}
    history = recipe.train(model, rows, tokenizer.pad_token_id, targets, args)
    found = [labels[int(r["logits"].argmax())] for r in recipe.run(model, encode(test), tokenizer.pad_token_id)]
    gold = [item["label"] for item in test]
    scored = set(args.scored or [label for label in labels if label.lower() not in NO_RELATION])
    metrics = recipe.precision_recall_f1(
        sum(g in scored for g in gold),
        sum(p in scored for p in found),
        sum(g == p and g in scored for g, p in zip(gold, found)),
    )
    metrics["accuracy"] = 100 * sum(g == p for g, p in zip(gold, found)) / len(gold)
    predictions = [{"id": item["id"], "gold": g, "predicted": p} for item, g, p in zip(test, gold, found)]
    recipe.write(args, metrics, predictions, history, started, scored=sorted(scored))


if __name__ == "__main__":
    main()
