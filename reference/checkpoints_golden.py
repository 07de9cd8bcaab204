"""Writes test/golden/checkpoints/: one tiny BERT in every PyTorch form that people have, and what transformers makes of it.

    python reference/checkpoints_golden.py

Needs torch, transformers and safetensors. The TensorFlow forms of the same weights come from checkpoints_tensorflow.py, to be
run after this script.
"""

import json
import shutil
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForTokenClassification

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "checkpoints"

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "The", "gene", "BRCA1", "cancer", "of", "##s", "##A", "in", "Mice", "."]
PIECES += [f"##{letter}" for letter in "abcdefghi"]
LABELS = ["O", "B", "I"]


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    torch.manual_seed(4)
    config = BertConfig(
        vocab_size=len(PIECES), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
        max_position_embeddings=10, id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)},
    )
    model = BertForTokenClassification(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.5)
    state = OrderedDict((name, tensor.clone()) for name, tensor in model.state_dict().items())
    state["bert.pooler.dense.weight"] = torch.randn(8, 8)
    state["bert.pooler.dense.bias"] = torch.randn(8)

    plain = {name: tensor for name, tensor in state.items()}
    save_file(plain, OUT / "model.safetensors", metadata={"format": "pt"})
    for name, content in (("config.json", config.to_dict()), ("tokenizer_config.json", {"do_lower_case": False})):
        (OUT / name).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    (OUT / "vocab.txt").write_text("".join(f"{piece}\n" for piece in PIECES))

    # Sharded, as save_pretrained lays it out.
    names = sorted(plain)
    halves = [names[: len(names) // 2], names[len(names) // 2 :]]
    weight_map = {}
    for i, half in enumerate(halves, 1):
        file = f"model-{i:05d}-of-00002.safetensors"
        save_file({name: plain[name] for name in half}, OUT / file, metadata={"format": "pt"})
        weight_map |= {name: file for name in half}
    (OUT / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}, indent=1) + "\n")

    # state_dict() carries a `_metadata` attribute, which the pickle keeps.
    state._metadata = OrderedDict([("", {"version": 1})])
    torch.save(state, OUT / "torch.bin")
    torch.save(state, OUT / "torch-legacy.bin", _use_new_zipfile_serialization=False)

    def old(name: str) -> str:
        return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")

    old_names = OrderedDict((old(name).removeprefix("bert."), torch.nn.Parameter(tensor)) for name, tensor in state.items())
    old_names["embeddings.position_ids"] = torch.arange(10).expand((1, -1))
    torch.save(old_names, OUT / "torch-old-names.bin", pickle_protocol=4)

    # What a pickle can say about tensors: types, views of one storage, strides, offsets, no elements, no dimensions.
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    views = {
        "base": base,
        "transposed": base.t(),
        "part": base[1:3, 2:5],
        "column": base[:, 4],
        "steps": base.reshape(-1)[3::5],
        "scalar": base[2, 3],
        "empty": torch.zeros(0, 3),
        "half": torch.tensor([1.5, -0.25], dtype=torch.float16),
        "brain": torch.tensor([1.5, -3.0e38], dtype=torch.bfloat16),
        "double": torch.tensor([0.1, -1e300], dtype=torch.float64),
        "long": torch.tensor([[-(2**62)], [7]], dtype=torch.int64),
        "int": torch.tensor([-(2**31), 5], dtype=torch.int32),
        "short": torch.tensor([-32768, 3], dtype=torch.int16),
        "signed": torch.tensor([-128, 127], dtype=torch.int8),
        "byte": torch.tensor([0, 255], dtype=torch.uint8),
        "flag": torch.tensor([True, False, True]),
        "turned": torch.tensor([[1, 2, 3], [4, 5, 6]], dtype=torch.int16).t(),
    }
    torch.save(views, OUT / "views.bin")
    torch.save(views, OUT / "views-legacy.bin", _use_new_zipfile_serialization=False)

    ids = torch.tensor([[2, 5, 6, 7, 12, 13, 3], [2, 8, 10, 3, 0, 0, 0]])
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=mask).logits
    expected = {
        "ids": ids.flatten().tolist(),
        "mask": mask.flatten().tolist(),
        "logits": logits.flatten().tolist(),
        "views": {
            name: {"dims": list(tensor.shape), "values": [str(value) if tensor.dtype == torch.int64 else value for value in tensor.flatten().tolist()]}
            for name, tensor in views.items()
        },
    }
    (OUT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
