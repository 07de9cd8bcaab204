"""The plain PyTorch recipe for BioASQ's factoid and list questions that `biobert fine-tune qa` is held against: a loop over
AutoModelForQuestionAnswering (transformers 5 has no question answering pipeline), windows with a stride as BERT's
run_squad.py cuts them, its n-best list, and BioBERT's pooling of a question's snippets.

Reads the JSON lines that `biobert datasets export bioasq-factoid-6b` writes: id, questionId, kind, question, context,
answers [{text, start}] (offsets in UTF-16 units), golden. Scores strict and lenient accuracy and MRR (factoid) and mean
precision, recall and F1 (list); `--bioasq FILE` writes the answers for `biobert score qa`.

  python reference/qa_recipe.py --model START --train train.jsonl --test test.jsonl \
      --seed 1 --epochs 3 --batch-size 12 --max-length 384 --out factoid-6b-seed1.json
"""

import json
import re
import time

import numpy as np
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

import recipe


def code_points(text, units):
    """An offset in UTF-16 units as one in code points."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le"))


def windows_of(item, number, tokenizer, args, training):
    query = tokenizer(item["question"], add_special_tokens=False)["input_ids"][: args.max_query_length]
    encoded = tokenizer(item["context"], add_special_tokens=False, return_offsets_mapping=True)
    pieces, offsets, words = encoded["input_ids"], encoded["offset_mapping"], encoded.word_ids()
    room = args.max_length - len(query) - 3
    span = None
    if item["answers"]:
        answer = item["answers"][0]
        start = code_points(item["context"], answer["start"])
        end = start + len(answer["text"])
        inside = [i for i, (a, b) in enumerate(offsets) if b > start and a < end]
        span = (inside[0], inside[-1]) if inside else None
    if training and span is None:
        return []
    ranges, start = [], 0
    while True:
        stop = min(len(pieces), start + room)
        ranges.append((start, stop))
        if stop == len(pieces):
            break
        start += min(room, args.doc_stride)
    rows = []
    for window, (start, stop) in enumerate(ranges):
        offset = len(query) + 2
        ids = [tokenizer.cls_token_id, *query, tokenizer.sep_token_id, *pieces[start:stop], tokenizer.sep_token_id]
        row = {"ids": ids, "types": [0] * offset + [1] * (len(ids) - offset), "item": number, "offset": offset, "from": start}
        row["offsets"] = offsets[start:stop]
        row["continues"] = [piece > 0 and words[piece] == words[piece - 1] for piece in range(start, stop)]
        row["mine"] = [best_window(ranges, piece) == window for piece in range(start, stop)]
        row["start"], row["end"] = 0, 0
        if span is not None and span[0] >= start and span[1] < stop:
            row["start"], row["end"] = offset + span[0] - start, offset + span[1] - start
        rows.append(row)
    return rows


def best_window(ranges, piece):
    best, most = None, None
    for window, (start, stop) in enumerate(ranges):
        if not start <= piece < stop:
            continue
        score = min(piece - start, stop - 1 - piece) + 0.01 * (stop - start)
        if most is None or score > most:
            best, most = window, score
    return best


def n_best(rows, results, context, args):
    candidates = []
    for row, result in zip(rows, results):
        starts = np.argsort(-result["start_logits"], kind="stable")[: args.n_best]
        ends = np.argsort(-result["end_logits"], kind="stable")[: args.n_best]
        for s in starts:
            first = int(s) - row["offset"]
            if first < 0 or first >= len(row["offsets"]) or not row["mine"][first]:
                continue
            for e in ends:
                last = int(e) - row["offset"]
                if last < first or last >= len(row["offsets"]) or last - first + 1 > args.max_answer_length:
                    continue
                score = float(result["start_logits"][s]) + float(result["end_logits"][e])
                begin, end = row["offsets"][first][0], row["offsets"][last][1]
                if row["continues"][first]:  # inside a word: whole words, as run_squad.py comes to
                    begin -= len(re.search(r"\S*$", context[:begin]).group())
                    end += len(re.match(r"\S*", context[end:]).group())
                candidates.append((score, context[begin:end]))
    candidates.sort(key=lambda candidate: -candidate[0])
    kept, seen = [], set()
    for score, text in candidates:
        if len(kept) == args.n_best:
            break
        if text not in seen:
            seen.add(text)
            kept.append((score, text))
    if not kept:
        return []
    shares = np.exp(np.array([score for score, _ in kept]) - kept[0][0])
    return [(text, float(share)) for (_, text), share in zip(kept, shares / shares.sum())]


def trim(text):
    text = re.sub(r"^[,.;:\s]+|[,.;:\s]+$", "", text)
    inner = re.match(r'^\(([^()]*)\)$|^"([^"]*)"$', text)
    if inner:
        text = inner.group(1) or inner.group(2) or ""
    opened, unmatched = [], set()
    for i, character in enumerate(text):
        if character == "(":
            opened.append(i)
        elif character == ")" and not opened:
            unmatched.add(i)
        elif character == ")":
            opened.pop()
    unmatched |= set(opened)
    return "".join(c for i, c in enumerate(text) if i not in unmatched).strip()


def pool(lists):
    pooled = {}
    for text, probability in (entry for found in lists for entry in found):
        answer = trim(text)
        if answer == "" or len(answer) > 100:
            continue
        known = pooled.setdefault(answer.lower(), [answer, 0.0])
        known[1] += probability
    return sorted(pooled.values(), key=lambda entry: -entry[1])


def list_answers(pooled, threshold):
    likely = [entry for entry in pooled if entry[1] > threshold] or pooled[:1]
    parts = [trim(p) for text, _ in likely for p in re.split(r",\s+|\s+and\s+|\s+or\s+|\s+/\s+", text)]
    return list({part.lower(): part for part in reversed(parts) if part}.values())[::-1]


def score_list(golden, answers):
    left = [[synonym.lower() for synonym in entry] for entry in golden]
    right = 0
    for answer in answers:
        match = next((i for i, entry in enumerate(left) if answer.lower() in entry), None)
        if match is not None:
            right += 1
            left.pop(match)
    precision = right / len(answers) if answers else 0.0
    recall = right / len(golden) if golden else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def main():
    parser = recipe.parser(__doc__, epochs=3, batch_size=12, max_length=384)
    parser.add_argument("--doc-stride", type=int, default=128)
    parser.add_argument("--max-query-length", type=int, default=64)
    parser.add_argument("--n-best", type=int, default=20)
    parser.add_argument("--max-answer-length", type=int, default=30)
    parser.add_argument("--list-threshold", type=float, default=0.42)
    parser.add_argument("--bioasq", help="write the answers there in BioASQ's form")
    args = parser.parse_args()
    recipe.settle(args)
    started = time.time()
    train, test = (recipe.read_json_lines(paths, args.limit) for paths in (args.train, args.test))
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForQuestionAnswering.from_pretrained(args.model)
    rows = [row for i, item in enumerate(train) for row in windows_of(item, i, tokenizer, args, True)]
    targets = lambda members: {
        "start_positions": torch.tensor([row["start"] for row in members]),
        "end_positions": torch.tensor([row["end"] for row in members]),
    }
    history = recipe.train(model, rows, tokenizer.pad_token_id, targets, args)

    test_rows = [row for i, item in enumerate(test) for row in windows_of(item, i, tokenizer, args, False)]
    results = recipe.run(model, test_rows, tokenizer.pad_token_id, ("start_logits", "end_logits"))
    lists = [[] for _ in test]
    for i, item in enumerate(test):
        own = [j for j, row in enumerate(test_rows) if row["item"] == i]
        lists[i] = n_best([test_rows[j] for j in own], [results[j] for j in own], item["context"], args)
    questions = {}
    for item, found in zip(test, lists):
        questions.setdefault(item["questionId"], (item, []))[1].append(found)

    predictions, answers = [], []
    for question, (item, found) in questions.items():
        pooled = pool(found)
        is_list = item["kind"] == "list"
        given = list_answers(pooled, args.list_threshold) if is_list else [text for text, _ in pooled[:5]]
        golden = item.get("golden") or []
        prediction = {"id": question, "kind": item["kind"], "answers": given}
        if is_list:
            prediction["precision"], prediction["recall"], prediction["f1"] = score_list(golden, given)
        else:
            right = {synonym.strip().lower() for entry in golden for synonym in entry}
            rank = next((i + 1 for i, text in enumerate(given) if text.lower() in right), 0)
            prediction.update(strict=int(rank == 1), lenient=int(rank > 0), reciprocalRank=1 / rank if rank else 0.0)
        predictions.append(prediction)
        answers.append({
            "id": question,
            "type": "list" if is_list else "factoid",
            "body": item["question"],
            "exact_answer": [[text] for text in given],
        })
    metrics = {}
    names = {"strict": "strictAccuracy", "lenient": "lenientAccuracy", "reciprocalRank": "meanReciprocalRank",
             "precision": "listPrecision", "recall": "listRecall", "f1": "listF1"}
    for key, name in names.items():
        values = [prediction[key] for prediction in predictions if key in prediction]
        if values:
            metrics[name] = 100 * sum(values) / len(values)
    if args.bioasq:
        with open(args.bioasq, "w", encoding="utf-8") as file:
            json.dump({"questions": answers}, file, indent=1)
    recipe.write(args, metrics, predictions, history, started)


if __name__ == "__main__":
    main()
