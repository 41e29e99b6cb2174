#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes optim.safetensors: PyTorch's clipped gradients, learning rates and weight averages.

    python3 tests/golden/optim/make.py     (any PyTorch from 1.10 on; written with 1.13.1)
"""
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import support  # noqa: E402

STEPS = 100


def clipped(limit):
    torch.manual_seed(1)
    params = [torch.nn.Parameter(torch.zeros(size)) for size in (35, 300)]
    for p in params:
        p.grad = torch.randn(p.shape)
    before = [p.grad.clone() for p in params]
    norm = torch.nn.utils.clip_grad_norm_(params, limit)
    return norm, before, [p.grad for p in params]


def rates(make):
    """The learning rate after 0, 1, ... steps of a scheduler, at a height of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    seen = []
    for _ in range(STEPS + 1):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(seen)


def average(decay):
    """Averages of drawn weights: torch.optim.Adam's first moment with its bias correction."""
    torch.manual_seed(2)
    weights = torch.randn(STEPS, 40, dtype=torch.float64).float().cumsum(0)
    mean = torch.zeros(40, dtype=torch.float64)
    averages = []
    for step, w in enumerate(weights.double(), 1):
        mean.lerp_(w, 1 - decay)
        averages.append(mean / (1 - decay ** step))
    return weights, torch.stack(averages)


def main():
    schedules = torch.optim.lr_scheduler
    tensors = {}
    for name, limit in (("low", 2.0), ("high", 1000.0)):
        norm, before, after = clipped(limit)
        tensors[f"clip.{name}.norm"] = norm.reshape(1).numpy()
        for i in range(2):
            tensors[f"clip.g{i}"] = before[i].numpy()
            tensors[f"clip.{name}.g{i}"] = after[i].numpy()
    tensors["rate.linear"] = rates(lambda o: schedules.LinearLR(o, 1.0, 0.1, total_iters=80))
    tensors["rate.cosine"] = rates(lambda o: schedules.CosineAnnealingLR(o, STEPS, eta_min=0.05))
    tensors["rate.warm_up_cosine"] = rates(lambda o: schedules.SequentialLR(o, [
        schedules.LambdaLR(o, lambda step: step / 20),
        schedules.CosineAnnealingLR(o, STEPS - 20)], [20]))
    weights, averages = average(0.9)
    tensors["ema.weights"], tensors["ema.averages"] = weights.numpy(), averages.float().numpy()
    support.write_safetensors(HERE / "optim.safetensors", tensors)


if __name__ == "__main__":
    main()
