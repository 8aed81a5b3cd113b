"""What stands on the pitch: people, ball, goals, flags; drawn at twice the size and composed into the picture."""

import moderngl
import numpy as np
from numpy.typing import NDArray

from footage.picture import shaders, stadium
from footage.picture.figures import Figures
from footage.picture.gl import Canvas, Program, draw_over, loaded
from footage.picture.inputs import BALL_RADIUS_M, MOST_BODIES, Bodies, Bytes, Shown
from footage.picture.light import Lighting
from footage.picture.projecting import CORNERS, boxes_of, goals_and_flags
from footage.picture.tiles import Tiles

STANDING = goals_and_flags()


class Front:
    """The layer before the background; each of its pixels is somebody's, something's or nobody's."""

    def __init__(self, gl: moderngl.Context, figures: Figures, tiles: Tiles, people: Bytes) -> None:
        self._gl, self._figures, self._tiles = gl, figures, tiles
        self._double = Canvas(gl, (tiles.size[0] * 2, tiles.size[1] * 2))
        self._paint, self._people = loaded(gl, people), gl.texture((2, MOST_BODIES), 4, dtype="f4")
        self._body = Program(gl, shaders.BODY_VERTEX, shaders.BODY_FRAGMENT)
        self._leather = Program(gl, shaders.BALL_VERTEX, shaders.BALL_FRAGMENT)
        self._metal = Program(gl, shaders.FRAME_VERTEX, shaders.FRAME_FRAGMENT)
        self._mesh = Program(gl, shaders.STADIUM_VERTEX, shaders.NET_FRAGMENT)
        self._cloth = Program(gl, shaders.FLAG_VERTEX, shaders.FLAG_FRAGMENT)
        self._compose = Program(gl, shaders.TILE_VERTEX, shaders.COMPOSE_FRAGMENT)
        self._body.set(paint=0, people=1)
        self._compose.set(colours=0, identities=1)
        self._bodies, self._ball = figures.bodies(self._body), figures.ball(self._leather)
        frames = gl.buffer(stadium.goal_frames().tobytes())
        self._frames = self._metal.shape((frames, "3f 3f", "place", "normal"))
        nets = gl.buffer(stadium.triangles(stadium.goal_nets()).tobytes())
        flags = gl.buffer(stadium.triangles(stadium.flags()).tobytes())
        self._nets = self._mesh.shape((nets, "3f 2f", "place", "uv"))
        self._flags = self._cloth.shape((flags, "3f 8x", "place"))
        self._composed = tiles.shape(self._compose)

    def light(self, lighting: Lighting) -> None:
        """Light everything."""
        for program in (self._body, self._leather, self._metal, self._mesh, self._cloth):
            program.set(**lighting.tone())
        for program in (self._body, self._leather, self._metal):
            program.set(**lighting.lamps())

    def draw(self, canvas: Canvas, shown: Shown, bodies: Bodies, ball_m: NDArray[np.float64]) -> None:
        """Lay people and things over a canvas."""
        solids = np.concatenate((STANDING, (ball_m + CORNERS * BALL_RADIUS_M * 1.3)[None]))
        boxes = np.concatenate((bodies.boxes, boxes_of(shown.matrix, solids, self._tiles.size)))
        tiles = self._tiles.touched(boxes)
        if not tiles:
            return
        self._draw_double(shown, bodies)
        canvas.target.use()
        draw_over(self._gl)
        self._double.colours.use(0)
        self._double.identities.use(1)
        self._composed.render(moderngl.TRIANGLE_STRIP, instances=tiles)

    def _draw_double(self, shown: Shown, bodies: Bodies) -> None:
        self._double.target.use()
        self._double.target.clear(0, 0, 0, 0, depth=1.0)
        view = shown.view()
        for program in (self._body, self._leather, self._metal, self._mesh, self._cloth):
            program.look(view)
        self._gl.enable_only(moderngl.DEPTH_TEST)
        if len(bodies.ids):
            self._draw_bodies(bodies)
        self._ball.render()
        self._frames.render()
        self._flags.render()
        self._draw_nets(shown)

    def _draw_bodies(self, bodies: Bodies) -> None:
        table, count = np.zeros((MOST_BODIES, 2, 4), np.float32), len(bodies.ids)
        table[:count, 0], table[:count, 1, 0] = bodies.cells, bodies.ids / 255.0
        self._people.write(table.tobytes())
        self._paint.use(0)
        self._people.use(1)
        self._gl.enable(moderngl.CULL_FACE)
        self._bodies.render(vertices=self._figures.vertices(count))
        self._gl.disable(moderngl.CULL_FACE)

    def _draw_nets(self, shown: Shown) -> None:
        """They cover nothing of each other: all threads are seen."""
        draw_over(self._gl)
        self._gl.enable(moderngl.DEPTH_TEST)
        self._double.target.depth_mask = False
        self._mesh.set(per_pixel=shown.metres_per_px)
        self._nets.render()
        self._double.target.depth_mask = True
