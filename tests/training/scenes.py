"""Bright rectangles on dark grass, as frames with labels; imported only where torch is."""

import importlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

frames: Any = importlib.import_module("training.detector.frames")
detector: Any = importlib.import_module("training.detector.learn")
exports: Any = importlib.import_module("training.detector.export")
nets: Any = importlib.import_module("training.detector.net")

DARK, BRIGHT, TINT = 30, 235, 210
BOXES = {  # full-picture pixels; on the chroma's grid, so that edges are sharp
    "player": (200.0, 160.0, 320.0, 480.0),
    "referee": (1400.0, 600.0, 1520.0, 960.0),
    "goalkeeper": (720.0, 80.0, 880.0, 400.0),
}
SMALL: dict[str, Any] = {"widths": (8, 8, 16, 16), "depths": (1, 1, 1, 1), "neck": 8}


def frame_set(*roles: tuple[str, ...]) -> Any:
    """A frame for each tuple of roles; a frame of none of them is a wipe, bright all over."""
    count = len(roles)
    luma = np.full((count, 540, 960), DARK, np.uint8)
    chroma = np.full((count, 270, 480, 2), 128, np.uint8)
    labels = []
    for at, these in enumerate(roles):
        if not these:
            luma[at], chroma[at] = BRIGHT, TINT
        for role in these:
            left, top, right, bottom = (int(side) for side in BOXES[role])
            luma[at, top // 2 : bottom // 2, left // 2 : right // 2] = BRIGHT
            chroma[at, top // 4 : bottom // 4, left // 4 : right // 4] = TINT
        items = tuple(frames.Label(role, BOXES[role], 1.0) for role in these)
        labels.append(frames.Labelled("painted", 0, at, not these, items))
    return frames.FrameSet(luma, chroma, tuple(labels))


def recipe(**changes: Any) -> Any:
    """Of a small network, for a few steps."""
    return detector.Recipe(**{"steps": 4, "batch": 2, "whole_batch": 1, "warm_steps": 2, **SMALL, **changes})


def lively(**sides: Any) -> Any:
    """A network whose normalisations have seen something, so that leaving one out would be noticed."""
    torch.manual_seed(4)
    net = nets.NanoDetector(**sides)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d | torch.nn.LayerNorm):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2.0)
    return net.eval()


def write(net: Any, path: Path) -> None:
    """Export without what the exporter warns of: its age, and branches that depend on shapes, which are fixed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exports.export(net, path)
