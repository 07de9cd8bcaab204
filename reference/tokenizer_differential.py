"""Writes what Python `tokenizers` makes of many texts, for bench/tokenizer_differential.ts to compare with ours.

    python reference/tokenizer_differential.py VOCAB cased|uncased SOURCE [FILE] > expected.jsonl

SOURCE is `lines FILE` (a text a line, .gz or plain; empty lines skipped), `sentences FILE` (lines cut after `.`, `?`, `!`
before a capital letter), `json FILE` (a JSON array of strings) or `code-points` (each code point c alone and as `acb`).
A line of output is {"text", "ids", "offsets", "words"}: offsets in code points, start and end of each piece in turn.
"""

import gzip
import json
import re
import sys

from tokenizers import BertWordPieceTokenizer


def lines(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="\n") as file:
        yield from (line for line in (line.rstrip("\n") for line in file) if line)


def texts(source, path):
    if source == "lines":
        yield from lines(path)
    elif source == "sentences":
        for line in lines(path):
            yield from re.split(r"(?<=[.?!]) +(?=[A-Z])", line)
    elif source == "json":
        with open(path, encoding="utf-8") as file:
            yield from json.load(file)
    elif source == "code-points":
        for code_point in range(0x110000):
            if not 0xD800 <= code_point < 0xE000:
                yield chr(code_point)
                yield f"a{chr(code_point)}b"
    else:
        sys.exit(__doc__)


def expected(tokenizer, batch):
    for text, encoding in zip(batch, tokenizer.encode_batch(batch, add_special_tokens=False)):
        offsets = [offset for pair in encoding.offsets for offset in pair]
        yield {"text": text, "ids": encoding.ids, "offsets": offsets, "words": encoding.word_ids}


def main(vocabulary, case, source, path=None):
    tokenizer = BertWordPieceTokenizer(vocabulary, lowercase={"cased": False, "uncased": True}[case])
    batch = []
    for text in texts(source, path):
        batch.append(text)
        if len(batch) == 1000:
            for record in expected(tokenizer, batch):
                print(json.dumps(record))
            batch = []
    for record in expected(tokenizer, batch):
        print(json.dumps(record))


if __name__ == "__main__":
    main(*sys.argv[1:])
