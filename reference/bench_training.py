"""PyTorch's side of the benchmarks `step` and `epoch`: what bench/sides/training.ts does, on the same batches.

The model and the recipe are those of reference/ner_recipe.py; AdamW is the fused one, as in transformers' Trainer.
Started by bench/step.mjs and bench/epoch.mjs, which speak to it as bench_side.py says.
"""

import contextlib
import json
import time

import torch
import transformers
from bench_side import serve
from transformers import AutoModelForTokenClassification

state = {}


def setup(model, inputs, threads, dropout, maxGradientNorm, width=None, autocast=False):
    """`width` pads, and cuts, every row to so many pieces; `autocast` computes in bfloat16 where PyTorch does."""
    started = time.perf_counter()
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    with open(inputs, encoding="utf-8") as file:
        data = json.load(file)
    network = AutoModelForTokenClassification.from_pretrained(
        model,
        num_labels=data["labelCount"],
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        classifier_dropout=dropout,
        dtype=torch.float32,
    )
    network.train()
    named = list(network.named_parameters())
    plain = [p for n, p in named if "LayerNorm" in n or n.endswith("bias")]
    decayed = [p for n, p in named if not ("LayerNorm" in n or n.endswith("bias"))]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=1e-5, fused=True
    )
    state.update(
        data=data,
        network=network,
        optimizer=optimizer,
        limit=maxGradientNorm,
        width=width,
        autocast=autocast,
    )
    return {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "loadSeconds": time.perf_counter() - started,
        "attention": network.config._attn_implementation,
        "bfloat16": torch.ops.mkldnn._is_mkldnn_bf16_supported(),
    }


def cut(values, width, last):
    return values if width is None or len(values) <= width else values[: width - 1] + [last]


def collate(rows):
    width = state["width"] or max(len(row["ids"]) for row in rows)
    ids = torch.full((len(rows), width), state["data"]["padId"])
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    labels = torch.full((len(rows), width), -100)
    for i, row in enumerate(rows):
        row_ids = cut(row["ids"], state["width"], row["ids"][-1])
        n = len(row_ids)
        ids[i, :n] = torch.tensor(row_ids)
        mask[i, :n] = 1
        labels[i, :n] = torch.tensor(cut(row["labels"], state["width"], -100))
    return ids, mask, labels


def round_of(batches):
    network, optimizer = state["network"], state["optimizer"]
    loss_sum, tokens, padded = 0.0, 0, 0
    started, processor_time = time.perf_counter(), time.process_time()
    for index in batches:
        ids, mask, labels = collate(state["data"]["batches"][index])
        bfloat16 = torch.autocast("cpu", dtype=torch.bfloat16) if state["autocast"] else contextlib.nullcontext()
        with bfloat16:
            loss = network(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if state["limit"] > 0:
            torch.nn.utils.clip_grad_norm_(network.parameters(), state["limit"])
        optimizer.step()
        loss_sum += float(loss.detach())
        tokens += int(mask.sum())
        padded += ids.numel()
    return {
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - processor_time,
        "steps": len(batches),
        "meanLoss": loss_sum / len(batches),
        "tokens": tokens,
        "paddedTokens": padded,
    }


if __name__ == "__main__":
    serve({"setup": setup, "round": round_of})
