"""People of one colour on grass, as NV12."""

import numpy as np
from numpy.typing import NDArray

SIZE = (320, 180)
GRASS = (95, 112, 118)
RED, CLARET, WHITE = (67, 114, 206), (51, 130, 167), (200, 128, 128)
Colour = tuple[int, int, int]


def picture_of(*painted: tuple[tuple[int, int, int, int], Colour], size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Grass with a little noise, and rectangles (left, top, right, bottom, all even) in these colours."""
    columns, rows = size
    light = np.full((rows, columns), GRASS[0], np.int64)
    colours = np.tile(np.array(GRASS[1:]), (rows // 2, columns // 2, 1))
    for (left, top, right, bottom), (luma, *chroma) in painted:
        light[top:bottom, left:right] = luma
        colours[top // 2 : bottom // 2, left // 2 : right // 2] = chroma
    light += np.random.default_rng(5).integers(-3, 4, light.shape)
    return np.vstack([light, colours.reshape(rows // 2, columns)]).astype(np.uint8)


def shaded(colour: Colour, light: float) -> Colour:
    """The same in less light."""
    luma, blue, red = (round(zero + light * (value - zero)) for value, zero in zip(colour, (16, 128, 128), strict=True))
    return luma, blue, red
