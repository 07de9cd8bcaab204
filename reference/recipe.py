"""What the plain PyTorch recipes share: the optimiser, the schedule, batches of like length, the loop.

fp32, AdamW without decay on biases and LayerNorm, linear warm-up and decay, clipping at 1, dropout as the model's
config has it. The policy of batches is `biobert fine-tune`'s: lengths blurred by 3 % and half a piece, sorted, cut
into batches, the batches shuffled. What a careful user of `transformers` writes, no more.
"""

import argparse
import json
import random
import time

import numpy as np
import torch


def parser(description, tests=True, **defaults):
    """A command line with the hyper-parameters of `biobert fine-tune`; `defaults` are the recipe's own."""
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True, help="a Hugging Face directory or name")
    p.add_argument("--train", nargs="+", required=True)
    if tests:
        p.add_argument("--test", nargs="+", required=True)
    p.add_argument("--out", required=True, help="a JSON file: metrics, one prediction an item, arguments, history")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--epochs", type=int, default=defaults.get("epochs", 3))
    p.add_argument("--batch-size", type=int, default=defaults.get("batch_size", 32))
    p.add_argument("--learning-rate", type=float, default=defaults.get("learning_rate", 5e-5))
    p.add_argument("--warmup", type=float, default=0.1)
    p.add_argument("--weight-decay", type=float, default=0.01)
    p.add_argument("--clip", type=float, default=1.0)
    p.add_argument("--max-length", type=int, default=defaults.get("max_length", 128))
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--limit", type=int, help="read so many items of each side only: for a try")
    return p


def settle(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    random.seed(args.seed)


def read_json_lines(paths, limit=None):
    records = [json.loads(line) for path in paths for line in open(path, encoding="utf-8") if line.strip()]
    return records if limit is None else records[:limit]


def length_batches(lengths, batch_size, generator):
    keys = [n * (1 + 0.03 * generator.uniform(-1, 1)) + generator.uniform(-0.5, 0.5) for n in lengths]
    order = sorted(range(len(keys)), key=lambda i: -keys[i])
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    generator.shuffle(batches)
    return batches


def padded(rows, pad_id):
    """Rows with "ids" and "types" as input tensors of one width."""
    width = max(len(row["ids"]) for row in rows)
    tensors = {name: torch.zeros((len(rows), width), dtype=torch.long) for name in ("attention_mask", "token_type_ids")}
    tensors["input_ids"] = torch.full((len(rows), width), pad_id)
    for i, row in enumerate(rows):
        n = len(row["ids"])
        tensors["input_ids"][i, :n] = torch.tensor(row["ids"])
        tensors["token_type_ids"][i, :n] = torch.tensor(row["types"])
        tensors["attention_mask"][i, :n] = 1
    return tensors


def train(model, rows, pad_id, targets_of, args):
    """Trains on rows; `targets_of(rows)` gives the labels as keyword arguments of the model. Returns the history."""
    named = list(model.named_parameters())
    plain = [p for n, p in named if "LayerNorm" in n or n.endswith("bias")]
    decayed = [p for n, p in named if not ("LayerNorm" in n or n.endswith("bias"))]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": args.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=args.learning_rate,
    )
    total = -(-len(rows) // args.batch_size) * args.epochs
    warm = int(total * args.warmup)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: s / max(1, warm) if s < warm else max(0.0, (total - s) / max(1, total - warm))
    )
    generator = random.Random(args.seed)
    history = []
    for epoch in range(args.epochs):
        model.train()
        sums, started = 0.0, time.time()
        batches = length_batches([len(row["ids"]) for row in rows], args.batch_size, generator)
        for batch in batches:
            members = [rows[i] for i in batch]
            loss = model(**padded(members, pad_id), **targets_of(members)).loss
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), args.clip)
            optimizer.step()
            schedule.step()
            sums += float(loss.detach())
        history.append({"epoch": epoch + 1, "loss": sums / len(batches), "seconds": time.time() - started})
        print(json.dumps(history[-1]), flush=True)
    return history


@torch.no_grad()
def run(model, rows, pad_id, names=("logits",)):
    """The model's results of each row, by name, without padding."""
    model.eval()
    found = [None] * len(rows)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["ids"]))
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        output = model(**padded([rows[i] for i in part], pad_id))
        for j, i in enumerate(part):
            found[i] = {name: output[name][j].numpy() for name in names}
    return found


def precision_recall_f1(gold, predicted, correct):
    precision = 100 * correct / predicted if predicted else 0.0
    recall = 100 * correct / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def write(args, metrics, predictions, history, started, **more):
    record = {
        "metrics": metrics,
        "predictions": predictions,
        "arguments": vars(args),
        "history": history,
        "seconds": time.time() - started,
        "torch": torch.__version__,
        **more,
    }
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
    print(json.dumps(metrics), flush=True)
