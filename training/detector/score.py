"""How good a detector is on frames it has not learned from: AP50 of each class."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from stream_engine.boxes import grown, overlap
from stream_engine.models.detectors.nano import CLASSES, Found, found
from stream_engine.scoring.precision import LEAST_BALL_PX, Look, average_precision
from training.detector.frames import LUMA, SIZE, FrameSet
from training.detector.loss import Objects
from training.detector.net import MULTIPLE, NanoDetector
from training.detector.pieces import objects_of

LEAST = np.full(len(CLASSES), 0.05, np.float32)
BALL_SIDE = LEAST_BALL_PX * LUMA[1] / SIZE[1]


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


def score(frames: FrameSet, told: dict[int, Found]) -> dict[str, float | None]:
    """AP50 by class, as events are scored."""
    truth = {number: objects_of(frames.labels[number]) for number in told if not frames.labels[number].wipe}
    return {
        name: average_precision(_look(objects, told[number], kind) for number, objects in truth.items())
        for kind, name in enumerate(CLASSES)
    }


def _look(objects: Objects, answer: Found, kind: int) -> Look:
    ours = answer.classes == kind
    rows = (objects.classes == kind) | ~objects.counts
    boxes, theirs = answer.boxes[ours].astype(float), objects.boxes[rows].astype(float)
    if CLASSES[kind] == "ball":
        boxes, theirs = grown(boxes, BALL_SIDE), grown(theirs, BALL_SIDE)
    return Look(overlap(theirs, boxes), objects.counts[rows], answer.scores[ours].astype(float))
