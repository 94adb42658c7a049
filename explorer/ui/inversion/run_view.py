"""A picture of a run, which can be looked at at full size and against the picture that it is compared with."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from explorer.ui.base import icons
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.lens import Lens
from explorer.ui.widgets.zoom_view import ZoomView

HINT = "Wheel or + and − zoom, drag pans, 0 or a double click shows all\nEnter shows it at full size, B held swaps it"


class RunView(ZoomView):
    """Asks for full size on Enter, and for the other picture in its place while B is held; so do its two buttons.

    `enlarged` asks for full size, `swapped` carries whether the other picture is wanted, `blinked` that the two should
    take turns or rest (Shift+B).

    Attributes:
        offers: whether the buttons come where the pointer or the keyboard is.
    """

    enlarged = Signal()
    swapped = Signal(bool)
    blinked = Signal()

    def __init__(self, title: str, hint: str, lens: Lens, *, reconstruction: bool = False) -> None:
        super().__init__(title, hint, lens, reconstruction=reconstruction)
        self.setToolTip(HINT)
        self._holds = False
        self.offers = True
        self.tools = QWidget(self)
        row = QHBoxLayout(self.tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        self.full = _button("full", "Show at full size (Enter)")
        self.full.clicked.connect(self.enlarged)
        self.swap = _button("swap", "Hold to see the picture it is compared with (B); blink with Shift+B")
        self.swap.pressed.connect(lambda: self.swapped.emit(True))
        self.swap.released.connect(lambda: self.swapped.emit(False))
        for button in (self.full, self.swap):
            row.addWidget(button)
        self.tools.adjustSize()
        self.tools.hide()

    def _offer(self) -> None:
        """Show the buttons while the pointer or the keyboard is here."""
        focused = self.window().focusWidget()
        here = focused is self or (focused is not None and self.tools.isAncestorOf(focused))
        on = self.underMouse() or here
        self.tools.setVisible(on and self.offers and self._image is not None)
        self._place_tools()

    def _place_tools(self) -> None:
        # The marks of a reconstruction are in other corners of the picture.
        frame = self.frame()
        self.tools.move(round(frame.left()) + 6, round(frame.bottom()) - self.tools.height() - 6)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the buttons in their corner."""
        super().resizeEvent(event)
        self._place_tools()

    @guarded
    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        """Offer the buttons."""
        super().enterEvent(event)
        self._offer()

    @guarded
    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Leave the picture alone again."""
        super().leaveEvent(event)
        self._offer()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enlarge, swap or blink."""
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enlarged.emit()
        elif event.key() != Qt.Key.Key_B or event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            super().keyPressEvent(event)
        elif shifted:
            self.blinked.emit()
        elif not event.isAutoRepeat():
            self._holds = True
            self.swapped.emit(True)

    @guarded
    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Show its own picture again."""
        if event.key() == Qt.Key.Key_B and self._holds and not event.isAutoRepeat():
            self._let_go()
        else:
            super().keyReleaseEvent(event)

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Offer the buttons to the keyboard, too."""
        super().focusInEvent(event)
        self._offer()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Whoever releases the key elsewhere has released it."""
        super().focusOutEvent(event)
        self._offer()
        if self._holds:
            self._let_go()

    def _let_go(self) -> None:
        self._holds = False
        self.swapped.emit(False)

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer what can be done with the picture, and how it can be looked at."""
        menu = self.menu()
        menu.addSeparator()
        for text, act in (
            ("Full size", self.enlarged.emit),
            ("Blink", self.blinked.emit),
            ("Show all", self.lens.reset),
        ):
            menu.addAction(text, act).setEnabled(self._image is not None)
        menu.exec(event.globalPos())


def _button(meaning: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("overPicture")
    button.setIconSize(QSize(15, 15))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard with the picture
    button.setToolTip(hint)
    button.setAccessibleName(hint)
    icons.attach(button, meaning, "text")
    return button
