"""How large each body would be if nothing covered it: silhouettes, each stretched into a cell of its own."""

import moderngl
import numpy as np
from numpy.typing import NDArray

from footage.picture import shaders
from footage.picture.figures import Figures
from footage.picture.gl import Program
from footage.picture.inputs import MOST_BODIES, Bodies

GRID, CELL = (8, 6), 64  # one cell for each body


class Silhouettes:
    """The bodies of the last picture, one by one."""

    def __init__(self, gl: moderngl.Context, figures: Figures, size: tuple[int, int]) -> None:
        self._gl, self._figures, self._size = gl, figures, size
        self._cells = gl.framebuffer([gl.texture((GRID[0] * CELL, GRID[1] * CELL), 1)])
        self._boxes = gl.texture((1, MOST_BODIES), 4, dtype="f4")
        self._spread = Program(gl, shaders.AREA_VERTEX, shaders.WHITE_FRAGMENT)
        self._spread.set(boxes=0, picture=tuple(map(float, size)), grid=tuple(map(float, GRID)))
        self._bodies = figures.outlines(self._spread)

    def areas(self, view: bytes, bodies: Bodies) -> NDArray[np.float64]:
        """Pixels that each would cover alone, parts outside of the picture included: P."""
        count = len(bodies.ids)
        if not count:
            return np.zeros(0)
        size = np.maximum(bodies.boxes[:, 2:] - bodies.boxes[:, :2], 1e-6)
        table = np.zeros((MOST_BODIES, 4), np.float32)
        table[:count, 0], table[:count, 1] = bodies.boxes[:, 0], self._size[1] - bodies.boxes[:, 3]
        table[:count, 2:] = 1.0 / size
        self._boxes.write(table.tobytes())
        pixels = self._draw(view, count).reshape(GRID[1], CELL, GRID[0], CELL)
        covered = (pixels > 0).sum((1, 3)).ravel()[:count]
        return np.asarray(covered / CELL**2 * size.prod(1))

    def _draw(self, view: bytes, count: int) -> NDArray[np.uint8]:
        self._cells.use()
        self._cells.clear()
        self._gl.enable_only(moderngl.NOTHING)
        self._spread.look(view)
        self._boxes.use(0)
        self._bodies.render(vertices=self._figures.vertices(count))
        return np.frombuffer(self._cells.read(components=1, alignment=1), np.uint8)
