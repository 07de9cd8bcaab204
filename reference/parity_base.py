"""Writes test/golden/bert-base-pre-training.{json,safetensors}: transformers' BertForPreTraining at the size of BERT-base.

    python reference/parity_base.py

12 layers, width 768, 28,996 words, a padded batch of 2 x 32 in two segments, dropout off. Of each hidden layer, the
pooler, both logits and every gradient tensor the file holds norm, sum and 64 entries, drawn by the counter. Needs torch,
transformers, numpy and safetensors; 3 GB of memory.
"""

import json

import torch
from parity_golden import OUT, counter_weights, gradients
from parity_weights import batch, classes, hash32, hash_name
from safetensors.torch import save_file
from transformers import BertConfig, BertForPreTraining

CONFIG = dict(
    vocab_size=28996,
    hidden_size=768,
    num_hidden_layers=12,
    num_attention_heads=12,
    intermediate_size=3072,
    max_position_embeddings=512,
    type_vocab_size=2,
    layer_norm_eps=1e-12,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
# Counter weights have a deviation of 0.11 at scale 1; BERT starts with 0.02.
SCALE = 0.1875
LENGTHS = [32, 21]
SEQUENCE = 32
STEP = 40
SAMPLES = 64


def digest(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """Norm, sum, and 64 entries."""
    values = tensor.detach().double().flatten()
    places = torch.from_numpy((hash32(hash_name(name), torch.arange(SAMPLES).numpy()) % values.numel()).astype("int64"))
    return torch.cat([values.norm()[None], values.sum()[None], values[places]]).float()


def main() -> None:
    torch.set_num_threads(2)
    model = BertForPreTraining(BertConfig(**CONFIG, attn_implementation="eager"))
    counter_weights(model, scale=SCALE)
    model.train()
    made = batch(STEP, LENGTHS, SEQUENCE, CONFIG["vocab_size"], CONFIG["vocab_size"])
    feeds = {name: torch.from_numpy(array) for name, array in made.items()}
    feeds["next_sentence_label"] = torch.from_numpy(classes(STEP, 5, len(LENGTHS), 2))
    pooled: list[torch.Tensor] = []
    model.bert.pooler.register_forward_hook(lambda _module, _inputs, output: pooled.append(output.detach()))
    result = model(**feeds, output_hidden_states=True)
    result.loss.backward()
    tensors = {f"hidden.{layer}": state for layer, state in enumerate(result.hidden_states)}
    tensors["pooled"] = pooled[0]
    tensors["prediction_logits"] = result.prediction_logits[feeds["labels"] != -100]
    tensors["seq_relationship_logits"] = result.seq_relationship_logits
    tensors |= gradients(model)
    arrays = {name: digest(name, tensor) for name, tensor in tensors.items()}
    save_file(arrays, OUT / "bert-base-pre-training.safetensors")
    golden = {
        "config": CONFIG,
        "scale": SCALE,
        "lengths": LENGTHS,
        "sequence": SEQUENCE,
        "step": STEP,
        "loss": float(result.loss.detach()),
        "gradientNorm": float(torch.sqrt(sum((p.grad.double() ** 2).sum() for p in model.parameters()))),
    }
    (OUT / "bert-base-pre-training.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
