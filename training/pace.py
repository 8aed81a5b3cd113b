"""How fast a network learns, and the average that follows it."""

import math

import torch
from torch import nn


def pace(step: int, steps: int, warm_steps: int) -> float:
    """Share of the full rate: rising, then falling as a cosine."""
    if step < warm_steps:
        return (step + 1) / warm_steps
    done = (step - warm_steps) / max(steps - warm_steps, 1)
    return 0.5 * (1 + math.cos(math.pi * done)) * 0.98 + 0.02


@torch.no_grad()
def follow(average: nn.Module, net: nn.Module, keep: float) -> None:
    """The averaged weights take a step towards the trained ones."""
    for ours, theirs in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if ours.dtype.is_floating_point:
            ours.lerp_(theirs, 1 - keep)
        else:
            ours.copy_(theirs)
