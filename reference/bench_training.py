"""PyTorch's side of the training benchmarks: what bench/sides/training.ts does, on the same batches.

The model and the recipe are those of reference/ner_recipe.py; AdamW is the fused one, as in transformers' Trainer.
Started by bench/lib/training.mjs, which speaks to it as bench_side.py says.
"""

import contextlib
import json
import time

import torch
import transformers
from bench_side import serve
from transformers import AutoModelForTokenClassification, BertConfig, BertForPreTraining

state = {}


class PreTraining(torch.nn.Module):
    """BERT's pre-training loss with the decoder on the asked-for positions only, as its authors compute it."""

    def __init__(self, config):
        super().__init__()
        self.network = BertForPreTraining(config)
        self.config = config

    def forward(self, input_ids, attention_mask, labels, positions, next_sentence):
        outputs = self.network.bert(input_ids=input_ids, attention_mask=attention_mask)
        states = outputs.last_hidden_state.reshape(-1, self.config.hidden_size)[positions]
        scores = self.network.cls.predictions(states)
        follows = self.network.cls.seq_relationship(outputs.pooler_output)
        loss = torch.nn.functional.cross_entropy
        return loss(scores.float(), labels) + loss(follows.float(), next_sentence)


def start(model, label_count, dropout, head):
    """The network of a directory, or of a config.json with random weights."""
    rates = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout, "classifier_dropout": dropout}
    if not model.endswith(".json"):
        return AutoModelForTokenClassification.from_pretrained(
            model, num_labels=label_count, dtype=torch.float32, **rates
        )
    config = BertConfig.from_json_file(model)
    config.update({**rates, "num_labels": label_count})
    config._attn_implementation = "sdpa"
    return PreTraining(config) if head == "pre-training" else AutoModelForTokenClassification.from_config(config)


def cannot_compile():
    """Why torch.compile does not work here; None where it does."""
    try:
        torch.compile(lambda x: torch.sin(x) + 1)(torch.ones(8))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the reason
        return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
    return None


def setup(
    model,
    inputs,
    threads,
    dropout,
    maxGradientNorm,
    width=None,
    autocast=False,
    compiled=False,
    head="token-classification",
):
    """`width` pads, and cuts, every row to so many pieces; `autocast` computes in bfloat16 where PyTorch does."""
    started = time.perf_counter()
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    if compiled and (reason := cannot_compile()) is not None:
        return {"unavailable": reason}
    with open(inputs, encoding="utf-8") as file:
        data = json.load(file)
    network = start(model, data["labelCount"], dropout, head)
    network.train()
    named = list(network.named_parameters())
    plain = [p for n, p in named if "LayerNorm" in n or n.endswith("bias")]
    decayed = [p for n, p in named if not ("LayerNorm" in n or n.endswith("bias"))]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=1e-5, fused=True
    )
    state.update(
        data=data,
        network=torch.compile(network) if compiled else network,
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


def collate_masked(rows):
    """A batch for pre-training: positions in the flattened batch, the pieces there, and what follows what."""
    ids, mask, _ = collate(rows)
    masked = [row["masked"] for row in rows]
    positions = [i * ids.shape[1] + at for i, row in enumerate(masked) for at in row["positions"]]
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "labels": torch.tensor([label for row in masked for label in row["labels"]]),
        "positions": torch.tensor(positions),
        "next_sentence": torch.tensor([row["nextSentence"] for row in masked]),
    }


def loss_of(network, rows):
    """The loss of a batch, and its mask."""
    if "masked" in rows[0]:
        batch = collate_masked(rows)
        return network(**batch), batch["attention_mask"]
    ids, mask, labels = collate(rows)
    return network(input_ids=ids, attention_mask=mask, labels=labels).loss, mask


def round_of(batches):
    network, optimizer = state["network"], state["optimizer"]
    loss_sum, tokens, padded = 0.0, 0, 0
    started, processor_time = time.perf_counter(), time.process_time()
    for index in batches:
        bfloat16 = torch.autocast("cpu", dtype=torch.bfloat16) if state["autocast"] else contextlib.nullcontext()
        with bfloat16:
            loss, mask = loss_of(network, state["data"]["batches"][index])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if state["limit"] > 0:
            torch.nn.utils.clip_grad_norm_(network.parameters(), state["limit"])
        optimizer.step()
        loss_sum += float(loss.detach())
        tokens += int(mask.sum())
        padded += mask.numel()
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
