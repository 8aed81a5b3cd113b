"""How the camera moves, told from the people in its picture where nobody looked at anything else."""

import numpy as np

from stream_engine.tracking.seen import Array

STILL: Array = np.array(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
FEWEST = 4  # people who tell a movement; fewer may just be running together
ROUNDS = 4
STEADY_PX = 300.0  # people within so many pixels hardly tell a zoom
MOST_ZOOM = 1.1  # of people who tell it, in one frame
WILDEST = 1e2  # areas that a picture could be of, before and after
FARTHEST_PX = 1e6
LIKELY_PX = 1.0  # at least, that a person may differ from the movement of all


def possible(move: Array) -> bool:
    """Whether a movement is one at all: numbers, and neither a collapse nor an explosion."""
    if not np.isfinite(move).all() or np.abs(move).max() > FARTHEST_PX:
        return False
    return 1 / WILDEST < abs(float(np.linalg.det(move[:, :2]))) < WILDEST


def several(move: Array, frames: int) -> Array:
    """A movement that goes on for so many frames."""
    whole = np.vstack([move, (0.0, 0.0, 1.0)])
    return np.asarray(np.linalg.matrix_power(whole, frames)[:2])


def one_of(move: Array, frames: int) -> Array:
    """The movement of one frame, of that over so many; but for turns there are none."""
    zoom = float(np.sqrt(abs(np.linalg.det(move[:, :2])))) ** (1 / frames)
    zoom = min(max(zoom, 1 / MOST_ZOOM), MOST_ZOOM)
    steps = sum(zoom**step for step in range(frames))
    return np.array(((zoom, 0.0, move[0, 2] / steps), (0.0, zoom, move[1, 2] / steps)))


def move_of(before: Array, now: Array) -> Array:
    """The shift and zoom that takes most people's middles from one place to the other; N, 2 each."""
    if len(before) < FEWEST:
        return STILL
    weight = np.ones(len(before))
    zoom, shift = 1.0, np.zeros(2)
    for _ in range(ROUNDS):
        share = weight / weight.sum()
        middle, there = share @ before, share @ now
        spread = share @ ((before - middle) ** 2).sum(axis=1)
        both = share @ ((before - middle) * (now - there)).sum(axis=1)
        zoom = float((both + STEADY_PX**2) / (spread + STEADY_PX**2))
        zoom = min(max(zoom, 0.9), MOST_ZOOM)
        shift = there - zoom * middle
        off = np.sqrt(((zoom * before + shift - now) ** 2).sum(axis=1))
        weight = 1 / np.maximum(off, max(float(np.median(off)), LIKELY_PX)) ** 2
    return np.array(((zoom, 0.0, shift[0]), (0.0, zoom, shift[1])))
