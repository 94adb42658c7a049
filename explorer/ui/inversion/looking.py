"""How Target, Current and Best are looked at: under one lens, one of them at full size, two of them by turns."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from explorer.ui.base.guard import guarded_as
from explorer.ui.inversion.blinker import Blinker
from explorer.ui.inversion.full_view import FullView
from explorer.ui.inversion.run_view import RunView
from explorer.ui.widgets.captioned import CaptionedImage
from explorer.ui.widgets.lens import Lens


class Looking(QObject):
    """Makes the three pictures of a run, and lets them be looked at together.

    Args:
        panel: whose part the pictures are; what takes turns rests once it is hidden.
        hints: what stands in the place of Target, Current and Best until there is a picture.

    Attributes:
        target, current, best: the pictures. full: one of them at full size, while it is.
    """

    def __init__(self, panel: QWidget, hints: tuple[str, str, str]) -> None:
        super().__init__(panel)
        self.lens = Lens(self)
        self.blinker = Blinker(self)
        self.full: FullView | None = None
        made = [
            CaptionedImage(title, hint, view=RunView(title, hint, self.lens, reconstruction=title != "Target"))
            for title, hint in zip(("Target", "Current", "Best"), hints, strict=True)
        ]
        self.target, self.current, self.best = self._pictures = tuple(made)
        for number, picture in enumerate(self._pictures):
            view = picture.view
            assert isinstance(view, RunView)
            view.enlarged.connect(partial(self.enlarge, number))
            view.swapped.connect(self.blinker.hold)
            view.blinked.connect(self.toggle_blinking)
        self.blinker.changed.connect(self._swap)
        panel.installEventFilter(self)

    def enlarge(self, number: int = 2) -> None:
        """Show Target (0), Current (1) or Best (2) at full size."""
        if self.full is None:
            self.full = FullView(self._pictures, number, self.lens, self.blinker, self.best.window())
            self.full.closed.connect(self.reduce)
            self.full.turned.connect(self._swap)
            self.full.show()
        self.full.choose(number)
        self.full.view.setFocus()

    def reduce(self) -> None:
        """Show the pictures beside each other again."""
        if self.full is not None:
            full, self.full = self.full, None
            shown = self._pictures[full.shown].view
            full.view.set_pixels(None)
            full.hide()
            full.deleteLater()
            self.blinker.hold(False)
            shown.setFocus()

    def toggle_blinking(self) -> None:
        """Let target and result take turns, or rest."""
        self.blinker.blink(not self.blinker.blinking)

    def follow(self) -> None:
        """Show at full size what a picture has become."""
        if self.full is not None:
            self.full.follow()

    def _swap(self) -> None:
        swapped = self.blinker.swapped
        for picture in (self.current, self.best):
            _instead(picture.view, self.target if swapped else None)
        if self.full is not None:
            other = self.best if self.full.shown == 0 else self.target
            self.full.view.show_instead(other.view if swapped else None)

    @guarded_as(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Rest where nobody looks."""
        if event.type() is QEvent.Type.Hide:
            self.reduce()
            self.blinker.hold(False)
        return False


def _instead(view: QWidget, other: CaptionedImage | None) -> None:
    assert isinstance(view, RunView)
    view.show_instead(None if other is None else other.view)
