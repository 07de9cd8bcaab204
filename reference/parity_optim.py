"""Writes test/golden/optimizer.json: optimisers on numbers from a counter, and transformers' schedules.

    python reference/parity_optim.py

AdamW is torch.optim.AdamW; BERT's Adam is BertAdam of pytorch-pretrained-bert 0.6.2 (the port of google-research/bert's
optimization.py that transformers began with); LAMB is that of timm, after Nvidia's. Parameters are counter weights
`optimizer.decayed` and `optimizer.plain`; a gradient is `optimizer.gradient.STEP.PART` times a power of ten that goes from
1e3 down to 1e-12 along the tensor, zero for each seventh element. Needs torch, transformers, timm, pytorch-pretrained-bert
(both installed with --no-deps) and numpy.
"""

import importlib.util
import json
import sys
import types
from pathlib import Path

import numpy as np
import torch
from parity_weights import uniform
from transformers import get_scheduler

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "optimizer.json"

SIZES = {"decayed": 37, "plain": 14}
STEPS = [1, 2, 10, 20]
SETTINGS = [
    {"learningRate": 1e-2, "weightDecay": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    {"learningRate": 3e-3, "weightDecay": 0.1, "beta1": 0.8, "beta2": 0.98, "epsilon": 1e-6},
]
SCHEDULES = [(0, 10), (1, 10), (3, 12), (10, 10), (5, 3), (100, 1000), (0, 1)]
NAMES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


def from_package(package: str, module: str, name: str) -> type:
    """A class from one module of a package whose __init__ would import what we have no need for."""
    folder = Path(importlib.util.find_spec(package).submodule_search_locations[0])
    inner = module.split(".")[:-1]
    for depth in range(len(inner) + 1):
        stub = types.ModuleType(".".join([package, *inner[:depth]]))
        stub.__path__ = [str(folder.joinpath(*inner[:depth]))]
        sys.modules[stub.__name__] = stub
    return getattr(importlib.import_module(f"{package}.{module}"), name)


BertAdam = from_package("pytorch_pretrained_bert", "optimization", "BertAdam")
Lamb = from_package("timm", "optim.lamb", "Lamb")


def make(kind: str, groups: list, settings: dict) -> torch.optim.Optimizer:
    rate, betas, epsilon = settings["learningRate"], (settings["beta1"], settings["beta2"]), settings["epsilon"]
    if kind == "adamw":
        return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=epsilon)
    if kind == "bert-adam":
        return BertAdam(groups, lr=rate, b1=betas[0], b2=betas[1], e=epsilon, max_grad_norm=-1)
    return Lamb(groups, lr=rate, betas=betas, eps=epsilon, max_grad_norm=None, foreach=False)


def gradient(step: int, part: str, size: int) -> torch.Tensor:
    values = uniform(f"optimizer.gradient.{step}.{part}", size)
    scale = np.power(10.0, (3 - np.arange(size) % 16).astype(np.float64))
    values = np.where(np.arange(size) % 7 == 6, 0.0, values * scale)
    return torch.from_numpy(values.astype(np.float32))


def run(kind: str, settings: dict) -> dict:
    parts = {
        name: torch.nn.Parameter(torch.from_numpy(uniform(f"optimizer.{name}", size).astype(np.float32)))
        for name, size in SIZES.items()
    }
    decays = {"decayed": settings["weightDecay"], "plain": 0.0}
    groups = [{"params": [parameter], "weight_decay": decays[name]} for name, parameter in parts.items()]
    optimizer = make(kind, groups, settings)
    after = {}
    for step in range(1, max(STEPS) + 1):
        for name, parameter in parts.items():
            parameter.grad = gradient(step, name, SIZES[name])
        optimizer.step()
        if step in STEPS:
            after[step] = {name: [float(x) for x in parameter.detach()] for name, parameter in parts.items()}
    return {"optimizer": kind, **settings, "after": after}


def schedule(name: str, warmup: int, total: int) -> dict:
    """The factors from the first update to three past the end, thinned where there are many. Past its end transformers'
    cosine rises again, where there is no update to make: left out."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    rates = get_scheduler(NAMES[name], optimizer, warmup, total)
    factors = []
    for step in range(total + (1 if name == "cosine" else 4)):
        if total < 50 or step % 37 == 0:
            factors.append([step, rates.get_last_lr()[0]])
        optimizer.step()
        rates.step()
    return {"schedule": name, "warmup": warmup, "total": total, "factors": factors}


def main() -> None:
    golden = {
        "sizes": SIZES,
        "gradients": {name: [float(x) for x in gradient(1, name, size)] for name, size in SIZES.items()},
        "runs": [run(kind, settings) for kind in ["adamw", "bert-adam", "lamb"] for settings in SETTINGS],
        "schedules": [schedule(name, warmup, total) for name in NAMES for warmup, total in SCHEDULES],
    }
    OUT.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
