"""The best rate at which PyTorch multiplies single-precision matrices on this machine; see bench/sides/matrix.ts.

Started by bench/lib/matrix-rate.mjs, which speaks to it as bench_side.py says.
"""

import time

import torch
from bench_side import serve

operands = {}


def setup(threads):
    torch.set_num_threads(threads)
    return {"versions": {"torch": torch.__version__}}


def matrices(size):
    if size not in operands:
        rows, columns, inner = size
        operands[size] = (torch.rand(rows, inner) - 0.5, torch.rand(inner, columns) - 0.5, torch.empty(rows, columns))
    return operands[size]


def round_of(sizes, batches=None):  # `batches` is for other sides
    started, processor_time = time.perf_counter(), time.process_time()
    rates = []
    for rows, columns, inner in sizes:
        a, b, c = matrices((rows, columns, inner))
        begin = time.perf_counter()
        torch.mm(a, b, out=c)
        rates.append(2 * rows * columns * inner / (time.perf_counter() - begin))
    return {
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - processor_time,
        "rates": rates,
    }


if __name__ == "__main__":
    serve({"setup": setup, "round": round_of})
