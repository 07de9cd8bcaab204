"""How fast Python `tokenizers` cuts text into pieces with offsets, one thread: the peer of bench/tokenizer.ts.

    python reference/tokenizer_speed.py VOCAB cased|uncased TEXTS [REPEATS]

TEXTS has a text a line. Each way of calling the library is timed (a text at a time; all texts as a batch, threads
off) and the ids and offsets are read out, as a caller would. Prints the same JSON as bench/tokenizer.ts;
`coldSeconds` and `seconds` are those of the faster way, `ways` holds all of them.
"""

import json
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

from tokenizers import BertWordPieceTokenizer  # noqa: E402


def one_at_a_time(tokenizer, texts):
    pieces = 0
    for text in texts:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        encoding.offsets  # noqa: B018 - the offsets are part of the work
        pieces += len(encoding.ids)
    return pieces


def batch(tokenizer, texts):
    pieces = 0
    for encoding in tokenizer.encode_batch(texts, add_special_tokens=False):
        encoding.offsets  # noqa: B018
        pieces += len(encoding.ids)
    return pieces


def timed(work, *arguments):
    start = time.perf_counter()
    result = work(*arguments)
    return time.perf_counter() - start, result


def main(vocabulary, case, path, repeats="5"):
    with open(path, encoding="utf-8", newline="\n") as file:
        texts = [line for line in file.read().split("\n") if line]
    ways = {}
    for name, way in {"encode": one_at_a_time, "encode_batch": batch}.items():
        load, tokenizer = timed(lambda: BertWordPieceTokenizer(vocabulary, lowercase=case == "uncased"))
        cold, pieces = timed(way, tokenizer, texts)
        best = min(timed(way, tokenizer, texts)[0] for _ in range(int(repeats)))
        ways[name] = {"loadSeconds": load, "coldSeconds": cold, "seconds": best}
    print(
        json.dumps(
            {
                "texts": len(texts),
                "characters": sum(len(text.encode("utf-16-le")) // 2 for text in texts),
                "pieces": pieces,
                "loadSeconds": min(way["loadSeconds"] for way in ways.values()),
                "coldSeconds": min(way["coldSeconds"] for way in ways.values()),
                "seconds": min(way["seconds"] for way in ways.values()),
                "ways": ways,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
