"""Pictures between numpy and Qt, and out of the window: to the clipboard, to a file, by drag."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QRectF, Qt, QTemporaryDir, QUrl
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.ui import theme

MARK = "reconstruction, not a photograph"


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """(H, W, 3) or (H, W) uint8 to a picture that owns its memory."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    grey = pixels.ndim == 2
    form = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    # Without the copy the picture would read an array that Python may already have freed.
    return QImage(pixels.data, width, height, width * (1 if grey else 3), form).copy()


def draw_mark(painter: QPainter, area: QRectF, points: float = theme.SMALL_POINTS) -> None:
    """Write the mark of a reconstruction into the lower left corner of an area, smaller where it would not fit."""
    font = theme.ui_font(points)
    painter.setFont(font)
    metrics = QFontMetricsF(font, painter.device())
    width = metrics.horizontalAdvance(MARK) + metrics.height() * 0.8
    if width > area.width():
        draw_mark(painter, area, 0.95 * points * area.width() / width)
        return
    band = QRectF(area.left(), area.bottom() - metrics.height() * 1.4, width, metrics.height() * 1.4)
    painter.fillRect(band, QColor(0, 0, 0, 150))
    painter.setPen(QColor(255, 255, 255, 225))
    painter.drawText(band, Qt.AlignmentFlag.AlignCenter, MARK)


def marked(image: QImage) -> QImage:
    """Return a copy that carries the mark of a reconstruction."""
    copy = image.convertToFormat(QImage.Format.Format_RGB32)
    # A file is looked at whole: the mark keeps its share of the picture whatever the resolution.
    copy.setDotsPerMeterX(3780)
    copy.setDotsPerMeterY(3780)
    painter = QPainter(copy)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    draw_mark(painter, QRectF(copy.rect()), max(6.0, copy.width() / 50))
    painter.end()
    return copy


def file_stem(title: str) -> str:
    """Turn a title into a file name without its suffix."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "image"


def save_image(parent: QWidget, image: QImage, title: str) -> Path | None:
    """Ask where to and save a picture; return the path, or None where the user changed their mind.

    Raises:
        OSError: the file cannot be written.
    """
    chosen, _ = QFileDialog.getSaveFileName(
        parent, "Save image", f"{file_stem(title)}.png", "PNG (*.png);;JPEG (*.jpg);;WebP (*.webp)"
    )
    if not chosen:
        return None
    path = Path(chosen) if Path(chosen).suffix else Path(chosen).with_suffix(".png")
    write(image, path)
    return path


def write(image: QImage, path: Path) -> None:
    """Save a picture in the format its suffix names, readable by its owner only.

    Raises:
        OSError: the file cannot be written, or the suffix is not that of a picture.
    """
    path.touch(mode=0o600)
    if not image.save(str(path), quality=95):
        raise OSError(f"{path.name} cannot be written: is there room in its folder, and does it end in .png or .jpg?")


class DragFolder:
    """Where dragged pictures wait for whoever takes them; emptied when a face is forgotten and at the end."""

    _folder: QTemporaryDir | None = None

    @classmethod
    def mime(cls, image: QImage, title: str) -> QMimeData:
        """Describe a picture both as pixels and as a file, so that editors and file managers can take it."""
        if cls._folder is None:
            cls._folder = QTemporaryDir(str(Path(tempfile.gettempdir()) / "likeness-XXXXXX"))
        path = Path(cls._folder.filePath(f"{file_stem(title)}.png"))
        write(image, path)
        mime = QMimeData()
        mime.setImageData(image)
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        return mime

    @classmethod
    def clear(cls) -> None:
        """Remove what was dragged so far."""
        if cls._folder is not None:
            cls._folder.remove()
            cls._folder = None
