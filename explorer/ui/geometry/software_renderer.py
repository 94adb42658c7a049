"""The mesh drawn without OpenGL, in the background: small while something moves, in full when it rests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

from explorer.studio.geometry.view.face_view import FaceView
from explorer.studio.geometry.view.scene import Camera, RenderStyle
from explorer.ui.base import imaging

# The side in pixels of a picture while something moves.
SMALL = 220


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is to be drawn."""

    view: FaceView
    look: RenderStyle
    camera: Camera
    frame: int
    width: int
    height: int

    def smaller(self) -> Wanted:
        """The same at a size that is drawn quickly."""
        shrink = min(1.0, SMALL / max(self.width, self.height))
        size = (max(1, round(side * shrink)) for side in (self.width, self.height))
        return Wanted(self.view, self.look, self.camera, self.frame, *size)


class SoftwareRenderer(QObject):
    """Draws what is wanted last, one picture at a time.

    `drawn` carries a picture, or None where it could not be drawn. It may be smaller than wanted: a larger one follows.
    """

    drawn = Signal(object)
    _made = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._next: Wanted | None = None
        self._full: Wanted | None = None
        self._busy = False
        self._made.connect(self._take)

    def ask(self, wanted: Wanted) -> None:
        """Draw this, small first."""
        self._next, self._full = wanted.smaller(), wanted
        self._go_on()

    def wait(self) -> None:
        """Let the picture under way end; nothing is drawn any more."""
        self._next = self._full = None
        self._pool.waitForDone()

    def _go_on(self) -> None:
        if self._busy:
            return
        wanted, self._next = self._next, None
        if wanted is None:
            wanted, self._full = self._full, None
        if wanted is not None:
            self._busy = True
            self._pool.start(_Drawing(wanted, self._made.emit))

    @Slot(object)
    def _take(self, pixels: NDArray[np.uint8] | None) -> None:
        self._busy = False
        self.drawn.emit(None if pixels is None else imaging.to_qimage(pixels))
        self._go_on()


class _Drawing(QRunnable):
    def __init__(self, wanted: Wanted, deliver: Callable[[NDArray[np.uint8] | None], None]) -> None:
        super().__init__()
        self._wanted, self._deliver = wanted, deliver

    def run(self) -> None:
        self._deliver(_drawn(self._wanted))


def _drawn(wanted: Wanted) -> NDArray[np.uint8] | None:
    from explorer.studio.geometry.view.drawing import draw  # brings torch, which is there by the time there is a view

    try:
        return draw(wanted.view, wanted.look, wanted.camera, wanted.frame, wanted.width, wanted.height)
    except RuntimeError:  # the memory is full: the picture before stays
        return None
