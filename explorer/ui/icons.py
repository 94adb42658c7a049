"""Icons by what they mean, in the theme's colours."""

from __future__ import annotations

import weakref
from typing import Protocol

import qtawesome
import shiboken6
from PySide6.QtGui import QIcon

from explorer.studio import places
from explorer.ui import theme

_GLYPHS = {
    "open": "mdi6.folder-open-outline",
    "paste": "mdi6.content-paste",
    "copy": "mdi6.content-copy",
    "vector": "mdi6.vector-line",
    "samples": "mdi6.account-multiple-outline",
    "export": "mdi6.chart-box-outline",
    "image": "mdi6.image-outline",
    "quit": "mdi6.exit-to-app",
    "start": "mdi6.play",
    "pause": "mdi6.pause",
    "step": "mdi6.skip-next",
    "stop": "mdi6.stop",
    "cancel": "mdi6.close-circle-outline",
    "close": "mdi6.close",
    "points": "mdi6.crosshairs",
    "forget": "mdi6.trash-can-outline",
    "log": "mdi6.text-box-outline",
    "error": "mdi6.alert-circle-outline",
    "warning": "mdi6.alert-outline",
    "info": "mdi6.information-outline",
    "live": "mdi6.page-last",
    "reset": "mdi6.restore",
    "float": "mdi6.dock-window",
    "rectangle": "mdi6.rectangle-outline",
    "brush": "mdi6.brush",
    "undo": "mdi6.undo",
    "redo": "mdi6.redo",
    "save": "mdi6.content-save-outline",
    "branch": "mdi6.source-branch",
    "help": "mdi6.help-circle-outline",
    "search": "mdi6.magnify",
    "settings": "mdi6.cog-outline",
    "layout": "mdi6.view-dashboard-outline",
    "cube": "mdi6.cube-outline",
    "film": "mdi6.filmstrip",
    "table": "mdi6.table",
    "dice": "mdi6.dice-multiple-outline",
}


class _HasIcon(Protocol):
    def setIcon(self, icon: QIcon) -> None: ...  # noqa: N802 - Qt's name


_attached: weakref.WeakKeyDictionary[_HasIcon, tuple[str, str]] = weakref.WeakKeyDictionary()


def icon(meaning: str, role: str = "muted") -> QIcon:
    """Return the icon of a meaning such as "start", in the colour of a theme role."""
    colours = theme.current()
    made: QIcon = qtawesome.icon(
        _GLYPHS[meaning],
        color=getattr(colours, role),
        color_active=colours.accent_text if role == "accent_text" else colours.text,
        color_disabled=colours.faint,
    )
    return made


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
    qtawesome.reset_cache()
    for owner, (meaning, role) in list(_attached.items()):
        if shiboken6.isValid(owner):  # Python may hold on to a button whose dialog is gone
            owner.setIcon(icon(meaning, role))
