"""Writes test/golden/updates.json: ten training steps of a small BERT in transformers, by each optimiser and schedule, with
rates by depth and with frozen parts.

    python reference/parity_updates.py

The model, its batches, warm-up and clipping are parity_golden.py's; the optimisers parity_optim.py's. Kept are the losses,
the gradient norms, and of each parameter how far it moved: the norm, and twelve entries. Needs what those two need.
"""

import json
import re

import numpy as np
import torch
from parity_golden import CLIP, CONFIG, LABELS, OUT, STEPS, TOTAL, WARMUP, counter_weights, tensors
from parity_optim import NAMES, make
from transformers import BertConfig, BertForTokenClassification, get_scheduler

LAYERS = CONFIG["num_hidden_layers"]
BETAS = {"beta1": 0.9, "beta2": 0.999}
RUNS = [
    {"optimizer": "bert-adam", "epsilon": 1e-6, "learningRate": 1e-3, "schedule": "linear"},
    {"optimizer": "lamb", "epsilon": 1e-6, "learningRate": 1e-2, "schedule": "constant"},
    {"optimizer": "adamw", "epsilon": 1e-8, "learningRate": 1e-3, "schedule": "cosine", "layerDecay": 0.7},
    {"optimizer": "adamw", "epsilon": 1e-8, "learningRate": 1e-3, "schedule": "linear", "freeze": [True, 1]},
    {"optimizer": "lamb", "epsilon": 1e-6, "learningRate": 1e-2, "schedule": "linear", "layerDecay": 0.8, "freeze": [False, 1]},
    {"optimizer": "bert-adam", "epsilon": 1e-6, "learningRate": 1e-3, "schedule": "cosine", "freeze": [True, 0]},
]
WEIGHT_DECAY = 0.05


def depth_of(name: str) -> int:
    """0 for embeddings, then the layers, then what stands above them."""
    if "embeddings" in name:
        return 0
    layer = re.search(r"encoder\.layer\.(\d+)\.", name)
    return LAYERS + 1 if layer is None else int(layer.group(1)) + 1


def rounded(values: list[float]) -> list[float]:
    return [float(f"{value:.7g}") for value in values]


def run(settings: dict) -> dict:
    settings = {"layerDecay": 1.0, "freeze": [False, 0], "weightDecay": WEIGHT_DECAY, **BETAS, **settings}
    embeddings, layers = settings["freeze"]
    model = BertForTokenClassification(BertConfig(**CONFIG, num_labels=LABELS, attn_implementation="eager"))
    counter_weights(model)
    model.train()
    groups = []
    for name, parameter in model.named_parameters():
        depth = depth_of(name)
        parameter.requires_grad = not (embeddings if depth == 0 else depth <= layers)
        decays = not (name.endswith(".bias") or "LayerNorm" in name)
        rate = settings["learningRate"] * settings["layerDecay"] ** (LAYERS + 1 - depth)
        groups.append({"params": [parameter], "lr": rate, "weight_decay": WEIGHT_DECAY if decays else 0.0})
    start = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    groups = [group for group in groups if group["params"][0].requires_grad]
    optimizer = make(settings["optimizer"], groups, settings)
    schedule = get_scheduler(NAMES[settings["schedule"]], optimizer, WARMUP, TOTAL)
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = model(**tensors(step)).loss
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_([g["params"][0] for g in groups], CLIP)))
        losses.append(float(loss.detach()))
        optimizer.step()
        schedule.step()
    moved = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            assert torch.equal(parameter, start[name])
            continue
        distance = (parameter.detach().double() - start[name].double()).flatten().numpy()
        at = np.linspace(0, len(distance) - 1, min(12, len(distance))).astype(int)
        moved[name] = {"norm": rounded([float(np.linalg.norm(distance))])[0], "entries": rounded(distance[at].tolist())}
    return {**settings, "warmup": WARMUP, "total": TOTAL, "clip": CLIP, "losses": losses, "gradientNorms": norms, "moved": moved}


def main() -> None:
    torch.set_num_threads(1)
    (OUT / "updates.json").write_text(json.dumps({"runs": [run(settings) for settings in RUNS]}) + "\n")


if __name__ == "__main__":
    main()
