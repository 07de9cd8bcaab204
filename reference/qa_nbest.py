"""n-best lists of transformers 4's SQuAD script (`compute_predictions_logits`), for parity of `bestAnswers`.

transformers 5 has no question answering any more; this needs a version 4, without torch:

  python3 -m venv ~/transformers4 && ~/transformers4/bin/pip install transformers==4.57.1
  ~/transformers4/bin/python reference/qa_nbest.py test/golden/qa-nbest.json

Contexts are made of invented words with punctuation, cut into pieces and windows here; logits are multiples of an
eighth, so that sums are exact and ties occur. Left out: contexts in which no candidate is valid, where the script answers
with the word "empty".
"""

import json
import random
import sys
from collections import namedtuple
from types import SimpleNamespace

from transformers.data.metrics.squad_metrics import compute_predictions_logits
from transformers.data.processors.squad import _check_is_max_context
from transformers.models.bert.tokenization_bert import BasicTokenizer

WORDS = ["TARV1", "binds", "the", "Kinase,", "renal", "cells", "(MOLK2)", "of", "beta-globin", "is", "lost.", "IL-2", "gene", "A", "0.5%", "p53/p63", "Fibrosis"]
Span = namedtuple("Span", ["start", "length"])
Result = namedtuple("Result", ["unique_id", "start_logits", "end_logits"])


class Joiner:
    """What the script needs of a tokenizer."""

    def convert_tokens_to_string(self, tokens):
        return " ".join(tokens).replace(" ##", "").strip()


def pieces_of(context, generator):
    pieces, at = [], 0
    for token in BasicTokenizer(do_lower_case=False).tokenize(context):
        start = context.index(token, at)
        at = start + len(token)
        cut = 0
        while cut < len(token):
            size = min(len(token) - cut, generator.choice([2, 3, 9]))
            pieces.append((("" if cut == 0 else "##") + token[cut : cut + size], start + cut, start + cut + size))
            cut += size
    return pieces


def make_case(number):
    g = random.Random(number)
    words = [g.choice(WORDS) for _ in range(g.randint(3, 22))]
    context = " ".join(words)
    pieces = pieces_of(context, g)
    word_of = [context[:start].count(" ") for _, start, _ in pieces]
    query = g.randint(1, 4)
    room, stride = g.randint(6, 14), g.randint(3, 6)
    spans, start = [], 0
    while True:
        length = min(len(pieces) - start, room)
        spans.append(Span(start, length))
        if start + length == len(pieces):
            break
        start += min(length, stride)
    options = {
        "nBest": g.choice([3, 8, 20]),
        "maxAnswerLength": g.choice([3, 8, 30]),
        "mayBeMissing": g.random() < 0.5,
        "nullThreshold": g.choice([0, 0, -1, 2]),
    }
    windows, features, results = [], [], []
    for index, span in enumerate(spans):
        offset = query + 2
        width = offset + span.length + 1
        own = range(span.start, span.start + span.length)
        spread = g.choice([2, 12, 40])
        logits = [[g.randint(-spread, spread) / 8 for _ in range(width)] for _ in range(2)]
        if options["mayBeMissing"] and number % 3 > 0:  # "no answer" is as likely as the best spans
            logits[0][0] = logits[1][0] = 5.0 if number % 3 == 1 else spread / 8
        is_max = [_check_is_max_context(spans, index, position) for position in own]
        windows.append({
            "offset": offset,
            "from": span.start,
            "starts": [pieces[i][1] for i in own],
            "ends": [pieces[i][2] for i in own],
            "continues": [int(pieces[i][0].startswith("##")) for i in own],
            "isMaxContext": [int(flag) for flag in is_max],
            "startLogits": logits[0],
            "endLogits": logits[1],
        })
        features.append(SimpleNamespace(
            example_index=0,
            unique_id=index,
            tokens=["[CLS]"] + ["q"] * query + ["[SEP]"] + [pieces[i][0] for i in own] + ["[SEP]"],
            token_to_orig_map={offset + k: word_of[i] for k, i in enumerate(own)},
            token_is_max_context={offset + k: flag for k, flag in enumerate(is_max)},
        ))
        results.append(Result(index, logits[0], logits[1]))
    example = SimpleNamespace(qas_id="q", doc_tokens=words)
    files = ["/tmp/qa-nbest-predictions.json", "/tmp/qa-nbest-list.json", "/tmp/qa-nbest-null.json"]
    answers = compute_predictions_logits(
        [example], features, results, options["nBest"], options["maxAnswerLength"], False, *files, False,
        options["mayBeMissing"], options["nullThreshold"], Joiner(),
    )
    found = json.load(open(files[1]))["q"]
    if any(entry["text"] == "empty" for entry in found):
        return None
    case = {"context": context, "pieces": len(pieces), "spans": [[s.start, s.start + s.length] for s in spans],
            "options": options, "windows": windows, "answer": answers["q"],
            "nBest": [[e["text"], round(e["probability"], 12), e["start_logit"] + e["end_logit"]] for e in found]}
    if options["mayBeMissing"]:
        case["nullScore"] = json.load(open(files[2]))["q"]
    return case


def main():
    cases = [case for case in map(make_case, range(60)) if case is not None]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
