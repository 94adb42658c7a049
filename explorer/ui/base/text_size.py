"""Sizes in pixels that follow the size of the text: what fits a word at 100 % fits it at 150 %."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.ui.base import theme


def scaled(pixels: float) -> int:
    """Return so many pixels, which suit text of 100 %, for the text as it is."""
    return round(pixels * theme.themes.text_scale)


def follow(widget: QWidget, apply: Callable[[], object]) -> None:
    """Do something to a widget now, and again whenever the size of the text changes."""
    apply()
    _Follower(widget, apply)


def fixed_width(widget: QWidget, pixels: float) -> None:
    """Give a widget a width, which suits text of 100 %."""
    follow(widget, lambda: widget.setFixedWidth(scaled(pixels)))


def fixed_height(widget: QWidget, pixels: float) -> None:
    """Give a widget a height, which suits text of 100 %."""
    follow(widget, lambda: widget.setFixedHeight(scaled(pixels)))


def small(widget: QWidget) -> None:
    """Write what a widget says in the smaller of the two sizes of text."""
    follow(widget, lambda: widget.setFont(theme.ui_font(theme.SMALL_POINTS)))


class _Follower(QObject):
    """Lives as long as its widget."""

    def __init__(self, widget: QWidget, apply: Callable[[], object]) -> None:
        super().__init__(widget)
        self._apply, self._scale = apply, theme.themes.text_scale
        theme.themes.changed.connect(self._changed)

    def _changed(self) -> None:
        if theme.themes.text_scale != self._scale:
            self._scale = theme.themes.text_scale
            self._apply()
