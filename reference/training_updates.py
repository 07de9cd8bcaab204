"""The losses of `biobert fine-tune` beside PyTorch's, update by update: the same start, the same batches in the same order, the
same rates, no dropout. What the recipes cannot show, as their batches and first head come from other random numbers.

  biobert fine-tune qa --model START --train train.jsonl --out first --epochs 1 --learning-rate 1e-4
  biobert fine-tune qa --after first --train train.jsonl --out second --epochs 6 --batch-size 16 --learning-rate 1e-4 \
      --dropout 0 --seed 9 --events second.jsonl
  python reference/training_updates.py qa --model first --train train.jsonl --epochs 6 --batch-size 16 \
      --learning-rate 1e-4 --seed 9 --ours second.jsonl --out both.json

Tasks: qa, and yes-no with PubMedQA's abstracts as one passage. Reads the JSON lines of `biobert datasets export`. Writes the
loss and the gradient's norm of every update on both sides, and prints the largest difference.
"""

import argparse
import time

import torch
from transformers import AutoModelForQuestionAnswering, AutoModelForSequenceClassification, AutoTokenizer

import pubmedqa_recipe
import qa_recipe
import recipe
from metrics_random import Random
from parity_heads import span_loss


class Stream(Random):
    """What `recipe.length_batches` asks of random numbers, from the project's stream."""

    def uniform(self, low, high):
        return low + (high - low) * self.float()

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.integer(i + 1)
            items[i], items[j] = items[j], items[i]


def answers(items, tokenizer, args):
    rows = [row for number, item in enumerate(items) for row in qa_recipe.windows_of(item, number, tokenizer, args, True)]
    targets = lambda members: {
        name + "_positions": torch.tensor([row[name] for row in members]) for name in ("start", "end")
    }
    return rows, targets, {}


def decisions(items, tokenizer, args):
    labels = pubmedqa_recipe.labels_of(items)
    rows = pubmedqa_recipe.encode(items, tokenizer, labels, args)
    return rows, lambda members: {"labels": torch.tensor([row["label"] for row in members])}, {"num_labels": len(labels)}


TASKS = {
    "qa": (AutoModelForQuestionAnswering, answers),
    "yes-no": (AutoModelForSequenceClassification, decisions),
}


def main():
    parser = recipe.parser(__doc__, epochs=6, batch_size=16, max_length=384, tests=False)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--doc-stride", type=int, default=128)
    parser.add_argument("--max-query-length", type=int, default=64)
    parser.add_argument("--join", action=argparse.BooleanOptionalAction, default=True, help="a question's contexts are one passage")
    parser.add_argument("--ours", required=True, help="the events of the run to compare with")
    args = parser.parse_args()
    recipe.settle(args)
    started = time.time()
    events = [event for event in recipe.read_json_lines([args.ours]) if event["type"] == "step"]
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    loader, encode = TASKS[args.task]
    rows, targets, sizes = encode(recipe.read_json_lines(args.train, args.limit), tokenizer, args)
    model = loader.from_pretrained(args.model, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **sizes)

    updates, epoch = [], 0
    clip = torch.nn.utils.clip_grad_norm_

    def noted_clip(parameters, limit):
        norm = clip(parameters, limit)
        updates.append({"norm": float(norm)})
        return norm

    def our_batches(lengths, batch_size, _generator):
        nonlocal epoch
        epoch += 1
        return plain_batches(lengths, batch_size, Stream(args.seed, epoch))

    plain_batches, recipe.length_batches = recipe.length_batches, our_batches
    torch.nn.utils.clip_grad_norm_ = noted_clip
    losses = []
    forward = model.forward

    def noted_forward(**inputs):
        output = forward(**inputs)
        if args.task == "qa":
            output.loss = span_loss(output, inputs)
        losses.append(float(output.loss.detach()))
        return output

    model.forward = noted_forward
    history = recipe.train(model, rows, tokenizer.pad_token_id, targets, args)
    for update, loss, event in zip(updates, losses, events, strict=True):
        update.update(loss=loss, oursLoss=event["loss"], oursNorm=event["gradientNorm"])
    apart = max(abs(update["loss"] - update["oursLoss"]) / update["loss"] for update in updates)
    metrics = {"updates": len(updates), "largestRelativeDifference": apart}
    recipe.write(args, metrics, [], history, started, updates=updates)


if __name__ == "__main__":
    main()
