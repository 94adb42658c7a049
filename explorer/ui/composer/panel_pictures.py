"""A whole panel in a file: curves and text as vectors in SVG and PDF, at a chosen size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QRect, QSize, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from explorer.studio.errors import UserError
from explorer.studio.export.provenance import into_pdf, into_svg, with_text_chunk, write_sidecar
from explorer.studio.files import atomic_write
from explorer.ui.base import imaging, theme

_MM = 25.4


def write_panel(path: Path, panel: QWidget, width: float, dpi: int, record: Mapping[str, Any]) -> tuple[Path, Path]:
    """Write a panel as PNG, SVG or PDF with its provenance in it and beside it.

    Args:
        width: in millimetres; the height follows from the panel's shape. dpi: of pictures in it, and of a PNG.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind == ".png":
        content = with_text_chunk(_png(panel, width, dpi), record)
    elif kind == ".svg":
        content = into_svg(_svg(panel, width), record)
    elif kind == ".pdf":
        content = into_pdf(_pdf(panel, width, dpi), record)
    else:
        raise UserError(f"{path.name}: a panel is written as .png, .svg or .pdf; choose one of these")
    return atomic_write(path, content), write_sidecar(path, record)


def panel_image(panel: QWidget, pixels: int) -> QImage:
    """A panel as a picture so many pixels wide, drawn at that size and not enlarged."""
    scale = pixels / max(1, panel.width())
    image = QImage(pixels, max(1, round(panel.height() * scale)), QImage.Format.Format_RGB888)
    image.fill(theme.current().colour("panel"))
    painter = QPainter(image)
    painter.scale(scale, scale)
    _render(panel, painter)
    painter.end()
    return image


def _png(panel: QWidget, width: float, dpi: int) -> bytes:
    image = panel_image(panel, round(width / _MM * dpi))
    image.setDotsPerMeterX(round(dpi / _MM * 1000))
    image.setDotsPerMeterY(round(dpi / _MM * 1000))
    return imaging.encoded(image, "PNG")


def _svg(panel: QWidget, width: float) -> bytes:
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    # Its unit is a point of so many to the inch that the panel is as wide as was asked for.
    generator.setResolution(round(panel.width() / width * _MM))
    generator.setSize(panel.size())
    generator.setViewBox(QRect(QPoint(0, 0), panel.size()))
    painter = QPainter(generator)
    painter.fillRect(panel.rect(), theme.current().colour("panel"))
    _render(panel, painter)
    painter.end()
    return bytes(buffer.data().data())


def _pdf(panel: QWidget, width: float, dpi: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    height = width * panel.height() / max(1, panel.width())
    writer.setPageSize(QPageSize(QSizeF(width, height), QPageSize.Unit.Millimeter))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(dpi)
    writer.setCreator("likeness")
    painter = QPainter(writer)
    scale = writer.width() / max(1, panel.width())
    painter.scale(scale, scale)
    painter.fillRect(QRect(QPoint(0, 0), QSize(panel.width(), panel.height())), theme.current().colour("panel"))
    _render(panel, painter)
    painter.end()
    return bytes(buffer.data().data())


def _render(panel: QWidget, painter: QPainter) -> None:
    panel.render(painter, QPoint(0, 0), renderFlags=QWidget.RenderFlag.DrawChildren)
