"""OpenGL as far as it is needed: the context, programs and their uniforms, textures, and what is drawn on."""

from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Buffers = tuple[moderngl.Buffer | str, ...]  # a buffer, its layout, and the attributes in it

VERTEX = "#version 330\n"
FRAGMENT = VERTEX + "layout(location = 0) out vec4 colour;\nlayout(location = 1) out vec4 identity;\n"
WINDOWLESS: dict[str, Any] = {"backend": "egl"}


class RenderError(Exception):
    """This machine cannot draw; says what to install."""


def context() -> moderngl.Context:
    """A drawing context without a window: the GPU's, or Mesa's software renderer."""
    try:
        return moderngl.create_context(require=330, standalone=True, **WINDOWLESS)
    except Exception as error:  # the loader raises whatever fits
        raise RenderError(f"no EGL renderer ({error}); on Debian: apt-get install libegl1 libgl1-mesa-dri") from error


class Program:
    """A vertex and a fragment shader."""

    def __init__(self, gl: moderngl.Context, vertex: str, fragment: str) -> None:
        self._gl = gl
        self._program = gl.program(vertex_shader=VERTEX + vertex, fragment_shader=FRAGMENT + fragment)

    def set(self, **values: object) -> None:
        """Give uniforms their values; one that the shaders do not use is an error."""
        for name, value in values.items():
            self._uniform(name).value = value

    def look(self, view: bytes) -> None:
        """Where the camera is: the matrix, column by column."""
        self._uniform("view").write(view)

    def shape(self, *buffers: Buffers, order: moderngl.Buffer | None = None) -> moderngl.VertexArray:
        """What is in buffers, ready to be drawn by this program."""
        return self._gl.vertex_array(self._program, list(buffers), order)

    def _uniform(self, name: str) -> moderngl.Uniform:
        member = self._program[name]
        if not isinstance(member, moderngl.Uniform):
            raise TypeError(f"{name} is a {type(member).__name__} of the shader, not a uniform")
        return member


class Canvas:
    """What is drawn on: colours, who is where, and depth."""

    def __init__(self, gl: moderngl.Context, size: tuple[int, int]) -> None:
        self.size = size
        self.colours, self.identities = gl.texture(size, 4), gl.texture(size, 1)
        self.colours.repeat_x = self.colours.repeat_y = False
        self.target = gl.framebuffer([self.colours, self.identities], gl.depth_renderbuffer(size))


def loaded(gl: moderngl.Context, pixels: Bytes) -> moderngl.Texture:
    """A picture (H, W, 3) as a texture that can be seen from afar."""
    size = (pixels.shape[1], pixels.shape[0])
    texture = gl.texture(size, 3, np.ascontiguousarray(pixels).tobytes(), alignment=1)
    texture.build_mipmaps()
    texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    return texture


def unit_square(gl: moderngl.Context) -> moderngl.Buffer:
    """Its corners, as a strip."""
    return gl.buffer(np.array([(0, 0), (1, 0), (0, 1), (1, 1)], np.float32).tobytes())


def draw_over(gl: moderngl.Context) -> None:
    """From now on, colours that carry their own share lie over what is there."""
    gl.enable_only(moderngl.BLEND)
    gl.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
