"""PyTorch's and OpenVINO's sides of the benchmark `inference-shapes`: what bench/sides/inference.ts does, on the same batches.

OpenVINO reads the very ONNX graph that we run, at a fixed shape and with its hint for latency, which are its fastest.
`nncf` makes its int8 model out of the same graph, calibrated on batches of the same kind; it may be another Python.
Started by bench/inference-shapes.mjs, which speaks to it as bench_side.py says.
"""

import json
import time

import numpy
from bench_side import serve

SAMPLE = 48
CALIBRATION_ROWS = 8
state = {}


def read_batches(inputs):
    with open(inputs, encoding="utf-8") as file:
        batches = json.load(file)["batches"]
    state["batches"] = [numpy.array([row["ids"] for row in rows], dtype=numpy.int64) for rows in batches]


def feeds(ids):
    return {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}


def pytorch(model, inputs, threads):
    import torch
    import transformers

    started = time.perf_counter()
    torch.set_num_threads(threads)
    read_batches(inputs)
    network = transformers.AutoModelForTokenClassification.from_pretrained(model, num_labels=3, dtype=torch.float32)
    network.eval()

    def run(ids):
        with torch.inference_mode():
            return network(**{name: torch.from_numpy(value) for name, value in feeds(ids).items()}).logits.numpy()

    state["run"] = run
    return {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "loadSeconds": time.perf_counter() - started,
        "attention": network.config._attn_implementation,
    }


def openvino(model, inputs, threads, precision):
    """`precision` is OpenVINO's name of the precision to compute in: "f32" or "bf16"."""
    import openvino as ov

    started = time.perf_counter()
    read_batches(inputs)
    core = ov.Core()
    graph = core.read_model(model)
    rows, columns = state["batches"][0].shape
    graph.reshape({name: [rows, columns] for name in ("input_ids", "attention_mask", "token_type_ids")})
    settings = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    request = core.compile_model(graph, "CPU", settings).create_infer_request()
    state["run"] = lambda ids: request.infer(feeds(ids))["logits"]
    capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return {
        "versions": {"openvino": ov.__version__.split("-")[0]},
        "loadSeconds": time.perf_counter() - started,
        "capabilities": list(capabilities),
        "computesIn": str(request.get_compiled_model().get_property("INFERENCE_PRECISION_HINT")),
    }


def quantize(model, inputs, out):
    import nncf
    import openvino as ov

    read_batches(inputs)
    rows = state["batches"][0][:CALIBRATION_ROWS]
    dataset = nncf.Dataset([feeds(row[None]) for row in rows])
    graph = ov.Core().read_model(model)
    made = nncf.quantize(graph, dataset, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(rows))
    ov.save_model(made, out, compress_to_fp16=False)
    return {"versions": {"nncf": nncf.__version__, "openvino": ov.__version__.split("-")[0]}}


def setup(kind, **settings):
    return {"pytorch": pytorch, "openvino": openvino, "nncf": quantize}[kind](**settings)


def round_of(batches):
    started, processor_time = time.perf_counter(), time.process_time()
    tokens = 0
    for index in batches:
        ids = state["batches"][index]
        logits = state["run"](ids)
        tokens += ids.size
    return {
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - processor_time,
        "tokens": tokens,
        "logits": [float(value) for value in logits.reshape(-1)[:SAMPLE]],
    }


if __name__ == "__main__":
    serve({"setup": setup, "round": round_of})
