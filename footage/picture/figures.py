"""The shapes that move: everybody's body, and the ball, in buffers that are filled anew for every picture."""

import moderngl
import numpy as np
from numpy.typing import NDArray

from footage.picture.body import Mesh
from footage.picture.gl import Program
from footage.picture.inputs import BALL_RADIUS_M, MOST_BODIES, Bodies
from footage.picture.paint import texture_places

Array = NDArray[np.float64]
BALL_ROWS, BALL_COLUMNS = 10, 16


class Figures:
    """People and ball at one moment."""

    def __init__(self, gl: moderngl.Context, mesh: Mesh) -> None:
        count, person = len(mesh.rest), np.arange(MOST_BODIES)
        fixed = np.zeros((MOST_BODIES, count, 3), np.float32)
        fixed[..., :2] = texture_places(mesh.part, mesh.uv)
        fixed[..., 2] = person[:, None]
        order, coarse = (
            (triangles[None] + (person * count)[:, None, None]).astype(np.int32)
            for triangles in (mesh.triangles, mesh.coarse)
        )
        self._corners, self._coarse_corners = len(mesh.triangles) * 3, len(mesh.coarse) * 3
        self._bodies = gl.buffer(reserve=MOST_BODIES * count * 24, dynamic=True)
        self._body_kinds, self._body_order = gl.buffer(fixed.tobytes()), gl.buffer(order.tobytes())
        self._coarse_order = gl.buffer(coarse.tobytes())
        self._sphere, triangles = sphere()
        self._ball = gl.buffer(reserve=len(self._sphere) * 36, dynamic=True)
        self._ball_order = gl.buffer(triangles.tobytes())

    def place(self, bodies: Bodies, ball_m: Array) -> None:
        """Move everybody and the ball to where they are now."""
        if len(bodies.points):
            self._bodies.write(np.concatenate((bodies.points, bodies.normals), 2).astype(np.float32).tobytes())
        turned = self._sphere @ rolled(ball_m).T
        ball = np.concatenate((ball_m + turned * BALL_RADIUS_M, turned, self._sphere), 1)
        self._ball.write(ball.astype(np.float32).tobytes())

    def vertices(self, bodies: int) -> int:
        """How many of a shape's vertices are the first bodies."""
        return bodies * self._corners

    def coarse_vertices(self, bodies: int) -> int:
        """The same of the shape that throws shadows."""
        return bodies * self._coarse_corners

    def bodies(self, program: Program) -> moderngl.VertexArray:
        """With normals, places in their pictures, and who is who."""
        moving, kinds = (self._bodies, "3f 3f", "place", "normal"), (self._body_kinds, "3f", "kind")
        return program.shape(moving, kinds, order=self._body_order)

    def outlines(self, program: Program) -> moderngl.VertexArray:
        """With who is who."""
        moving, kinds = (self._bodies, "3f 12x", "place"), (self._body_kinds, "3f", "kind")
        return program.shape(moving, kinds, order=self._body_order)

    def places(self, program: Program) -> moderngl.VertexArray:
        """Where the bodies are, roughly, and nothing else."""
        return program.shape((self._bodies, "3f 12x", "place"), order=self._coarse_order)

    def ball(self, program: Program) -> moderngl.VertexArray:
        """With normals, and the same points before the ball was turned."""
        return program.shape((self._ball, "3f 3f 3f", "place", "normal", "rest"), order=self._ball_order)

    def ball_places(self, program: Program) -> moderngl.VertexArray:
        """Where the ball is, and nothing else."""
        return program.shape((self._ball, "3f 24x", "place"), order=self._ball_order)


def sphere() -> tuple[Array, NDArray[np.int32]]:
    """Points and triangles of a ball of radius 1."""
    theta, phi = np.meshgrid(
        np.linspace(0, np.pi, BALL_ROWS), np.linspace(0, 2 * np.pi, BALL_COLUMNS + 1), indexing="ij"
    )
    points = np.stack((np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)), -1)
    row, column = np.meshgrid(np.arange(BALL_ROWS - 1), np.arange(BALL_COLUMNS), indexing="ij")
    a = row * (BALL_COLUMNS + 1) + column
    b, c, d = a + 1, a + BALL_COLUMNS + 1, a + BALL_COLUMNS + 2
    return points.reshape(-1, 3), np.stack((a, b, c, b, d, c), -1).astype(np.int32)


def rolled(at_m: Array) -> Array:
    """The ball's turn, from where it is: rolling along x and y."""
    a, b = at_m[0] / BALL_RADIUS_M, -at_m[1] / BALL_RADIUS_M
    about_y = np.array([(np.cos(a), 0, np.sin(a)), (0, 1, 0), (-np.sin(a), 0, np.cos(a))])
    about_x = np.array([(1, 0, 0), (0, np.cos(b), -np.sin(b)), (0, np.sin(b), np.cos(b))])
    return np.asarray(about_x @ about_y)
