"""Writes test/golden/heads.{json,safetensors}: what transformers on PyTorch makes of every head of a small BERT.

    python reference/parity_heads.py

For each head: hidden layers, pooler, logits, loss and every gradient tensor on a padded batch of two segments, dropout
off; loss and gradient norm once more with dropout, PyTorch's masks replaced by ours; vectors pooled as
sentence-transformers does, with gradients; PyTorch's losses with class weights, ignored labels and label smoothing. Needs torch, transformers, numpy and safetensors.
"""

import json

import torch
from parity_golden import OUT, counter_weights, dropout_by, gradients
from parity_weights import Masks, batch, classes, dropout_key, uniform
from safetensors.torch import save_file
from torch import nn
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForMultipleChoice,
    BertForNextSentencePrediction,
    BertForPreTraining,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
)

CONFIG = dict(
    vocab_size=41,
    hidden_size=8,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=12,
    type_vocab_size=2,
    layer_norm_eps=1e-12,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
LENGTHS = [9, 4, 7, 2, 9, 6]
SEQUENCE = 9
CHOICES = 3
LABELS = 4
DROPOUT = {"hidden": 0.1, "attention": 0.2, "seed": 7, "step": 2, "examples": [3, 9, 4000000007, 12, 1, 77]}
# In a case's labels: the words that the batch has as labels.
WORDS = "words"


def numbers(name: str, *shape: int) -> torch.Tensor:
    count = int(torch.tensor(shape).prod())
    return torch.from_numpy(uniform(name, count)).reshape(shape).float()


def inputs(step: int) -> dict[str, torch.Tensor]:
    """A batch; its `labels` are words, about one in four -100."""
    made = batch(step, LENGTHS, SEQUENCE, CONFIG["vocab_size"], CONFIG["vocab_size"])
    return {name: torch.from_numpy(array) for name, array in made.items()}


def drawn(step: int, salt: int, count: int, bound: int) -> torch.Tensor:
    return torch.from_numpy(classes(step, salt, count, bound))


def cases() -> dict[str, tuple[type, dict, int, dict]]:
    """By name: the model, what its configuration adds, the batch's number, the labels."""
    rows = len(LENGTHS)
    start, end = (drawn(18, salt, rows, SEQUENCE) % torch.tensor(LENGTHS) for salt in (5, 6))
    # The last answer lies outside: transformers leaves it out of both means.
    start[-1] = end[-1] = SEQUENCE + 3
    sequence = BertForSequenceClassification
    return {
        "pre-training": (BertForPreTraining, {}, 11, {"labels": WORDS, "next_sentence_label": drawn(11, 5, rows, 2)}),
        "masked-language-model": (BertForMaskedLM, {}, 12, {"labels": WORDS}),
        "next-sentence-prediction": (BertForNextSentencePrediction, {}, 13, {"labels": drawn(13, 5, rows, 2)}),
        "token-classification": (
            BertForTokenClassification,
            {"num_labels": LABELS},
            14,
            {"labels": torch.from_numpy(batch(14, LENGTHS, SEQUENCE, CONFIG["vocab_size"], LABELS)["labels"])},
        ),
        "sequence-classification-single-label": (
            sequence,
            {"num_labels": LABELS, "problem_type": "single_label_classification"},
            15,
            {"labels": drawn(15, 5, rows, LABELS)},
        ),
        "sequence-classification-multi-label": (
            sequence,
            {"num_labels": LABELS, "problem_type": "multi_label_classification"},
            16,
            {"labels": drawn(16, 5, rows * LABELS, 2).reshape(rows, LABELS).float()},
        ),
        "sequence-classification-regression": (
            sequence,
            {"num_labels": 2, "problem_type": "regression"},
            17,
            {"labels": numbers("regression", rows, 2)},
        ),
        "question-answering": (BertForQuestionAnswering, {}, 18, {"start_positions": start, "end_positions": end}),
        "multiple-choice": (BertForMultipleChoice, {}, 19, {"labels": drawn(19, 5, rows // CHOICES, CHOICES)}),
    }


def prepare(name: str, dropout: dict[str, float]) -> tuple[nn.Module, dict[str, torch.Tensor], torch.Tensor | None]:
    """The model, its inputs, and where its logits are of words, which of them are counted."""
    kind, more, step, labels = cases()[name]
    model = kind(BertConfig(**CONFIG | more | dropout, attn_implementation="eager"))
    counter_weights(model)
    model.train()
    feeds = inputs(step)
    words = feeds.pop("labels")
    feeds |= {key: words if value is WORDS else value for key, value in labels.items()}
    if name == "multiple-choice":
        feeds = {k: v if k == "labels" else v.reshape(-1, CHOICES, SEQUENCE) for k, v in feeds.items()}
    return model, feeds, words != -100 if labels.get("labels") is WORDS else None


def span_loss(result, feeds: dict[str, torch.Tensor]) -> torch.Tensor:
    """Without what `transformers` leaves in: padding has no part in the softmax."""
    sides = []
    for side in ("start", "end"):
        logits = result[f"{side}_logits"].masked_fill(feeds["attention_mask"] == 0, -torch.inf)
        positions = feeds[f"{side}_positions"]
        sides.append(nn.functional.cross_entropy(logits, positions.where(positions < logits.shape[1], -100)))
    return sum(sides) / 2


def loss_of(result, feeds: dict[str, torch.Tensor]) -> torch.Tensor:
    return span_loss(result, feeds) if "start_positions" in feeds else result.loss


def run_case(name: str, arrays: dict[str, torch.Tensor]) -> float:
    model, feeds, counted = prepare(name, {})
    pooled: list[torch.Tensor] = []
    if model.bert.pooler is not None:
        model.bert.pooler.register_forward_hook(lambda _module, _inputs, output: pooled.append(output.detach()))
    result = model(**feeds, output_hidden_states=True)
    loss = loss_of(result, feeds)
    loss.backward()
    for layer, state in enumerate(result.hidden_states):
        arrays[f"{name}/hidden.{layer}"] = state.detach()
    if pooled:
        arrays[f"{name}/pooled"] = pooled[0]
    for key, value in result.items():
        if key.endswith("logits"):
            is_of_words = counted is not None and key != "seq_relationship_logits"
            arrays[f"{name}/{key}"] = (value[counted] if is_of_words else value).detach()
    arrays |= {f"{name}/{key}": tensor for key, tensor in gradients(model).items()}
    return float(loss.detach())


def run_with_dropout(name: str) -> dict[str, float]:
    """Loss and norm of all gradients under our masks."""
    rates = {"hidden_dropout_prob": DROPOUT["hidden"], "attention_probs_dropout_prob": DROPOUT["attention"]}
    model, feeds, _ = prepare(name, rates)
    choices = CHOICES if name == "multiple-choice" else 0
    examples = DROPOUT["examples"][: len(feeds["input_ids"])]
    with dropout_by(Masks(dropout_key(DROPOUT["seed"], DROPOUT["step"]), examples, SEQUENCE, choices)):
        loss = loss_of(model(**feeds), feeds)
    loss.backward()
    norm = torch.sqrt(sum((gradient.double() ** 2).sum() for gradient in gradients(model).values()))
    return {"loss": float(loss.detach()), "gradientNorm": float(norm)}


def pool(kind: str, arrays: dict[str, torch.Tensor]) -> None:
    """One vector a text, as the module Pooling of sentence-transformers computes it."""
    model = BertModel(BertConfig(**CONFIG, attn_implementation="eager"), add_pooling_layer=False)
    counter_weights(model, "bert.")
    feeds = inputs(20)
    del feeds["labels"]
    tokens = model(**feeds).last_hidden_state
    mask = feeds["attention_mask"].unsqueeze(-1).expand(tokens.size()).float()
    if kind == "first":
        vectors = tokens[:, 0]
    elif kind == "mean":
        vectors = (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
    else:
        vectors = tokens.masked_fill(mask == 0, -1e9).max(1).values
    (vectors * numbers("pooled.toward", *vectors.shape)).sum().backward()
    arrays[f"pooled-vectors-{kind}/sentence_embedding"] = vectors.detach()
    arrays |= {f"pooled-vectors-{kind}/{key}": tensor for key, tensor in gradients(model, "bert.").items()}


def losses() -> list[dict]:
    """PyTorch's losses of reduction "mean" on 7 x 4 logits, and their gradients."""
    labels = drawn(30, 5, 7, 4)
    labels[2] = -100
    weights = [0.5, 2.0, 1.25, 0.25]
    binary = drawn(31, 5, 28, 2).reshape(7, 4).float()
    found = []

    def measure(kind: str, options: dict, compute) -> None:
        logits = (4 * numbers("losses.logits", 7, 4)).requires_grad_()
        loss = compute(logits)
        loss.backward()
        found.append({"kind": kind, **options, "loss": float(loss.detach()), "gradient": logits.grad.flatten().tolist()})

    for weighted in (False, True):
        for smoothing in (0.0, 0.1, 0.6):
            options = {"labelSmoothing": smoothing} | ({"classWeights": weights} if weighted else {})
            weight = torch.tensor(weights) if weighted else None
            measure("crossEntropy", options, lambda x: nn.CrossEntropyLoss(weight, label_smoothing=smoothing)(x, labels))
    measure("binaryCrossEntropy", {}, lambda x: nn.BCEWithLogitsLoss()(x, binary))
    positive = {"positiveWeights": weights}
    measure("binaryCrossEntropy", positive, lambda x: nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weights))(x, binary))
    measure("squaredError", {}, lambda x: nn.MSELoss()(x, numbers("losses.targets", 7, 4)))
    return found


def main() -> None:
    torch.set_num_threads(1)
    arrays: dict[str, torch.Tensor] = {}
    golden = {
        "config": CONFIG,
        "lengths": LENGTHS,
        "sequence": SEQUENCE,
        "choices": CHOICES,
        "labels": LABELS,
        "losses": {name: run_case(name, arrays) for name in cases()},
        "dropout": DROPOUT | {"results": {name: run_with_dropout(name) for name in cases()}},
        "lossFunctions": losses(),
    }
    for kind in ("mean", "first", "max"):
        pool(kind, arrays)
    save_file({name: tensor.contiguous() for name, tensor in arrays.items()}, OUT / "heads.safetensors")
    (OUT / "heads.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
