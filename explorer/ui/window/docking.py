"""Builds the docks of the table, arranges them as at first, and brings them into view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from explorer.ui.actions.dock_spec import AREAS, DockSpec
from explorer.ui.base.observe import Observer
from explorer.ui.base.window import Window
from explorer.ui.widgets.dock import Dock

LEFT, RIGHT = 312, 330
MOST_BELOW = 0.49  # of the window's height


@runtime_checkable
class _Releasing(Protocol):
    def release(self) -> None: ...


@runtime_checkable
class _Observing(Protocol):
    observer: Observer


@runtime_checkable
class _Marking(Protocol):
    def set_mark(self, on: bool) -> None: ...


@runtime_checkable
class _Watching(Protocol):
    def set_watched(self, on: bool) -> None: ...


class DockManager(QObject):
    """The docks of a window.

    Attributes:
        specs: what the docks are, by id, in the order of the View menu.
        docks: by id.
        panels: those made so far, by id.
        made: carries each panel when it has been made.
        first: the layout at first, as Qt saves it.
    """

    made = Signal(QWidget)

    def __init__(self, window: Window, specs: Sequence[DockSpec]) -> None:
        super().__init__(window)
        self._window = window
        self.specs = {spec.id: spec for spec in specs}
        self.docks: dict[str, Dock] = {}
        self.panels: dict[str, QWidget] = {}
        for spec in specs:
            dock = self.docks[spec.id] = Dock(spec.title, spec.object_name, window)
            dock.explained.connect(partial(window.explain, spec.id))
            dock.seen.connect(partial(self._seen, spec.id))
            if spec.eager:
                self._make(spec.id)

    def complete(self) -> None:
        """Make the panels that nobody has seen yet."""
        for dock_id in self.docks:
            self._make(dock_id)

    def _make(self, dock_id: str) -> QWidget:
        """Return a dock's panel, which is made if it is not there yet."""
        if dock_id not in self.panels:
            panel = self.panels[dock_id] = self.specs[dock_id].panel(self._window)
            set_mark(panel, self._window.mark.isChecked())
            self.docks[dock_id].fill(panel)
            self.made.emit(panel)
        return self.panels[dock_id]

    def _seen(self, dock_id: str, on: bool) -> None:
        panel = self._make(dock_id) if on else self.panels.get(dock_id)
        if isinstance(panel, _Watching):
            panel.set_watched(on)

    def arrange(self) -> None:
        """Lay the docks out as at first, and watch them."""
        window, docks = self._window, self.docks
        window.setAnimated(False)  # a layout replaces another at once
        for spec in self.specs.values():
            # Side by side they would make the window wider than the screen.
            docks[spec.id].setVisible(spec.visible_by_default)
            window.addDockWidget(AREAS[spec.area], docks[spec.id])
        window.setTabPosition(Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.North)
        window.setTabPosition(Qt.DockWidgetArea.BottomDockWidgetArea, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        for spec in self.specs.values():
            if spec.tabbed_with:
                window.tabifyDockWidget(docks[spec.tabbed_with], docks[spec.id])
        docks["objective"].raise_()
        window.resizeDocks([docks["faces"], docks["objective"]], [LEFT, RIGHT], Qt.Orientation.Horizontal)
        window.resizeDocks([docks["faces"], docks["embedding"]], [440, 430], Qt.Orientation.Vertical)
        for dock_id, dock in docks.items():
            dock.toggleViewAction().triggered.connect(lambda on, dock_id=dock_id: self.bring(dock_id) if on else None)
        self.first = bytes(window.saveState().data())

    def unmade(self) -> Iterator[QWidget]:
        """Make the panels that are not there yet, one after another."""
        for dock_id in [dock_id for dock_id in self.docks if dock_id not in self.panels]:
            yield self._make(dock_id)

    def bring(self, dock_id: str) -> None:
        """Bring a dock into view, in front of others and high enough to be of use."""
        dock = self.docks[dock_id]
        self._make(dock_id)
        first = not any(other.in_view and self._is_below(other) for other in self.docks.values())
        dock.show()
        dock.raise_()
        self._raise_to_height(dock_id, first)

    def pass_focus(self, by: int) -> None:
        """Give the keyboard to the next panel in view, or the one before; the middle of the window comes first.

        A panel with nothing to stop at, such as an embedding before a face is chosen, takes it itself.
        """
        places: list[QWidget] = [self._window.middle]
        places += [self.panels[dock_id] for dock_id in self.docks if self._in_view(dock_id)]
        known = [number for number, one in enumerate(places) if self._holds_focus(one)]
        here = known[0] if known else min(-by, 0)  # from nowhere to the first, or to the last
        place = places[(here + by) % len(places)]
        place.window().activateWindow()  # a floating dock is a window of its own
        next(_stops(place), place).setFocus(Qt.FocusReason.TabFocusReason)

    def raise_floating(self) -> None:
        """Bring floating docks before the window, which may have been shown after them."""
        for dock in self.docks.values():
            if dock.isFloating() and dock.isVisible():
                dock.raise_()

    def _in_view(self, dock_id: str) -> bool:
        return dock_id in self.panels and self.docks[dock_id].in_view

    def in_focus(self) -> str | None:
        """Return the id of the dock that has the keyboard, or None."""
        return next((dock_id for dock_id in self.docks if self._has_keyboard(dock_id)), None)

    def _has_keyboard(self, dock_id: str) -> bool:
        return dock_id in self.panels and self._holds_focus(self.panels[dock_id])

    def _holds_focus(self, place: QWidget) -> bool:
        focused = QApplication.focusWidget() or self._window.focusWidget()
        return focused is not None and (focused is place or place.isAncestorOf(focused))

    def _is_below(self, dock: Dock) -> bool:
        below = self._window.dockWidgetArea(dock) is Qt.DockWidgetArea.BottomDockWidgetArea
        return below and not dock.isFloating()

    def _raise_to_height(self, dock_id: str, first: bool) -> None:
        """Make a dock at the bottom high enough, and the first there no higher: Qt would give it all it can take."""
        dock = self.docks[dock_id]
        # On a low screen the pictures above it keep their share.
        least = min(self.specs[dock_id].min_height, round(MOST_BELOW * self._window.height()))
        layout = self._window.layout()
        if least and layout is not None and self._is_below(dock):
            layout.activate()
            if first or dock.height() < least:
                self._window.resizeDocks([dock], [least], Qt.Orientation.Vertical)


def set_mark(panel: QWidget | None, on: bool) -> None:
    """Let a panel's reconstructions carry their mark or not, if it has any."""
    if isinstance(panel, _Marking):
        panel.set_mark(on)


def release(panel: QWidget | None) -> None:
    """Let a panel let go of the session."""
    if isinstance(panel, _Releasing):
        panel.release()
    elif isinstance(panel, _Observing):
        panel.observer.release()


def _stops(place: QWidget) -> Iterator[QWidget]:
    """The widgets of a panel that the Tab key stops at now, in its order."""
    one = place.nextInFocusChain()
    while one is not None and one is not place:
        within = place.isAncestorOf(one) and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        if within and one.isEnabled() and one.isVisible():
            yield one
        one = one.nextInFocusChain()
