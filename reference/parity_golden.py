"""Writes test/golden/token-classification.{json,safetensors}: what transformers on PyTorch makes of a small BERT.

    python reference/parity_golden.py

Every hidden layer, the pooler, logits, loss, every gradient tensor, and ten AdamW steps (decoupled decay, none on biases
and normalisation weights; linear warm-up and decay; clipping). Loss and gradients once more with dropout, PyTorch's masks
replaced by ours. Needs torch, transformers, numpy and safetensors.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from parity_weights import Masks, batch, dropout_key, uniform, weight
from safetensors.torch import save_file
from transformers import BertConfig, BertForTokenClassification, BertModel, get_linear_schedule_with_warmup

OUT = Path(__file__).resolve().parent.parent / "test" / "golden"

CONFIG = dict(
    vocab_size=97,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=64,
    max_position_embeddings=16,
    type_vocab_size=2,
    layer_norm_eps=1e-12,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
LABELS = 3
LENGTHS = [11, 7, 4]
SEQUENCE = 11
STEPS = 10
WARMUP = 3
TOTAL = 12
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.01
CLIP = 1.0
DROPOUT = {"hidden": 0.1, "attention": 0.2, "seed": 7, "step": 2, "examples": [3, 9, 4000000007]}


def counter_weights(model: torch.nn.Module, prefix: str = "", scale: float = 1.0) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(weight(prefix + name, tuple(parameter.shape), scale)))


def tensors(step: int) -> dict[str, torch.Tensor]:
    made = batch(step, LENGTHS, SEQUENCE, CONFIG["vocab_size"], LABELS)
    return {name: torch.from_numpy(array) for name, array in made.items()}


def gradients(model: torch.nn.Module, prefix: str = "") -> dict[str, torch.Tensor]:
    return {f"gradient.{prefix}{name}": p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def decay_groups(model: torch.nn.Module) -> list[dict]:
    plain = [p for name, p in model.named_parameters() if name.endswith(".bias") or "LayerNorm" in name]
    decayed = [p for name, p in model.named_parameters() if not (name.endswith(".bias") or "LayerNorm" in name)]
    return [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}]


@contextmanager
def dropout_by(masks: Masks) -> Iterator[None]:
    """Each call of PyTorch's dropout gets the next of our masks."""

    def dropout(x: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> torch.Tensor:
        assert training and not inplace
        return x * torch.from_numpy(masks.next(tuple(x.shape), p)) / (1 - p)

    original = torch.nn.functional.dropout
    torch.nn.functional.dropout = dropout
    try:
        yield
    finally:
        torch.nn.functional.dropout = original


def with_dropout() -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradients of the first batch under our masks."""
    config = CONFIG | {
        "hidden_dropout_prob": DROPOUT["hidden"],
        "attention_probs_dropout_prob": DROPOUT["attention"],
    }
    model = BertForTokenClassification(BertConfig(**config, num_labels=LABELS, attn_implementation="eager"))
    counter_weights(model)
    model.train()
    masks = Masks(dropout_key(DROPOUT["seed"], DROPOUT["step"]), DROPOUT["examples"], SEQUENCE)
    with dropout_by(masks):
        loss = model(**tensors(0)).loss
    assert masks.site == 2 + 3 * CONFIG["num_hidden_layers"]
    loss.backward()
    return float(loss.detach()), gradients(model)


def main() -> None:
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, torch.Tensor] = {}
    model = BertForTokenClassification(BertConfig(**CONFIG, num_labels=LABELS, attn_implementation="eager"))
    counter_weights(model)
    model.train()
    first = model(**tensors(0), output_hidden_states=True)
    first.loss.backward()
    for layer, state in enumerate(first.hidden_states):
        arrays[f"hidden.{layer}"] = state.detach()
    arrays["logits"] = first.logits.detach()
    arrays |= gradients(model)

    pooled = BertModel(BertConfig(**CONFIG, attn_implementation="eager"))
    counter_weights(pooled, "bert.")
    inputs = tensors(0)
    del inputs["labels"]
    output = pooled(**inputs).pooler_output
    toward = torch.from_numpy(uniform("pooler.toward", output.numel())).reshape(output.shape).float()
    (output * toward).sum().backward()
    arrays["pooled"] = output.detach()
    arrays["pooled.gradient.bert.pooler.dense.weight"] = pooled.pooler.dense.weight.grad
    arrays["pooled.gradient.bert.pooler.dense.bias"] = pooled.pooler.dense.bias.grad
    arrays["pooled.gradient.bert.embeddings.token_type_embeddings.weight"] = pooled.embeddings.token_type_embeddings.weight.grad

    dropped_loss, dropped = with_dropout()
    # The word table's gradient is the largest tensor and passes through all others.
    arrays |= {f"dropout.{name}": tensor for name, tensor in dropped.items() if "word_embeddings" not in name}

    counter_weights(model)
    optimizer = torch.optim.AdamW(decay_groups(model), lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    losses, norms, rates = [], [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = model(**tensors(step)).loss
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)))
        rates.append(schedule.get_last_lr()[0])
        losses.append(float(loss.detach()))
        optimizer.step()
        schedule.step()
    arrays |= {f"after.{name}": p.detach().clone() for name, p in model.named_parameters()}
    save_file({name: tensor.contiguous() for name, tensor in arrays.items()}, OUT / "token-classification.safetensors")
    golden = {
        "config": CONFIG,
        "labels": LABELS,
        "lengths": LENGTHS,
        "sequence": SEQUENCE,
        "loss": float(first.loss.detach()),
        "dropout": {**DROPOUT, "loss": dropped_loss},
        "optimizer": {
            "warmup": WARMUP,
            "total": TOTAL,
            "learningRate": LEARNING_RATE,
            "weightDecay": WEIGHT_DECAY,
            "clip": CLIP,
            "losses": losses,
            "gradientNorms": norms,
            "learningRates": rates,
        },
        "weightSamples": {
            name: [float(x) for x in weight(name, (4,))]
            for name in ("classifier.weight", "bert.embeddings.LayerNorm.weight", "classifier.bias")
        },
        "firstBatch": {name: array.flatten().tolist() for name, array in tensors(0).items()},
    }
    (OUT / "token-classification.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
