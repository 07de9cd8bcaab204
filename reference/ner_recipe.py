"""The plain PyTorch recipe for NER that our own training is held against.

One AutoModelForTokenClassification, fp32, AdamW, linear warm-up and decay, first-piece labels,
batches grouped by length. It is meant to be what a careful user of `transformers` writes, no more.
Scores with seqeval (exact entities, the numbers conlleval prints for well-formed tags).

  python reference/ner_recipe.py --model START --train train.tsv devel.tsv --test test.tsv \
      --seed 1 --out runs/reference/ncbi-disease-seed1.json
"""

import argparse
import json
import random
import time

import numpy as np
import torch
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from transformers import AutoModelForTokenClassification, AutoTokenizer


def read_conll(paths):
    sentences = []
    for path in paths:
        tokens, tags = [], []
        for line in open(path, encoding="utf-8"):
            line = line.rstrip("\n")
            if not line.strip():
                if tokens:
                    sentences.append((tokens, tags))
                    tokens, tags = [], []
                continue
            fields = line.split()
            tokens.append(fields[0])
            tags.append(fields[-1])
        if tokens:
            sentences.append((tokens, tags))
    return sentences


def encode(sentences, tokenizer, label_ids, max_length):
    rows = []
    for tokens, tags in sentences:
        encoded = tokenizer(tokens, is_split_into_words=True, truncation=True, max_length=max_length)
        labels, previous = [], None
        for word in encoded.word_ids():
            labels.append(-100 if word is None or word == previous else label_ids[tags[word]])
            previous = word
        rows.append({"ids": encoded["input_ids"], "labels": labels, "words": encoded.word_ids()})
    return rows


def length_grouped_batches(rows, batch_size, generator):
    """Shuffle, cut into groups of 50 batches, sort each group by length, shuffle the batches."""
    order = list(range(len(rows)))
    generator.shuffle(order)
    group = batch_size * 50
    batches = []
    for start in range(0, len(order), group):
        part = sorted(order[start : start + group], key=lambda i: len(rows[i]["ids"]), reverse=True)
        batches += [part[i : i + batch_size] for i in range(0, len(part), batch_size)]
    generator.shuffle(batches)
    return batches


def collate(rows, pad_id):
    width = max(len(row["ids"]) for row in rows)
    ids = torch.full((len(rows), width), pad_id)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    labels = torch.full((len(rows), width), -100)
    for i, row in enumerate(rows):
        n = len(row["ids"])
        ids[i, :n] = torch.tensor(row["ids"])
        mask[i, :n] = 1
        labels[i, :n] = torch.tensor(row["labels"])
    return ids, mask, labels


def evaluate(model, rows, sentences, id2label, pad_id):
    model.eval()
    predictions = [None] * len(rows)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["ids"]))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            ids, mask, _ = collate([rows[i] for i in part], pad_id)
            best = model(input_ids=ids, attention_mask=mask).logits.argmax(-1)
            for j, i in enumerate(part):
                tags = ["O"] * len(sentences[i][0])
                for k, label in enumerate(rows[i]["labels"]):
                    if label != -100:
                        tags[rows[i]["words"][k]] = id2label[int(best[j, k])]
                predictions[i] = tags
    gold = [tags for _, tags in sentences]
    typed = lambda all_tags: [[t if t == "O" or "-" in t else t + "-Disease" for t in tags] for tags in all_tags]
    gold, predictions = typed(gold), typed(predictions)
    metrics = {
        "precision": 100 * precision_score(gold, predictions),
        "recall": 100 * recall_score(gold, predictions),
        "f1": 100 * f1_score(gold, predictions),
    }
    # Entities of each sentence in gold, predicted, right: what a test of significance needs, and no text.
    items = []
    for right, found in zip(gold, predictions):
        right, found = set(get_entities(right)), set(get_entities(found))
        items.append({"entities": [len(right), len(found), len(right & found)]})
    return metrics, items


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--train", nargs="+", required=True)
    parser.add_argument("--test", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--warmup", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    generator = random.Random(args.seed)

    train, test = read_conll(args.train), read_conll(args.test)
    labels = sorted({tag for _, tags in train for tag in tags}, key=lambda t: (t != "O", t))
    label_ids = {label: i for i, label in enumerate(labels)}
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForTokenClassification.from_pretrained(args.model, num_labels=len(labels))
    train_rows = encode(train, tokenizer, label_ids, args.max_length)
    test_rows = encode(test, tokenizer, label_ids, args.max_length)

    plain = [p for n, p in model.named_parameters() if "LayerNorm" in n or n.endswith("bias")]
    decayed = [p for n, p in model.named_parameters() if not ("LayerNorm" in n or n.endswith("bias"))]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": args.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=args.learning_rate,
    )
    per_epoch = -(-len(train_rows) // args.batch_size)
    total = per_epoch * args.epochs
    warm = int(total * args.warmup)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: s / max(1, warm) if s < warm else max(0.0, (total - s) / max(1, total - warm))
    )
    history, started = [], time.time()
    for epoch in range(args.epochs):
        model.train()
        sums, epoch_started = 0.0, time.time()
        batches = length_grouped_batches(train_rows, args.batch_size, generator)
        for batch in batches:
            ids, mask, gold = collate([train_rows[i] for i in batch], tokenizer.pad_token_id)
            loss = model(input_ids=ids, attention_mask=mask, labels=gold).loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            sums += float(loss.detach())
        history.append({"epoch": epoch + 1, "loss": sums / len(batches), "seconds": time.time() - epoch_started})
        print(json.dumps(history[-1]), flush=True)
    metrics, items = evaluate(model, test_rows, test, {i: l for l, i in label_ids.items()}, tokenizer.pad_token_id)
    record = {
        "metrics": metrics,
        "predictions": items,
        "arguments": vars(args),
        "history": history,
        "trainSeconds": time.time() - started,
        "torch": torch.__version__,
    }
    json.dump(record, open(args.out, "w"), indent=1)
    print(json.dumps(metrics), flush=True)


if __name__ == "__main__":
    main()
