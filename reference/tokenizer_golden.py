"""Writes test/tokenizer/data/golden.json: ids, offsets and word numbers from Python `tokenizers`.

    python reference/tokenizer_golden.py test/tokenizer/data

Reads adversarial.json, words.json and the vocabularies vocab-cased.txt and vocab-uncased.txt of that folder (learnt by
our own trainer, see test/tokenizer/golden.test.ts); lay the result out with `npx oxfmt`. `normalizer` holds a digest per 4,096 code points of the words that
`acb` becomes for every code point c, which fixes the frozen Unicode tables; offsets are in code points.
"""

import hashlib
import json
import pathlib
import sys

import tokenizers
from tokenizers import BertWordPieceTokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

BLOCK = 4096


def digests(normalizer):
    split = BertPreTokenizer().pre_tokenize_str
    for start in range(0, 0x110000, BLOCK):
        code_points = (c for c in range(start, start + BLOCK) if not 0xD800 <= c < 0xE000)
        words = [word for c in code_points for word, _ in split(normalizer.normalize_str(f"a{chr(c)}b"))]
        yield hashlib.sha256(" ".join(words).encode()).hexdigest()[:8]


def main(folder):
    folder = pathlib.Path(folder)
    texts = json.loads((folder / "adversarial.json").read_text(encoding="utf-8"))
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    golden = {"tokenizers": tokenizers.__version__}
    for case, lowercase in {"cased": False, "uncased": True}.items():
        tokenizer = BertWordPieceTokenizer(str(folder / f"vocab-{case}.txt"), lowercase=lowercase)
        encodings = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
        lists = [tokenizer.encode(given, is_pretokenized=True, add_special_tokens=False) for given in words]
        golden[case] = {
            "texts": [[e.ids, [o for pair in e.offsets for o in pair], e.word_ids] for e in encodings],
            "words": [[e.ids, e.word_ids] for e in lists],
            "normalizer": " ".join(digests(BertNormalizer(lowercase=lowercase))),
        }
    with open(folder / "golden.json", "w", encoding="utf-8") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
