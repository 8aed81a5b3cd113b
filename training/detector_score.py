"""How good a detector is on frames it has not learned from: AP50 of each class, and the ball's recall and precision."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from stream_engine.models.detectors.nano import CLASSES, Found, found
from training.detector_data import objects_of
from training.detector_loss import Objects
from training.detector_net import MULTIPLE, NanoDetector
from training.frames import FrameSet

LEAST = np.full(len(CLASSES), 0.05, np.float32)
NEAR = 0.5  # overlap
BALL_SIDE = 6.0  # luma pixels: 12 of 1080p


@torch.no_grad()
def answers(net: NanoDetector, frames: FrameSet, numbers: Iterable[int]) -> dict[int, Found]:
    """What the network finds in some frames."""
    net.eval()
    told = {}
    for number in numbers:
        luma, chroma = padded(frames.luma[number], frames.chroma[number])
        with torch.autocast("cpu", torch.bfloat16):
            output = net(torch.from_numpy(luma)[None, None], torch.from_numpy(chroma)[None])
        told[number] = found(output[0].float().numpy(), LEAST)
    return told


def padded(luma: NDArray[np.uint8], chroma: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Grown at the lower edge to what the network takes."""
    more = -luma.shape[0] % MULTIPLE
    dark = np.pad(luma, ((0, more), (0, 0)), constant_values=16)
    return dark, np.pad(chroma, ((0, more // 2), (0, 0), (0, 0)), constant_values=128)


def score(frames: FrameSet, told: dict[int, Found]) -> dict[str, float]:
    """AP50 by class."""
    truth = {number: objects_of(frames.labels[number]) for number in told if not frames.labels[number].wipe}
    return {name: _ap50(kind, truth, told) for kind, name in enumerate(CLASSES)}


def _ap50(kind: int, truth: dict[int, Objects], told: dict[int, Found]) -> float:
    scores: list[float] = []
    right: list[bool] = []
    wanted = 0
    for number, objects in truth.items():
        answer = told[number]
        ours = answer.classes == kind
        boxes, own = answer.boxes[ours], answer.scores[ours]
        same = objects.counts & (objects.classes == kind)
        wanted += int(same.sum())
        overlap = _overlap(boxes, objects.boxes, kind)
        taken = np.zeros(len(objects.boxes), bool)
        for place in range(len(boxes)):
            near = np.where(same & ~taken, overlap[place], 0)
            best = int(near.argmax()) if len(near) else -1
            if best >= 0 and near[best] >= NEAR:
                taken[best] = True
                scores.append(float(own[place]))
                right.append(True)
            elif not (overlap[place][~objects.counts] >= NEAR).any():
                scores.append(float(own[place]))
                right.append(False)
    order = np.argsort(-np.array(scores), kind="stable")
    hits = np.cumsum(np.array(right, float)[order])
    recall, precision = hits / max(wanted, 1), hits / (np.arange(len(hits)) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    grid = np.linspace(0, 1, 101)
    at = np.searchsorted(recall, grid)
    return float(np.append(precision, 0.0)[np.minimum(at, len(precision))].mean())


def _overlap(ours: NDArray[np.float32], theirs: NDArray[np.float32], kind: int) -> NDArray[np.float32]:
    if CLASSES[kind] == "ball":
        ours, theirs = _grown(ours), _grown(theirs)
    low, high = np.maximum(ours[:, None, :2], theirs[None, :, :2]), np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    both = (high - low).clip(0).prod(2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(1) for boxes in (ours, theirs)]
    return np.asarray(both / np.maximum(areas[0][:, None] + areas[1][None] - both, 1e-6), np.float32)


def _grown(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = np.maximum(boxes[:, 2:] - boxes[:, :2], BALL_SIDE) / 2
    return np.hstack((middle - half, middle + half))
