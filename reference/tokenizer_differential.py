"""Writes what Python `tokenizers` makes of many texts, for bench/tokenizer_differential.ts to compare with ours.

    python reference/tokenizer_differential.py VOCAB cased|uncased SOURCE [ARGUMENT] > expected.jsonl

SOURCE is `lines FILE` (a text a line, .gz or plain; empty lines skipped), `sentences FILE` (lines cut after `.`, `?`, `!`
before a capital letter), `json FILE` (a JSON array of strings), `code-points` (each code point c alone and as `acb`) or
`random COUNT` (strings drawn from the characters that the normaliser treats specially, seed 1). VOCAB `characters:FILE`
first writes FILE: a vocabulary in which every normalised character is a piece, so that no word hides in [UNK].
A line of output is {"text", "ids", "offsets", "words"}: offsets in code points, start and end of each piece in turn.
"""

import gzip
import json
import random
import re
import sys
import unicodedata

from tokenizers import BertWordPieceTokenizer
from tokenizers.normalizers import NFD, BertNormalizer, Lowercase, Sequence

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def lines(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="\n") as file:
        yield from (line for line in (line.rstrip("\n") for line in file) if line)


def random_texts(count):
    """Strings of up to 12 characters: ASCII, the specially treated, and often marks one after another."""
    draw = random.Random(1)
    uncased = BertNormalizer().normalize_str
    special = [chr(c) for c in CODE_POINTS if uncased(chr(c)) != chr(c) and unicodedata.category(chr(c)) != "Co"]
    special = [c for c in special if not "\uac00" <= c <= "\ud7a3" and len(uncased(c)) < 3] + list("각힣한글中文豈𠀀")
    marks = [chr(c) for c in CODE_POINTS if unicodedata.combining(chr(c))]
    standing = [c for c in marks if uncased(c) != ""]
    words = ["[CLS]", "[MASK]", "the", "A", "b", " ", " ", ".", "-", "(", "\r\n", "\u00ad", "é", "😀", "≠"]
    pools = [words, special, marks, standing]
    for _ in range(count):
        yield "".join(draw.choice(draw.choice(pools)) for _ in range(draw.randint(1, 12)))


def write_character_vocabulary(path):
    characters = set()
    for normalizer in (NFD(), Lowercase(), Sequence([NFD(), Lowercase()])):
        for code_point in CODE_POINTS:
            characters.update(normalizer.normalize_str(chr(code_point)))
    characters = sorted(c for c in characters if not c.isspace())
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for piece in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *(f"##{c}" for c in characters)]:
            file.write(piece + "\n")


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
        for code_point in CODE_POINTS:
            yield chr(code_point)
            yield f"a{chr(code_point)}b"
    elif source == "random":
        yield from random_texts(int(path))
    else:
        sys.exit(__doc__)


def expected(tokenizer, batch):
    for text, encoding in zip(batch, tokenizer.encode_batch(batch, add_special_tokens=False)):
        offsets = [offset for pair in encoding.offsets for offset in pair]
        yield {"text": text, "ids": encoding.ids, "offsets": offsets, "words": encoding.word_ids}


def main(vocabulary, case, source, path=None):
    if vocabulary.startswith("characters:"):
        vocabulary = vocabulary.removeprefix("characters:")
        write_character_vocabulary(vocabulary)
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
