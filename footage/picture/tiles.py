"""The picture in tiles: only those that something touches are shadowed or composed."""

import moderngl
import numpy as np
from numpy.typing import NDArray

from footage.picture.gl import Program, unit_square

TILE = 32
MARGIN_PX = 3


class Tiles:
    """The tiles that were touched last, for programs that draw on these alone."""

    def __init__(self, gl: moderngl.Context, size: tuple[int, int]) -> None:
        self.size = size
        self._columns, self._rows = -(-size[0] // TILE), -(-size[1] // TILE)
        self._square = unit_square(gl)
        self._places = gl.buffer(reserve=8 * self._columns * self._rows, dynamic=True)

    def shape(self, program: Program) -> moderngl.VertexArray:
        """The touched tiles, as many as instances are drawn."""
        program.set(picture=tuple(float(side) for side in self.size), tile=float(TILE))
        return program.shape((self._square, "2f", "corner"), (self._places, "2f/i", "where"))

    def touched(self, boxes: NDArray[np.float64]) -> int:
        """Take note of the tiles that boxes (N, 4 in pixels) touch; how many there are."""
        width, height = self.size
        hit = np.zeros((self._rows, self._columns), bool)
        for left, top, right, bottom in boxes:
            if right > 0 and bottom > 0 and left < width and top < height:
                a, b = int(max(left - MARGIN_PX, 0)) // TILE, int(min(right + MARGIN_PX, width)) // TILE
                c = int(max(height - bottom - MARGIN_PX, 0)) // TILE  # the first row is at the bottom
                d = int(min(height - top + MARGIN_PX, height)) // TILE
                hit[c : d + 1, a : b + 1] = True
        places = np.argwhere(hit)[:, ::-1].astype(np.float32)
        if len(places):
            self._places.write(np.ascontiguousarray(places).tobytes())
        return len(places)
