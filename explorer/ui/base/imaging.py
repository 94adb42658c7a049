"""Pictures between numpy and Qt, and out of the window: to the clipboard, to a file, by drag."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QPointF, QRectF, QTemporaryDir, QUrl
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QWidget

from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.ui.base import theme
from explorer.ui.base.file_dialogs import ask_save

Kind = Literal["PNG", "JPEG", "WEBP"]
PICTURES = "PNG (*.png);;JPEG (*.jpg *.jpeg);;WebP (*.webp)"

_KINDS: dict[str, Kind] = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """(H, W, 3) RGB or (H, W, 4) RGBA uint8 to a picture that owns its memory."""
    pixels = np.ascontiguousarray(pixels)
    height, width, channels = pixels.shape
    form = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    # Without the copy the picture would read an array that Python may already have freed.
    return QImage(pixels.data, width, height, width * channels, form).copy()


def to_pixels(image: QImage) -> NDArray[np.uint8]:
    """A picture as (H, W, 3) uint8 RGB."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()


def draw_mark(painter: QPainter, area: QRectF) -> None:
    """Lay the mark of a reconstruction over the lower right corner of an area, as legible as the window's own text."""
    from explorer.studio.export.lettering import MARK  # brings Pillow, which the first paint does not wait for

    band, ratio = _band(painter, area, MARK)
    painter.drawImage(area.bottomRight() - QPointF(band.width() / ratio, band.height() / ratio), band)


def draw_badge(painter: QPainter, area: QRectF) -> None:
    """Lay the badge of a reconstruction that its photograph guided over the upper left corner of an area."""
    from explorer.studio.export.lettering import BADGE

    painter.drawImage(area.topLeft(), _band(painter, area, BADGE)[0])


def _band(painter: QPainter, area: QRectF, words: str) -> tuple[QImage, float]:
    from explorer.studio.export.lettering import mark

    ratio = painter.device().devicePixelRatioF()
    pixels = round(theme.SMALL_POINTS / 72 * painter.device().logicalDpiY() * ratio)
    band = to_qimage(mark(round(area.width() * ratio), pixels, words))
    band.setDevicePixelRatio(ratio)
    return band, ratio


def file_stem(title: str) -> str:
    """Turn a title into a file name without its suffix."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "image"


def save_image(parent: QWidget, image: QImage, name: str, record: Mapping[str, Any]) -> Path | None:
    """Ask where to and save a picture with its provenance; return the path, or None where the user changed their mind.

    Args:
        name: of the file that is proposed.

    Raises:
        UserError: the file cannot be written.
    """
    path = ask_save(parent, "exports", "Save image", name, PICTURES)
    if path is not None:
        write(image, path, record)
    return path


def write(image: QImage, path: Path, record: Mapping[str, Any]) -> None:
    """Save a picture in the format its suffix names, whole or not at all, readable by its owner only.

    A PNG carries its provenance in itself; beside every picture it lies as JSON.

    Raises:
        UserError: the file cannot be written, or the suffix is not that of a picture.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise UserError(f"{path.name}: a picture is saved as {', '.join(_KINDS)}; choose one of these endings")
    from explorer.studio.export.provenance import with_text_chunk, write_sidecar

    data = encoded(image, kind)
    atomic_write(path, with_text_chunk(data, record) if kind == "PNG" else data)
    write_sidecar(path, record)


def encoded(image: QImage, kind: Kind) -> bytes:
    """Return a picture as the bytes of a file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, kind.encode())
    if kind != "PNG":  # which loses nothing; there it would only be a larger file
        writer.setQuality(95)
    writer.write(image)
    return bytes(buffer.data().data())


class DragFolder:
    """Where dragged pictures wait for whoever takes them; emptied when a face is forgotten and at the end."""

    _folder: QTemporaryDir | None = None

    @classmethod
    def mime(cls, image: QImage, title: str, record: Mapping[str, Any]) -> QMimeData:
        """Describe a picture both as pixels and as a file with its provenance, so that editors and file managers can
        take it."""
        if cls._folder is None:
            cls._folder = QTemporaryDir(str(Path(tempfile.gettempdir()) / "likeness-XXXXXX"))
        path = Path(cls._folder.filePath(f"{file_stem(title)}.png"))
        write(image, path, record)
        mime = QMimeData()
        mime.setImageData(image)
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        return mime

    @classmethod
    def holds(cls, mime: QMimeData) -> bool:
        """Whether what is dragged is a picture of this window's own."""
        if cls._folder is None:
            return False
        folder = Path(cls._folder.path())
        return any(url.isLocalFile() and Path(url.toLocalFile()).parent == folder for url in mime.urls())

    @classmethod
    def clear(cls) -> None:
        """Remove what was dragged so far."""
        if cls._folder is not None:
            cls._folder.remove()
            cls._folder = None
