"""Icons by what they mean, in the theme's colours."""

from __future__ import annotations

import json
import weakref
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import shiboken6
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from explorer.studio import places
from explorer.ui.base import theme

_GLYPHS = {
    "open": "folder-open-outline",
    "paste": "content-paste",
    "copy": "content-copy",
    "vector": "vector-line",
    "samples": "account-multiple-outline",
    "export": "chart-box-outline",
    "image": "image-outline",
    "quit": "exit-to-app",
    "start": "play",
    "pause": "pause",
    "step": "skip-next",
    "stop": "stop",
    "cancel": "close-circle-outline",
    "close": "close",
    "points": "crosshairs",
    "forget": "trash-can-outline",
    "log": "text-box-outline",
    "error": "alert-circle-outline",
    "warning": "alert-outline",
    "info": "information-outline",
    "live": "page-last",
    "reset": "restore",
    "float": "dock-window",
    "rectangle": "rectangle-outline",
    "brush": "brush",
    "undo": "undo",
    "redo": "redo",
    "save": "content-save-outline",
    "branch": "source-branch",
    "help": "help-circle-outline",
    "search": "magnify",
    "settings": "cog-outline",
    "layout": "view-dashboard-outline",
    "cube": "cube-outline",
    "film": "filmstrip",
    "table": "table",
    "dice": "dice-multiple-outline",
    "wires": "vector-triangle",
    "light": "lightbulb-outline",
}


# The share of an icon's height at which its glyph, in a font of its own size, fills it.
_SIZE = 0.875


class _Glyph(QIconEngine):
    """Draws one character of the icon font, in a colour for each state of its owner."""

    def __init__(self, character: str, colour: str, shades: dict[QIcon.Mode, str]) -> None:
        super().__init__()
        self._character, self._colour, self._shades = character, colour, shades

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it in the middle of a place."""
        font = QFont(_family())
        font.setPixelSize(max(round(_SIZE * rect.height()), 1))
        painter.save()
        painter.setFont(font)
        painter.setPen(QColor(self._shades.get(mode, self._colour)))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._character)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Draw it on nothing; Qt's own would draw it on what memory held."""
        canvas = QPixmap(size)
        canvas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(canvas)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return canvas

    def clone(self) -> QIconEngine:
        """Return another that draws the same."""
        return _Glyph(self._character, self._colour, self._shades)


def _font_file(pattern: str) -> Path:
    # The font alone: the package itself would bring all of Qt through a layer of its own, and a dozen fonts more.
    package = find_spec("qtawesome")
    assert package is not None
    assert package.submodule_search_locations is not None
    (file,) = (Path(package.submodule_search_locations[0]) / "fonts").glob(pattern)
    return file


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_font_file("materialdesignicons6-webfont-*.ttf")))
    return QFontDatabase.applicationFontFamilies(number)[0]


@cache
def _characters() -> dict[str, str]:
    """The font's characters by the names of its glyphs."""
    numbers = json.loads(_font_file("materialdesignicons6-webfont-charmap-*.json").read_text(encoding="utf-8"))
    return {name: chr(int(numbers[name], 16)) for name in _GLYPHS.values()}


class _HasIcon(Protocol):
    def setIcon(self, icon: QIcon) -> None: ...  # noqa: N802 - Qt's name


_attached: weakref.WeakKeyDictionary[_HasIcon, tuple[str, str]] = weakref.WeakKeyDictionary()


def icon(meaning: str, role: str = "muted") -> QIcon:
    """Return the icon of a meaning such as "start", in the colour of a theme role."""
    colours = theme.current()
    over = colours.accent_text if role == "accent_text" else colours.text
    shades = {QIcon.Mode.Active: over, QIcon.Mode.Disabled: colours.faint}
    return QIcon(_Glyph(_characters()[_GLYPHS[meaning]], getattr(colours, role), shades))


def attach(owner: _HasIcon, meaning: str, role: str = "muted") -> None:
    """Give an action or button its icon, and a new one whenever the theme changes."""
    if not _attached:
        theme.themes.changed.connect(_refresh)
    _attached[owner] = (meaning, role)
    owner.setIcon(icon(meaning, role))


def application() -> QIcon:
    """Return the program's own icon."""
    return QIcon(str(places.resources() / "icons" / "likeness.svg"))


def _refresh() -> None:
    for owner, (meaning, role) in list(_attached.items()):
        if shiboken6.isValid(owner):  # Python may hold on to a button whose dialog is gone
            owner.setIcon(icon(meaning, role))
