"""Writes test/formats/golden/{small,floats}.safetensors with the reference library; small has every dtype that we read.

    python reference/metrics_safetensors_golden.py

Needs torch, numpy and safetensors. The values are written out again in test/formats/safetensors.test.ts.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parent.parent / "test" / "formats" / "golden"

SMALL_HALVES = [0.0, -0.0, 1.0, -2.5, 65504.0, 6.103515625e-05, 5.960464477539063e-08, 6.097555160522461e-05, float("inf"), float("-inf")]


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    tensors = {
        "layer.0.weight": torch.tensor([[0.5, -1.25, 3.0e38], [1.0e-45, 0.0, -0.0]], dtype=torch.float32),
        "layer.0.bias": torch.tensor([0.1, 0.2, 0.3], dtype=torch.float32),
        "double": torch.tensor([0.1, -1.0e300], dtype=torch.float64),
        "half": torch.tensor(SMALL_HALVES, dtype=torch.float16),
        "brain": torch.tensor([1.0, -0.15625, 3.0e38, 1.0e-40], dtype=torch.bfloat16),
        "long": torch.tensor([-(2**62), 7], dtype=torch.int64),
        "int": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
        "byte": torch.tensor([0, 1, 255], dtype=torch.uint8),
        "signed": torch.tensor([-128, 127], dtype=torch.int8),
        "flag": torch.tensor([True, False, True], dtype=torch.bool),
        "scalar": torch.tensor(4.0, dtype=torch.float32),
        "empty": torch.zeros((0, 4), dtype=torch.float32),
        "größe 😀": torch.tensor([1, 2], dtype=torch.int32),
        "größe \uffee": torch.tensor([3, 4], dtype=torch.int32),
    }
    save_file(tensors, OUT / "small.safetensors", metadata={"format": "pt"})
    floats = {name: tensor for name, tensor in tensors.items() if name.startswith("layer.")}
    save_file(floats, OUT / "floats.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
