"""Thumbnails as they are painted: decoded when they come into view, a few between two frames, and never too many."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Container

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from explorer.studio.faces.state import LoadedVector
from explorer.studio.gallery.far import FarThumbnail
from explorer.studio.gallery.pictures import is_small_jpeg
from explorer.ui.base import theme
from explorer.ui.base.thumbnails import thumbnail

BUDGET = 96 * 2**20
# So long the window may be kept from anything else at once; a frame at 60 a second has 16 ms.
SLICE_MS = 6.0
TELL_MS = 60.0


class Thumbnails(QObject):
    """Pictures by face key, at one size in logical pixels.

    `arrived` says that some that were asked for can be had now.
    """

    arrived = Signal()

    def __init__(self, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._made: OrderedDict[tuple[str, float], tuple[object, QPixmap]] = OrderedDict()
        self._held = 0
        self._told = float("-inf")
        self._waiting: OrderedDict[tuple[str, float], object] = OrderedDict()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._work)
        theme.themes.changed.connect(self.clear)

    def get(self, key: str, picture: object, ratio: float) -> QPixmap | None:
        """A face's thumbnail if it is there; otherwise it is made soon.

        Args:
            picture: a JPEG, an array (S, S, 3), a `FarThumbnail`, or a `LoadedVector`.
            ratio: of device pixels to logical ones.
        """
        place = (key, ratio)
        known = self._made.get(place)
        if known is not None and _same(known[0], picture):
            self._made.move_to_end(place)
            return known[1]
        self._waiting[place] = picture
        if not self._timer.isActive():
            self._timer.start()
        return None

    def ask_anew(self) -> None:
        """Forget what was asked for: all of it that is still in view is about to be asked for again."""
        self._waiting.clear()

    def keep_only(self, keys: Container[str]) -> None:
        """Let go of pictures of faces that are not there any more."""
        for place in [place for place in self._made if place[0] not in keys]:
            self._held -= _bytes(self._made.pop(place)[1])
        for place in [place for place in self._waiting if place[0] not in keys]:
            del self._waiting[place]

    def clear(self) -> None:
        """Let go of everything."""
        self._made.clear()
        self._held = 0
        self.arrived.emit()

    def _work(self) -> None:
        end = time.monotonic() + SLICE_MS / 1000
        while self._waiting and time.monotonic() < end:
            place, picture = self._waiting.popitem(last=False)
            self._put(place, picture, _drawn(picture, self._side, place[1]))
        if not self._waiting:
            self._timer.stop()
        # Whoever hears it paints everything anew, which costs as much as what was decoded here.
        if not self._waiting or time.monotonic() - self._told > TELL_MS / 1000:
            self._told = time.monotonic()
            self.arrived.emit()

    def _put(self, place: tuple[str, float], picture: object, pixmap: QPixmap) -> None:
        if place in self._made:
            self._held -= _bytes(self._made.pop(place)[1])
        self._made[place] = (picture, pixmap)
        self._held += _bytes(pixmap)
        while self._held > BUDGET and len(self._made) > 1:
            _, (_, oldest) = self._made.popitem(last=False)
            self._held -= _bytes(oldest)


def _same(one: object, other: object) -> bool:
    """Whether two pictures are one; of a collection's thumbnails, where they lie is told each time anew."""
    return one is other or (isinstance(one, FarThumbnail) and one == other)


def _drawn(picture: object, side: int, ratio: float) -> QPixmap:
    if isinstance(picture, np.ndarray | LoadedVector):
        return thumbnail(picture, side, ratio)
    if isinstance(picture, FarThumbnail):
        # It may come from a stranger, and is looked at before it is decoded.
        read = picture.read()
        picture = read if is_small_jpeg(read) else b""
    image = QImage.fromData(picture if isinstance(picture, bytes) else b"")
    pixels = round(side * ratio)
    if image.isNull():
        pixmap = QPixmap(pixels, pixels)
        pixmap.fill(theme.current().colour("raised"))
    else:
        keep = Qt.AspectRatioMode.IgnoreAspectRatio
        smooth = Qt.TransformationMode.SmoothTransformation
        pixmap = QPixmap.fromImage(image.scaled(QSize(pixels, pixels), keep, smooth))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
