"""What stands behind everybody: ground, boards, walls and stands; out of focus behind close-ups."""

import moderngl
import numpy as np

from footage.picture import shaders, stadium
from footage.picture.gl import Canvas, Program, loaded, unit_square
from footage.picture.inputs import Shown, Textures

WALLS = np.array([[(30, 31, 34)], [(44, 45, 48)]], np.uint8)  # concrete from top to bottom
BOARDS_CHANGE_S, BOARDS_MOVE = 12.0, 0.375  # three panels on


class Background:
    """The stadium as it is before anybody is in it."""

    def __init__(self, gl: moderngl.Context, size: tuple[int, int], textures: Textures) -> None:
        self._gl, self._size = gl, size
        self._grass = Program(gl, shaders.GROUND_VERTEX, shaders.GROUND_FRAGMENT)
        self._stadium = Program(gl, shaders.STADIUM_VERTEX, shaders.STADIUM_FRAGMENT)
        self._enlarge = Program(gl, shaders.ENLARGE_VERTEX, shaders.ENLARGE_FRAGMENT)
        self._grass.set(ground=0, extent=stadium.GROUND_M)
        self._stadium.set(image=0)
        self._enlarge.set(image=0)
        self._ground_image, self._wall_image = loaded(gl, textures.ground), loaded(gl, WALLS)
        self._crowd_image, self._board_image = loaded(gl, textures.crowd), loaded(gl, textures.boards)
        x, y = stadium.GROUND_M[0] / 2, stadium.GROUND_M[1] / 2
        corners = np.array([(-x, -y), (x, -y), (-x, y), (x, y)], np.float32)
        self._ground = self._grass.shape((gl.buffer(corners.tobytes()), "2f", "corner"))
        self._boards = self._flat(stadium.boards())
        self._walls = self._flat(stadium.walls())
        self._stands = self._flat(stadium.stands())
        self._square = self._enlarge.shape((unit_square(gl), "2f", "corner"))
        self._soft: dict[int, Canvas] = {}

    def draw(self, canvas: Canvas, shown: Shown, sky: tuple[float, float, float]) -> None:
        """Cover a canvas, but for its depth where the background is soft."""
        if shown.soft_background <= 1:
            self._draw_sharp(canvas, shown, sky)
            return
        small = self._small(shown.soft_background)
        self._draw_sharp(small, shown, sky)
        canvas.target.use()
        self._gl.disable(moderngl.DEPTH_TEST)
        small.colours.use(0)
        self._enlarge.set(texel=(1.0 / small.size[0], 1.0 / small.size[1]))
        self._square.render(moderngl.TRIANGLE_STRIP)

    def _draw_sharp(self, canvas: Canvas, shown: Shown, sky: tuple[float, float, float]) -> None:
        canvas.target.use()
        canvas.target.clear(*sky, 1.0, depth=1.0)
        self._gl.enable_only(moderngl.DEPTH_TEST)
        view = shown.view()
        self._grass.look(view)
        self._stadium.look(view)
        self._ground_image.use(0)
        self._ground.render(moderngl.TRIANGLE_STRIP)
        turn = float(shown.seconds // BOARDS_CHANGE_S) * BOARDS_MOVE
        sway = (0.0002 * np.cos(shown.seconds * 3.1), 0.0008 * np.sin(shown.seconds * 5.0))
        # near ones first: what they hide is not painted
        self._gl.enable(moderngl.CULL_FACE)  # boards have a dark back
        self._draw_flat(self._boards, self._board_image, (turn, 0.0))
        self._gl.disable(moderngl.CULL_FACE)
        self._draw_flat(self._walls, self._wall_image, (0.0, 0.0))
        self._draw_flat(self._stands, self._crowd_image, sway)

    def _draw_flat(self, shape: moderngl.VertexArray, image: moderngl.Texture, shift: tuple[float, float]) -> None:
        image.use(0)
        self._stadium.set(shift=shift)
        shape.render()

    def _flat(self, quads: list[stadium.Quad]) -> moderngl.VertexArray:
        buffer = self._gl.buffer(stadium.triangles(quads).tobytes())
        return self._stadium.shape((buffer, "3f 2f", "place", "uv"))

    def _small(self, softness: int) -> Canvas:
        if softness not in self._soft:
            width, height = self._size
            self._soft[softness] = Canvas(self._gl, (max(width // softness, 8), max(height // softness, 8)))
        return self._soft[softness]
