"""The plain PyTorch recipe for relations that `biobert fine-tune relation` is held against: BioBERT's own, a sentence
with hidden entities into AutoModelForSequenceClassification. Where it is too long it is cut at its end, or with
`--cut pair`, as `biobert fine-tune relation` does, to the part around its two entities.

Reads what `biobert datasets export` and `datasets convert` write: JSON lines with id, sentence and label, or tables of
index, sentence, label. Scores micro-F1 over the classes that are relations, and keeps a prediction an item.

  python reference/relation_recipe.py --model START --train train.jsonl dev.jsonl --test test.jsonl \
      --seed 1 --epochs 5 --learning-rate 2e-4 --max-length 128 --out chemprot-seed1.json
"""

import re
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


MARKER = re.compile(r"@[A-Za-z][\w-]*\$|\[([12])\] .*? \[/\1\]", re.DOTALL)


def closest_pair(text):
    """Where the nearest two entities begin and end; one alone stands for both."""
    markers, hidden = [], 0
    for match in MARKER.finditer(text):
        side = int(match[1]) - 1 if match[1] else min(hidden, 1)
        hidden += match[1] is None
        markers.append((side, match.start(), match.end()))
    if not markers:
        return None
    best, distance = (markers[0], markers[0]), float("inf")
    for i in range(1, len(markers)):
        before = next((m for m in reversed(markers[:i]) if m[0] != markers[i][0]), None)
        if before is not None and markers[i][1] - before[2] < distance:
            best, distance = (before, markers[i]), markers[i][1] - before[2]
    return best


def centred(first, last, room, least, most):
    """`room` pieces within [least, most) with [first, last) in their middle."""
    start = min(max(least, first - (room - (last - first)) // 2), max(least, most - room))
    return start, min(most, start + room)


def ranges_around(offsets, pair, room):
    """One range of pieces around both entities, or where they are too far apart one around each."""

    def pieces_of(marker):
        _, start, end = marker
        first = next((i for i, (_, piece_end) in enumerate(offsets) if piece_end > start), 0)
        last = max((i for i, (piece_start, _) in enumerate(offsets) if piece_start < end), default=-1)
        return first, max(last + 1, first + 1)

    (a, a_end), (b, b_end) = map(pieces_of, pair)
    count = len(offsets)
    if b_end - a <= room:
        return [centred(a, b_end, room, 0, count)]
    half = room // 2
    left = centred(a, min(a_end, a + half), half, 0, count)
    return [left, centred(b, min(b_end, b + room - half), room - half, left[1], count)]


def encode_text(tokenizer, text, max_length, cut):
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids, room = encoded["input_ids"], max_length - 2
    if len(ids) > room:
        pair = closest_pair(text) if cut == "pair" else None
        kept = [(0, room)] if pair is None else ranges_around(encoded["offset_mapping"], pair, room)
        ids = [i for first, last in kept for i in ids[first:last]]
    return [tokenizer.cls_token_id, *ids, tokenizer.sep_token_id]


def main():
    parser = recipe.parser(__doc__, epochs=5, max_length=128)
    parser.add_argument("--scored", nargs="+", help="the classes that are relations (default: all but false and the like)")
    parser.add_argument("--cut", choices=["pair", "end"], default="end", help="what is read of a sentence that is too long")
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
            pieces = encode_text(tokenizer, item["text"], args.max_length, args.cut)
            rows.append({"ids": pieces, "types": [0] * len(pieces), "label": ids.get(item["label"], -100)})
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
