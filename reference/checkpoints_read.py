"""Reads weights that `biobert convert` wrote with PyTorch and transformers and compares them with their source.

    python reference/checkpoints_read.py SOURCE.safetensors DIRECTORY...

Each DIRECTORY holds model.safetensors or pytorch_model.bin with config.json. Needs torch, transformers and safetensors.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer


def main() -> None:
    source = load_file(sys.argv[1])
    for directory in map(Path, sys.argv[2:]):
        pickled = directory / "pytorch_model.bin"
        state = torch.load(pickled, weights_only=True) if pickled.exists() else load_file(directory / "model.safetensors")
        assert list(sorted(state)) == list(sorted(source)), set(state) ^ set(source)
        assert all(torch.equal(state[name], tensor) and state[name].dtype == tensor.dtype for name, tensor in source.items())
        model, information = AutoModel.from_pretrained(directory, output_loading_info=True)
        encoder = {name: value for name, value in source.items() if name.startswith("bert.")}
        for name, tensor in model.state_dict().items():
            if f"bert.{name}" in encoder:
                assert torch.equal(tensor, encoder[f"bert.{name}"]), name
        tokenizer = AutoTokenizer.from_pretrained(directory)
        print(f"{directory.name}: {len(state)} tensors equal to the bit; missing in transformers: {sorted(information['missing_keys'])}; {tokenizer.tokenize('The gene BRCA1')}")


if __name__ == "__main__":
    main()
