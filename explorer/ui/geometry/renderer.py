"""The mesh drawn by OpenGL 3.3 core, off screen, into a picture that the window paints like any other.

Not into a `QOpenGLWidget`: as soon as a window holds one, Qt composes the whole window by OpenGL, and where Mesa draws
on the processor every repaint of any part of it then takes ten times as long. Reading one picture back costs little.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QOffscreenSurface, QOpenGLContext, QSurfaceFormat
from PySide6.QtOpenGL import QOpenGLFramebufferObject, QOpenGLFramebufferObjectFormat

from explorer.studio.errors import explain
from explorer.studio.geometry.view.face_view import FaceView, Shape, Topology, VisibilityMaps
from explorer.studio.geometry.view.scene import Placement, RenderStyle, Tint
from explorer.studio.geometry.view.tinting import tint_picture
from explorer.ui.geometry import shaders

T = TypeVar("T")

# Of edges, where nothing moves; on the processor they cost more than all else.
SAMPLES = 4


class NoOpenGL(Exception):  # noqa: N818 - a state of the machine, which the panel tells of
    """There is no OpenGL, or no more; the message says why."""


class Renderer:
    """An OpenGL context of its own with one mesh in it. What was uploaded stays until it changes.

    Raises:
        NoOpenGL: there is no OpenGL 3.3.
    """

    def __init__(self) -> None:
        wanted = QSurfaceFormat()
        wanted.setVersion(3, 3)
        wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
        self._context = QOpenGLContext()
        self._context.setFormat(wanted)
        if not self._context.create() or self._context.format().version() < (3, 3):
            raise NoOpenGL("this machine offers no OpenGL 3.3")
        self._surface = QOffscreenSurface()
        self._surface.setFormat(self._context.format())
        self._surface.create()
        self._buffers: dict[bool, QOpenGLFramebufferObject] = {}
        self._topology: Topology | None = None
        self._shape: Shape | None = None
        self._skin: NDArray[np.uint8] | None = None
        self._tint: tuple[VisibilityMaps, Tint] | None = None
        self._corners = 0
        self._guarded(self._prepare)

    def draw(
        self, view: FaceView, look: RenderStyle, placed: Placement, width: int, height: int, smooth: bool = True
    ) -> QImage:
        """Draw a view.

        Args:
            placed: where the mesh lies, in pixels of the picture.
            smooth: whether edges are smoothed, as when nothing moves.

        Returns:
            A picture of the size, premultiplied, clear where the mesh is not.

        Raises:
            NoOpenGL: the context was lost, or OpenGL gave up.
        """
        return self._guarded(lambda: self._draw(view, look, placed, QSize(width, height), smooth))

    def release(self) -> None:
        """Give back what lies in the graphics memory."""
        if self._context.isValid() and self._context.makeCurrent(self._surface):
            self._buffers.clear()
            self._context.doneCurrent()

    def name(self) -> str:
        """Who draws: "llvmpipe (LLVM 15.0.6, 256 bits)"."""
        return self._guarded(lambda: str(self._gl.glGetString(self._gl.GL_RENDERER).decode()))

    @cached_property
    def _gl(self) -> Any:
        import OpenGL

        # Errors are asked for once a picture, not after every call.
        OpenGL.ERROR_CHECKING = False
        from OpenGL import GL  # a quarter of a second, and only where something is drawn

        return GL

    def _guarded(self, work: Callable[[], T]) -> T:
        if not self._context.isValid() or not self._context.makeCurrent(self._surface):
            raise NoOpenGL("the OpenGL context was lost")
        try:
            done = work()
            error = self._gl.glGetError()
        except NoOpenGL:
            raise
        except Exception as failure:  # the binding raises what it likes, from loading a library to a null function
            raise NoOpenGL(explain(failure) or f"OpenGL failed ({type(failure).__name__})") from failure
        # The context stays current: nobody else on this thread has one, and with PySide 6.12 every `doneCurrent` takes
        # one reference of None away, which after enough pictures ends Python 3.11.
        if error:
            raise NoOpenGL(f"OpenGL reports error {error:#x}")
        return done

    def _prepare(self) -> None:
        gl = self._gl
        self._program = gl.glCreateProgram()
        for kind, source in ((gl.GL_VERTEX_SHADER, shaders.VERTEX), (gl.GL_FRAGMENT_SHADER, shaders.FRAGMENT)):
            shader = gl.glCreateShader(kind)
            gl.glShaderSource(shader, source)
            gl.glCompileShader(shader)
            if not gl.glGetShaderiv(shader, gl.GL_COMPILE_STATUS):
                raise NoOpenGL(f"a shader was refused: {gl.glGetShaderInfoLog(shader).decode()}")
            gl.glAttachShader(self._program, shader)
        gl.glLinkProgram(self._program)
        if not gl.glGetProgramiv(self._program, gl.GL_LINK_STATUS):
            raise NoOpenGL(f"the shaders were refused: {gl.glGetProgramInfoLog(self._program).decode()}")
        self._mesh = gl.glGenVertexArrays(1)
        gl.glBindVertexArray(self._mesh)
        *self._attributes, self._elements = (int(one) for one in gl.glGenBuffers(4))
        for place, (buffer, width) in enumerate(zip(self._attributes, (3, 3, 2), strict=True)):
            gl.glBindBuffer(gl.GL_ARRAY_BUFFER, buffer)
            gl.glVertexAttribPointer(place, width, gl.GL_FLOAT, False, 0, ctypes.c_void_p(0))
            gl.glEnableVertexAttribArray(place)
        gl.glBindBuffer(gl.GL_ELEMENT_ARRAY_BUFFER, self._elements)
        self._textures = [int(one) for one in gl.glGenTextures(2)]
        for texture in self._textures:
            gl.glBindTexture(gl.GL_TEXTURE_2D, texture)
            for name in (gl.GL_TEXTURE_MIN_FILTER, gl.GL_TEXTURE_MAG_FILTER):
                gl.glTexParameteri(gl.GL_TEXTURE_2D, name, gl.GL_LINEAR)
            for name in (gl.GL_TEXTURE_WRAP_S, gl.GL_TEXTURE_WRAP_T):
                gl.glTexParameteri(gl.GL_TEXTURE_2D, name, gl.GL_CLAMP_TO_EDGE)

    def _draw(self, view: FaceView, look: RenderStyle, placed: Placement, size: QSize, smooth: bool) -> QImage:
        gl = self._gl
        buffer = self._bound(size, smooth)
        gl.glViewport(0, 0, size.width(), size.height())
        gl.glClearColor(0.0, 0.0, 0.0, 0.0)
        gl.glClear(gl.GL_COLOR_BUFFER_BIT | gl.GL_DEPTH_BUFFER_BIT)
        gl.glEnable(gl.GL_DEPTH_TEST)
        gl.glUseProgram(self._program)
        gl.glBindVertexArray(self._mesh)
        self._upload(view, look.tint)
        self._tell(placed, look, size)
        self._triangles(wires=False)
        if look.wireframe:
            gl.glEnable(gl.GL_BLEND)
            gl.glBlendFunc(gl.GL_ONE, gl.GL_ONE_MINUS_SRC_ALPHA)
            gl.glPolygonMode(gl.GL_FRONT_AND_BACK, gl.GL_LINE)
            self._triangles(wires=True)
            gl.glPolygonMode(gl.GL_FRONT_AND_BACK, gl.GL_FILL)
            gl.glDisable(gl.GL_BLEND)
        return buffer.toImage()

    def _bound(self, size: QSize, smooth: bool) -> QOpenGLFramebufferObject:
        if smooth not in self._buffers or self._buffers[smooth].size() != size:
            form = QOpenGLFramebufferObjectFormat()
            form.setSamples(SAMPLES if smooth else 0)
            form.setAttachment(QOpenGLFramebufferObject.Attachment.Depth)
            self._buffers[smooth] = QOpenGLFramebufferObject(size, form)
        if not self._buffers[smooth].bind():
            raise NoOpenGL("there is no room in the graphics memory")
        return self._buffers[smooth]

    def _upload(self, view: FaceView, tint: Tint) -> None:
        gl, topology = self._gl, view.shape.topology
        if self._topology is not topology:
            self._topology = topology
            self._fill(gl.GL_ELEMENT_ARRAY_BUFFER, self._elements, topology.triangles)
            self._fill(gl.GL_ARRAY_BUFFER, self._attributes[2], topology.uv)
            self._corners = topology.triangles.size
        if self._shape is not view.shape:
            self._shape = view.shape
            self._fill(gl.GL_ARRAY_BUFFER, self._attributes[0], view.shape.points)
            self._fill(gl.GL_ARRAY_BUFFER, self._attributes[1], view.shape.normals)
        if self._skin is not view.texture:
            self._skin = view.texture
            self._paint(self._textures[0], view.texture)
        if self._tint != (view.maps, tint):
            self._tint = (view.maps, tint)
            self._paint(self._textures[1], tint_picture(view.maps, tint))

    def _fill(self, kind: int, buffer: int, values: NDArray[Any]) -> None:
        values = np.ascontiguousarray(values)
        self._gl.glBindBuffer(kind, buffer)
        self._gl.glBufferData(kind, values.nbytes, values, self._gl.GL_DYNAMIC_DRAW)

    def _paint(self, texture: int, pixels: NDArray[np.uint8]) -> None:
        gl, (height, width) = self._gl, pixels.shape[:2]
        gl.glBindTexture(gl.GL_TEXTURE_2D, texture)
        gl.glTexImage2D(gl.GL_TEXTURE_2D, 0, gl.GL_RGBA8, width, height, 0, gl.GL_RGBA, gl.GL_UNSIGNED_BYTE, pixels)

    def _tell(self, placed: Placement, look: RenderStyle, size: QSize) -> None:
        gl, at = self._gl, self._uniforms
        gl.glUniformMatrix3fv(at["rotation"], 1, True, np.ascontiguousarray(placed.rotation, np.float32))
        gl.glUniform1f(at["scale"], placed.scale)
        gl.glUniform2f(at["offset"], *map(float, placed.offset))
        gl.glUniform2f(at["size"], size.width(), size.height())
        gl.glUniform3f(at["light"], *map(float, look.light()))
        gl.glUniform1i(at["lit"], look.lit)
        for unit, (name, texture) in enumerate(zip(("skin", "tint"), self._textures, strict=True)):
            gl.glActiveTexture(gl.GL_TEXTURE0 + unit)
            gl.glBindTexture(gl.GL_TEXTURE_2D, texture)
            gl.glUniform1i(at[name], unit)
        gl.glActiveTexture(gl.GL_TEXTURE0)

    def _triangles(self, wires: bool) -> None:
        gl, at = self._gl, self._uniforms
        gl.glUniform1i(at["wires"], wires)
        gl.glUniform1f(at["nearer"], 0.002 if wires else 0.0)
        gl.glDrawElements(gl.GL_TRIANGLES, self._corners, gl.GL_UNSIGNED_INT, ctypes.c_void_p(0))

    @cached_property
    def _uniforms(self) -> dict[str, int]:
        names = ("rotation", "scale", "offset", "size", "nearer", "light", "lit", "wires", "skin", "tint")
        return {name: int(self._gl.glGetUniformLocation(self._program, name)) for name in names}
