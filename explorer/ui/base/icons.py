"""Icons by what they mean, in the theme's colours."""

from __future__ import annotations

import weakref
from functools import cache
from typing import Protocol

import shiboken6
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from explorer.studio import places
from explorer.ui.base import theme

# Characters of the icon font by what they mean here, each with the font's own name of its glyph.
_GLYPHS = {
    "open": 0xF0DCF,  # folder-open-outline
    "paste": 0xF0192,  # content-paste
    "copy": 0xF018F,  # content-copy
    "vector": 0xF055E,  # vector-line
    "samples": 0xF000F,  # account-multiple-outline
    "export": 0xF154E,  # chart-box-outline
    "image": 0xF0976,  # image-outline
    "quit": 0xF0206,  # exit-to-app
    "start": 0xF040A,  # play
    "pause": 0xF03E4,  # pause
    "step": 0xF04AD,  # skip-next
    "stop": 0xF04DB,  # stop
    "cancel": 0xF015A,  # close-circle-outline
    "close": 0xF0156,  # close
    "points": 0xF01A3,  # crosshairs
    "forget": 0xF0A7A,  # trash-can-outline
    "log": 0xF09ED,  # text-box-outline
    "error": 0xF05D6,  # alert-circle-outline
    "warning": 0xF002A,  # alert-outline
    "info": 0xF02FD,  # information-outline
    "live": 0xF0601,  # page-last
    "reset": 0xF099B,  # restore
    "float": 0xF10AC,  # dock-window
    "rectangle": 0xF0E5F,  # rectangle-outline
    "brush": 0xF00E3,  # brush
    "undo": 0xF054C,  # undo
    "redo": 0xF044E,  # redo
    "save": 0xF0818,  # content-save-outline
    "branch": 0xF062C,  # source-branch
    "help": 0xF0625,  # help-circle-outline
    "search": 0xF0349,  # magnify
    "settings": 0xF08BB,  # cog-outline
    "layout": 0xF0A1D,  # view-dashboard-outline
    "cube": 0xF01A7,  # cube-outline
    "film": 0xF0230,  # filmstrip
    "table": 0xF04EB,  # table
    "dice": 0xF1156,  # dice-multiple-outline
    "wires": 0xF0563,  # vector-triangle
    "light": 0xF0336,  # lightbulb-outline
    "full": 0xF0616,  # arrow-expand
    "swap": 0xF04E1,  # swap-horizontal
    "blink": 0xF06D0,  # eye-outline
    "before": 0xF0141,  # chevron-left
    "after": 0xF0142,  # chevron-right
    "send": 0xF0014,  # account-plus
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


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(places.resources() / "fonts" / "MaterialDesignIcons.ttf"))
    return QFontDatabase.applicationFontFamilies(number)[0]


class _HasIcon(Protocol):
    def setIcon(self, icon: QIcon) -> None: ...  # noqa: N802 - Qt's name


_attached: weakref.WeakKeyDictionary[_HasIcon, tuple[str, str]] = weakref.WeakKeyDictionary()


def icon(meaning: str, role: str = "muted") -> QIcon:
    """Return the icon of a meaning such as "start", in the colour of a theme role."""
    colours = theme.current()
    over = colours.accent_text if role == "accent_text" else colours.text
    shades = {QIcon.Mode.Active: over, QIcon.Mode.Disabled: colours.faint}
    return QIcon(_Glyph(chr(_GLYPHS[meaning]), getattr(colours, role), shades))


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
