"""Pieces of frames to learn from: scaled, cut, mirrored, mixed, in other light."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from stream_engine.messages import Role
from stream_engine.models.detectors.nano import CLASSES
from stream_engine.scoring.ball import LEAST_BALL_VISIBLE
from stream_engine.scoring.care import LEAST_HEIGHT_PX, LEAST_VISIBLE
from training.detector.frames import LUMA, SIZE, FrameSet, Labelled
from training.detector.loss import Objects

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

PIECE = (640, 384)  # luma columns and rows of what is learned from
WHOLE = (960, 544)  # and of what is learned from at the end: about as the detector will see it
SCALES, WHOLE_SCALES, ZOOM_SCALES = (0.65, 1.5), (0.9, 1.15), (1.5, 5.0)
LARGE_PX = 150  # height of somebody in a close-up
KEEPER_WEIGHT, LARGE_WEIGHT = 2.0, 3.0  # frames with a goalkeeper, with somebody large, are drawn so much more often
MIRRORED, MOSAIC, MIXED, ZOOMED, BLURRED = 0.5, 0.12, 0.08, 0.15, 0.15


@dataclass(frozen=True, slots=True)
class Piece:
    """A picture of the net's input size with its labels."""

    luma: Bytes  # rows, columns
    chroma: Bytes  # rows / 2, columns / 2, 2
    objects: Objects


def objects_of(labelled: Labelled) -> Objects:
    """A frame's labels in luma pixels of the small picture."""
    scale = LUMA[0] / SIZE[0]
    boxes = np.array([item.box_px for item in labelled.items], np.float32).reshape(-1, 4) * scale
    classes = np.array([class_of(item.role) for item in labelled.items], np.int64)
    visible = np.array([item.visible for item in labelled.items])
    counts = np.where(
        classes == CLASSES.index("ball"),
        visible >= LEAST_BALL_VISIBLE,
        (visible >= LEAST_VISIBLE) & (boxes[:, 3] - boxes[:, 1] >= LEAST_HEIGHT_PX * scale),
    )
    some = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return Objects(boxes[some], classes[some], counts[some])


def class_of(role: Role) -> int:
    """The class of a role."""
    return CLASSES.index(role)


