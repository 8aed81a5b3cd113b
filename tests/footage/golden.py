"""Thumbnails of three frames, as they were when the generator's version was given: `python -m tests.footage.golden`."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from footage.film import VERSION, Film
from tests.footage.rendering import film_of

PATH = Path(__file__).parent.parent / "data/golden_frames.npz"
FRAMES = (("league", 3, 30), ("corner-crowd", 3, 60), ("floodlight", 7, 10))
SIZE = (96, 54)


def thumbnail(film: Film, number: int) -> NDArray[np.uint8]:
    """A frame, small enough to forgive what differs between renderers."""
    return np.asarray(cv2.resize(film.frame(number).bgr, SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def thumbnails() -> NDArray[np.uint8]:
    """All of them."""
    made = []
    for name, seed, number in FRAMES:
        film = film_of(name, seed)
        made.append(thumbnail(film, number))
        film.close()
    return np.array(made)


if __name__ == "__main__":
    np.savez_compressed(PATH, version=VERSION, pictures=thumbnails())
