"""What a dock is, before the window makes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.ui.window.main_window import MainWindow


Area = Literal["left", "right", "bottom"]


AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


@dataclass(frozen=True)
class DockSpec:
    """One dock.

    panel: makes what is in it; the window's desk and actions are there, other panels perhaps not yet. A panel has an
        `observer`, or a method `release`, which the window lets go of when it closes. One that has `set_mark(on)` is
        told whether reconstructions are marked; one that has `set_watched(on)` whether it can be seen.
    tip: what it shows, for menu and palette.
    shown: whether it is in view at first.
    tabbed_with: title of an earlier dock behind which it lies.
    height: at least so many pixels when it is brought into view at the bottom of the window; 0 for any.
    early: whether its panel is made with the window; others are made when first seen, or after the first paint.
    """

    title: str
    panel: Callable[[MainWindow], QWidget]
    area: Area
    tip: str
    shortcut: str = ""
    shown: bool = False
    tabbed_with: str = ""
    height: int = 0
    early: bool = False

    @property
    def slug(self) -> str:
        """The title as part of a name: "3D face" is "3d_face"."""
        return re.sub(r"\W+", "_", self.title.lower())
