"""The transformers pipeline's side of the benchmark `annotate`: raw texts in, entities with offsets out, fp32.

Started by bench/annotate.mjs, which speaks to it as bench_side.py says.
"""

import json
import time

import tokenizers
import torch
import transformers
from bench_side import serve
from transformers import pipeline

state = {}


def setup(model, texts, threads):
    torch.set_num_threads(threads)
    # newline="\n": other separators may stand inside a JSON string.
    with open(texts, encoding="utf-8", newline="\n") as file:
        state["texts"] = [json.loads(line)["text"] for line in file]
    started = time.perf_counter()
    state["find"] = pipeline(
        "token-classification", model=model, aggregation_strategy="first", device="cpu", dtype=torch.float32
    )
    seconds = time.perf_counter() - started
    versions = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
    }
    return {"versions": versions, "loadSeconds": seconds}


def timed(texts, batch_size, in_order_of_length):
    started, processor_time = time.perf_counter(), time.process_time()
    order = range(len(texts))
    if in_order_of_length:
        order = sorted(order, key=lambda i: len(texts[i]), reverse=True)
    results = state["find"]([texts[i] for i in order], batch_size=batch_size)
    found = [None] * len(texts)
    for i, entities in zip(order, results, strict=True):
        found[i] = entities
    return {
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - processor_time,
        "documents": len(found),
        "entities": sum(len(entities) for entities in found),
    }


def tune(sample, batchSizes):
    texts = state["texts"]
    count = min(len(texts), sample)
    some = [texts[i * len(texts) // count] for i in range(count)]
    timed(some[:8], 8, False)
    trials = []
    for size in batchSizes:
        for in_order in (False,) if size == 1 else (False, True):
            trials.append({"batchSize": size, "sorted": in_order, "seconds": timed(some, size, in_order)["seconds"]})
    return {"trials": trials}


def round_of(batchSize, sorted, limit=None):  # noqa: A002 - the names are those of the requests
    return timed(state["texts"][:limit], batchSize, sorted)


if __name__ == "__main__":
    serve({"setup": setup, "tune": tune, "round": round_of})
