"""Writes test/golden/optimizer.json: torch.optim.AdamW on numbers from a counter, and transformers' linear schedule.

    python reference/parity_optim.py

Parameters are counter weights `optimizer.decayed` and `optimizer.plain`; a gradient is `optimizer.gradient.STEP.PART`
times a power of ten that goes from 1e3 down to 1e-12 along the tensor, zero for each seventh element. Needs torch,
transformers and numpy.
"""

import json
from pathlib import Path

import numpy as np
import torch
from parity_weights import uniform
from transformers import get_linear_schedule_with_warmup

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "optimizer.json"

SIZES = {"decayed": 37, "plain": 14}
STEPS = [1, 2, 20]
SETTINGS = [
    {"learningRate": 1e-2, "weightDecay": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    {"learningRate": 3e-3, "weightDecay": 0.1, "beta1": 0.8, "beta2": 0.98, "epsilon": 1e-6},
]
SCHEDULES = [(0, 10), (1, 10), (3, 12), (10, 10), (5, 3), (100, 1000), (0, 1)]


def gradient(step: int, part: str, size: int) -> torch.Tensor:
    values = uniform(f"optimizer.gradient.{step}.{part}", size)
    scale = np.power(10.0, (3 - np.arange(size) % 16).astype(np.float64))
    values = np.where(np.arange(size) % 7 == 6, 0.0, values * scale)
    return torch.from_numpy(values.astype(np.float32))


def run(settings: dict) -> dict:
    parts = {
        name: torch.nn.Parameter(torch.from_numpy(uniform(f"optimizer.{name}", size).astype(np.float32)))
        for name, size in SIZES.items()
    }
    decays = {"decayed": settings["weightDecay"], "plain": 0.0}
    optimizer = torch.optim.AdamW(
        [{"params": [parameter], "weight_decay": decays[name]} for name, parameter in parts.items()],
        lr=settings["learningRate"],
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"],
    )
    after = {}
    for step in range(1, max(STEPS) + 1):
        for name, parameter in parts.items():
            parameter.grad = gradient(step, name, SIZES[name])
        optimizer.step()
        if step in STEPS:
            after[step] = {name: [float(x) for x in parameter.detach()] for name, parameter in parts.items()}
    return {**settings, "after": after}


def schedule(warmup: int, total: int) -> dict:
    """The factors from the first update to three past the end, thinned where there are many."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    rates = get_linear_schedule_with_warmup(optimizer, warmup, total)
    factors = []
    for step in range(total + 4):
        if total < 50 or step % 37 == 0:
            factors.append([step, rates.get_last_lr()[0]])
        optimizer.step()
        rates.step()
    return {"warmup": warmup, "total": total, "factors": factors}


def main() -> None:
    golden = {
        "sizes": SIZES,
        "gradients": {name: [float(x) for x in gradient(1, name, size)] for name, size in SIZES.items()},
        "adamw": [run(settings) for settings in SETTINGS],
        "schedules": [schedule(warmup, total) for warmup, total in SCHEDULES],
    }
    OUT.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
