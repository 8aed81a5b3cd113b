"""The picture of one moment: background, shadows, then people and things, with who covers each pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from footage.picture.background import Background
from footage.picture.body import Mesh
from footage.picture.figures import Figures
from footage.picture.front import Front
from footage.picture.gl import Canvas, context
from footage.picture.inputs import Bodies, Bytes, Shown, Textures
from footage.picture.light import Lighting
from footage.picture.shadows import Shadows
from footage.picture.silhouettes import Silhouettes
from footage.picture.tiles import Tiles


@dataclass(frozen=True, slots=True)
class Pictures:
    """What comes out, row 0 at the top; yours to write into."""

    bgr: Bytes  # H, W, 3
    identity: Bytes  # H, W; person's id, BALL_ID, or 0
    areas: NDArray[np.float64]  # P; pixels that each body would cover alone, those outside of the picture included


class Scene:
    """Draws the moments of one match at one size; several may be alive at once."""

    def __init__(self, size: tuple[int, int], textures: Textures, lighting: Lighting, mesh: Mesh) -> None:
        self._gl = context()
        self.renderer = str(self._gl.info["GL_RENDERER"])
        self._sky = lighting.sky
        self._canvas = Canvas(self._gl, size)
        self._figures = Figures(self._gl, mesh)
        tiles = Tiles(self._gl, size)
        self._background = Background(self._gl, size, textures)
        self._shadows = Shadows(self._gl, self._figures, lighting, tiles)
        self._front = Front(self._gl, self._figures, tiles, textures.people)
        self._front.light(lighting)
        self._silhouettes = Silhouettes(self._gl, self._figures, size)

    def close(self) -> None:
        """Give everything back."""
        self._gl.release()

    def draw(self, shown: Shown, bodies: Bodies, ball_m: NDArray[np.float64]) -> Pictures:
        """One picture with its identities."""
        with self._gl:  # another scene may have drawn in between
            self._figures.place(bodies, ball_m)
            self._background.draw(self._canvas, shown, self._sky)
            self._shadows.draw(self._canvas, shown, bodies, ball_m)
            self._front.draw(self._canvas, shown, bodies, ball_m)
            bgr, identity = self._read()
            return Pictures(bgr, identity, self._silhouettes.areas(shown.view(), bodies))

    def _read(self) -> tuple[Bytes, Bytes]:
        """Colours and identities; OpenGL's first row is the lowest."""
        (width, height), target = self._canvas.size, self._canvas.target
        colours = np.frombuffer(target.read(components=4, alignment=1), np.uint8).reshape(height, width, 4)
        who = np.frombuffer(target.read(components=1, attachment=1, alignment=1), np.uint8).reshape(height, width)
        bgr = cv2.flip(cv2.cvtColor(colours, cv2.COLOR_RGBA2BGR), 0)
        return np.asarray(bgr, np.uint8), np.asarray(cv2.flip(who, 0), np.uint8)
