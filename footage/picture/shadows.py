"""Shadows on the ground: each lamp's in a channel of a picture of their own, with which the ground is darkened."""

import moderngl
import numpy as np
from numpy.typing import NDArray

from footage.picture import shaders
from footage.picture.figures import Figures
from footage.picture.gl import Canvas, Program, draw_over
from footage.picture.inputs import Bodies, Shown
from footage.picture.light import Lighting
from footage.picture.projecting import around, boxes_of, thrown
from footage.picture.tiles import Tiles

YES, NO = True, False
CHANNELS = ((YES, NO, NO, NO), (NO, YES, NO, NO), (NO, NO, YES, NO), (NO, NO, NO, YES))  # one for each lamp
ALL_CHANNELS = (YES, YES, YES, YES)


class Shadows:
    """The shadows of people and ball under up to four lamps."""

    def __init__(self, gl: moderngl.Context, figures: Figures, lighting: Lighting, tiles: Tiles) -> None:
        self._gl, self._figures, self._lighting, self._tiles = gl, figures, lighting, tiles
        width, height = tiles.size
        self._dark = gl.texture((max(width // 2, 1), max(height // 2, 1)), 4)
        self._target = gl.framebuffer([self._dark])
        self._throw = Program(gl, shaders.SHADOW_VERTEX, shaders.WHITE_FRAGMENT)
        self._darken = Program(gl, shaders.TILE_VERTEX, shaders.DARKEN_FRAGMENT)
        self._darken.set(shadows=0, depth_of_shadow=lighting.shadow_depths())
        self._bodies, self._ball = figures.places(self._throw), figures.ball_places(self._throw)
        self._lain = tiles.shape(self._darken)

    def draw(self, canvas: Canvas, shown: Shown, bodies: Bodies, ball_m: NDArray[np.float64]) -> None:
        """Darken the ground where shadows lie."""
        tiles = self._throw_all(shown, bodies, ball_m)
        canvas.target.use()
        draw_over(self._gl)
        self._dark.use(0)
        self._lain.render(moderngl.TRIANGLE_STRIP, instances=tiles)

    def _throw_all(self, shown: Shown, bodies: Bodies, ball_m: NDArray[np.float64]) -> int:
        """How many tiles they touch."""
        self._target.color_mask = ALL_CHANNELS
        self._target.use()
        self._target.clear()
        self._gl.enable_only(moderngl.NOTHING)
        self._throw.look(shown.view())
        vertices = self._figures.coarse_vertices(bodies.shadows)
        solids = np.concatenate((around(bodies.points[: bodies.shadows]), around(ball_m[None, None])))
        boxes = []
        for lamp_m, channel in zip(self._lighting.lamps_m, CHANNELS, strict=False):
            self._target.color_mask = channel
            self._throw.set(lamp=lamp_m)
            if vertices:
                self._bodies.render(vertices=vertices)
            self._ball.render()
            boxes.append(boxes_of(shown.matrix, thrown(solids, lamp_m), self._tiles.size))
        return self._tiles.touched(np.concatenate(boxes))
