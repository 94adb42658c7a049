"""One picture of a run over the whole window, with the others a key away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMainWindow, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.ui.base import icons
from explorer.ui.base.guard import guarded, guarded_as
from explorer.ui.inversion.blinker import RATES, Blinker
from explorer.ui.inversion.run_view import RunView
from explorer.ui.widgets.captioned import CaptionedImage, figure_label
from explorer.ui.widgets.lens import Lens
from explorer.ui.widgets.step_slider import StepSlider

# Keys that mean something else in the window, as the one that cancels a run.
_OWN = (Qt.Key.Key_Escape, Qt.Key.Key_B, Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3)
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class FullView(QWidget):
    """Covers a window between its menus and its status bar, follows one of some pictures, and goes on Esc.

    Args:
        pictures: those that can be looked at. shown: the number of the first.

    `closed` says that it goes; `turned` that another picture is shown.
    """

    closed = Signal()
    turned = Signal()

    def __init__(
        self, pictures: Sequence[CaptionedImage], shown: int, lens: Lens, blinker: Blinker, window: QWidget
    ) -> None:
        super().__init__(window)
        self._pictures = tuple(pictures)
        self._blinker, self._window = blinker, window
        self.shown = shown
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.view = RunView("", "", lens, reconstruction=True)
        self.view.offers = False  # the bar has them
        self.view.enlarged.connect(self.leave)
        self.choices = QButtonGroup(self)
        self.detail = figure_label()
        self.detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.swap = _tool("swap", "Hold to compare", "Hold to see the picture it is compared with (B)")
        self.blink = _tool("blink", "Blink", "Let the two pictures take turns (Shift+B)")
        self.blink.setCheckable(True)
        self.rate = StepSlider("Rate", "Pictures a second", RATES, _a_second, blinker.rate)
        self.rate.setMaximumWidth(230)
        self.zoom = _tool("", "", "Show all (0)")
        self.close_button = _tool("close", "", "Back (Esc)")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(self._bar())
        layout.addWidget(self.view, 1)
        self._connect(lens)
        self.choose(shown)
        self._place()
        window.installEventFilter(self)

    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(4)
        for number, picture in enumerate(self._pictures):
            title = picture.view.title
            button = _tool("", title, f"{title} at full size ({number + 1})")
            button.setCheckable(True)
            self.choices.addButton(button, number)
            bar.addWidget(button)
        bar.addSpacing(8)
        bar.addWidget(self.detail, 1)
        for tool in (self.swap, self.blink, self.rate, self.zoom, self.close_button):
            bar.addWidget(tool)
        return bar

    def _connect(self, lens: Lens) -> None:
        self.choices.idClicked.connect(self.choose)
        self.swap.pressed.connect(lambda: self._blinker.hold(True))
        self.swap.released.connect(lambda: self._blinker.hold(False))
        self.view.swapped.connect(self._blinker.hold)
        self.view.blinked.connect(lambda: self._blinker.blink(not self._blinker.blinking))
        self.view.saved.connect(self._saved)
        self.view.failed.connect(self._failed)
        self.blink.clicked.connect(self._blinker.blink)
        self.rate.moved.connect(self._blinker.set_rate)
        self._blinker.changed.connect(self._draw_blinking)
        self.zoom.clicked.connect(lens.reset)
        lens.changed.connect(self._draw_zoom)
        self.close_button.clicked.connect(self.leave)
        self._draw_blinking()
        self._draw_zoom()

    def choose(self, number: int) -> None:
        """Show one of the pictures."""
        self.shown = number
        self.choices.button(number).setChecked(True)
        self.follow()
        self.turned.emit()

    def follow(self) -> None:
        """Show the picture as it is now."""
        picture = self._pictures[self.shown]
        self.view.show_as(picture.view)
        self.detail.setText(picture.detail.text())
        self.detail.setToolTip(picture.detail.toolTip())

    def leave(self) -> None:
        """Go."""
        self.closed.emit()

    def _saved(self, name: str) -> None:
        self._pictures[self.shown].view.saved.emit(name)

    def _failed(self, reason: str) -> None:
        self._pictures[self.shown].view.failed.emit(reason)

    def _draw_blinking(self) -> None:
        self.blink.setChecked(self._blinker.blinking)
        self.rate.set_value(self._blinker.rate)

    def _draw_zoom(self) -> None:
        self.zoom.setText(f"{100 * self.view.lens.zoom:.0f} %")
        self.zoom.setEnabled(self.view.lens.zoom > 1)

    def _place(self) -> None:
        """Cover the window, but for its menus and its status bar: a run goes on and can be steered."""
        window = self._window
        area = window.rect()
        if isinstance(window, QMainWindow):
            if window.menuBar().isVisible():
                area.setTop(window.menuBar().geometry().bottom() + 1)
            if window.statusBar().isVisible():
                area.setBottom(window.statusBar().geometry().top() - 1)
        self.setGeometry(area)
        self.raise_()

    @guarded_as(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Cover the window at every size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        return False

    @guarded_as(False)
    def event(self, event: QEvent) -> bool:
        """Keep the keys that mean something here from the shortcuts of the window."""
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in _OWN and not event.modifiers() & ~_SHIFT:
            event.accept()
            return True
        return super().event(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Go, or show another picture."""
        acts: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Escape: self.leave,
            **{Qt.Key.Key_1 + number: partial(self.choose, number) for number in range(len(self._pictures))},
        }
        act = acts.get(event.key())
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    @guarded_as(False)
    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """Let Tab go round here: what lies below cannot be seen."""
        stops = [
            one
            for one in self.findChildren(QWidget)
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isEnabled() and one.isVisible()
        ]
        here = self.focusWidget()
        place = stops.index(here) if here in stops else -1
        stops[(place + (1 if forward else -1)) % len(stops)].setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        return True


def _a_second(rate: float | int | None) -> str:
    return f"{rate:g} / s"


def _tool(meaning: str, text: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("button")
    button.setText(text)
    button.setIconSize(QSize(15, 15))
    button.setToolTip(hint)
    button.setAccessibleName(hint)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if meaning:
        icons.attach(button, meaning)
        if text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