class Pieces:
    """Draws pieces from a set of frames."""

    def __init__(self, frames: FrameSet, rng: Generator) -> None:
        self._frames, self._rng = frames, rng
        self._usable = np.array([n for n, labelled in enumerate(frames.labels) if not labelled.wipe])
        self._objects = [objects_of(labelled) for labelled in frames.labels]
        weights = np.array([_weight(self._objects[at]) for at in self._usable])
        self._chances = weights / weights.sum()

    def draw(self) -> Piece:
        """One piece."""
        chance = self._rng.random()
        if chance < MOSAIC:
            piece = self._mosaic()
        elif chance < MOSAIC + MIXED:
            piece = _mixed(self._cut(PIECE, SCALES), self._cut(PIECE, SCALES))
        elif chance < MOSAIC + MIXED + ZOOMED:
            piece = self._cut(PIECE, ZOOM_SCALES)
        else:
            piece = self._cut(PIECE, SCALES)
        return _relit(piece, self._rng)

    def whole(self) -> Piece:
        """One frame, nearly as it is."""
        return _relit(self._cut(WHOLE, WHOLE_SCALES), self._rng)

    def _cut(self, size: tuple[int, int], scales: tuple[float, float]) -> Piece:
        """A scaled, perhaps mirrored, cut of one frame."""
        rng, at = self._rng, int(self._rng.choice(self._usable, p=self._chances))
        scale = float(np.exp(rng.uniform(*np.log(scales))))
        wide, high = min(size[0] / scale, LUMA[0]), min(size[1] / scale, LUMA[1])
        left = 2 * int(rng.uniform(0, LUMA[0] - wide) / 2)
        top = 2 * int(rng.uniform(0, LUMA[1] - high) / 2)
        right, bottom = left + 2 * int(wide / 2), top + 2 * int(high / 2)
        luma = cv2.resize(self._frames.luma[at, top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
        half = (size[0] // 2, size[1] // 2)
        part = self._frames.chroma[at, top // 2 : bottom // 2, left // 2 : right // 2]
        chroma = cv2.resize(part, half, interpolation=cv2.INTER_LINEAR)
        across, down = size[0] / (right - left), size[1] / (bottom - top)
        moved = (self._objects[at].boxes - np.array((left, top, left, top), np.float32)) * np.array(
            (across, down, across, down), np.float32
        )
        piece = Piece(np.asarray(luma, np.uint8), np.asarray(chroma, np.uint8), _within(self._objects[at], moved, size))
        return _mirrored(piece) if rng.random() < MIRRORED else piece

    def _mosaic(self) -> Piece:
        """Four quarters from four frames."""
        wide, high = PIECE[0] // 2, PIECE[1] // 2
        quarters = [self._cut((wide, high), SCALES) for _ in range(4)]
        places = [(0, 0), (wide, 0), (0, high), (wide, high)]
        luma, chroma = np.empty((PIECE[1], PIECE[0]), np.uint8), np.empty((high, wide, 2), np.uint8)
        boxes = []
        for quarter, (x, y) in zip(quarters, places, strict=True):
            luma[y : y + high, x : x + wide] = quarter.luma
            chroma[y // 2 : (y + high) // 2, x // 2 : (x + wide) // 2] = quarter.chroma
            boxes.append(quarter.objects.boxes + np.array((x, y, x, y), np.float32))
        return Piece(luma, chroma, _joined([quarter.objects for quarter in quarters], boxes))


def _weight(objects: Objects) -> float:
    """How often a frame is drawn: what there is little of is seen more often."""
    keeper = CLASSES.index("goalkeeper") in objects.classes
    large = bool((objects.counts & (objects.boxes[:, 3] - objects.boxes[:, 1] > LARGE_PX)).any())
    return (KEEPER_WEIGHT if keeper else 1.0) * (LARGE_WEIGHT if large else 1.0)


def _within(objects: Objects, boxes: Floats, size: tuple[int, int]) -> Objects:
    """What of the boxes lies in the cut; of whom too little is left, nobody judges."""
    clipped = boxes.copy()
    clipped[:, 0::2] = clipped[:, 0::2].clip(0, size[0])
    clipped[:, 1::2] = clipped[:, 1::2].clip(0, size[1])
    whole = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = (clipped[:, 2] - clipped[:, 0]) * (clipped[:, 3] - clipped[:, 1])
    inside = left > 0
    counts = objects.counts & (left >= 0.3 * whole)
    return Objects(clipped[inside], objects.classes[inside], counts[inside])


def _joined(parts: list[Objects], boxes: list[Floats]) -> Objects:
    return Objects(
        np.concatenate(boxes), np.concatenate([p.classes for p in parts]), np.concatenate([p.counts for p in parts])
    )


def _mirrored(piece: Piece) -> Piece:
    width = piece.luma.shape[1]
    boxes = piece.objects.boxes[:, [2, 1, 0, 3]] * np.array((-1, 1, -1, 1), np.float32)
    boxes += np.array((width, 0, width, 0), np.float32)
    return Piece(piece.luma[:, ::-1], piece.chroma[:, ::-1], piece.objects._replace(boxes=boxes))


def _mixed(first: Piece, second: Piece) -> Piece:
    """Two pictures through one another; who is in either is there."""
    luma = cv2.addWeighted(first.luma, 0.6, second.luma, 0.4, 0)
    chroma = cv2.addWeighted(first.chroma, 0.6, second.chroma, 0.4, 0)
    parts = [first.objects, second.objects]
    objects = _joined(parts, [part.boxes for part in parts])
    return Piece(np.asarray(luma, np.uint8), np.asarray(chroma, np.uint8), objects)


def _relit(piece: Piece, rng: Generator) -> Piece:
    """Another exposure, contrast, saturation and white balance; noise; sometimes out of focus."""
    gain, lift, gamma = rng.uniform(0.8, 1.2), rng.uniform(-14, 14), np.exp(rng.uniform(-0.25, 0.25))
    levels = np.arange(256) / 255.0
    curve = np.clip((levels**gamma) * 255 * gain + lift, 0, 255).astype(np.uint8)
    luma = cv2.LUT(piece.luma, curve)
    if rng.random() < BLURRED:
        luma = cv2.GaussianBlur(luma, (0, 0), float(rng.uniform(0.4, 1.2)))
    noise = rng.normal(0, rng.uniform(0, 4), luma.shape).astype(np.float32)
    luma = np.clip(luma + noise, 0, 255).astype(np.uint8)
    turn, saturation = rng.normal(0, 0.06), rng.uniform(0.7, 1.3)
    mix = saturation * np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    shift = 128 - mix @ np.array((128, 128)) + rng.normal(0, 4, 2)
    chroma = cv2.transform(piece.chroma, np.column_stack((mix, shift)))
    return Piece(np.asarray(luma, np.uint8), np.asarray(chroma, np.uint8), piece.objects)
