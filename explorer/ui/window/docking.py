"""Builds the docks of the table, arranges them as at first, and brings them into view."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QTabWidget, QWidget

from explorer.ui.actions.dock_spec import AREAS
from explorer.ui.base.observe import Observer
from explorer.ui.widgets.dock import Dock
from explorer.ui.window.docks import DOCKS

if TYPE_CHECKING:
    from explorer.ui.window.main_window import MainWindow

Kind = TypeVar("Kind", bound=QWidget)

LEFT, RIGHT = 312, 256


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


class Docking(QObject):
    """The docks of a window.

    Attributes:
        docks: by title.
        panels: those made so far, by title.
        first: the layout at first, as Qt saves it.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.docks: dict[str, Dock] = {}
        self.panels: dict[str, QWidget] = {}
        for spec in DOCKS:
            dock = self.docks[spec.title] = Dock(spec.title, window)
            dock.explained.connect(partial(window.explain, spec.slug))
            dock.seen.connect(partial(self._seen, spec.title))
            if spec.early:
                self._make(spec.title)

    def complete(self) -> None:
        """Make the panels that nobody has seen yet."""
        for title in self.docks:
            self._make(title)

    def _make(self, title: str) -> QWidget:
        """Return a dock's panel, which is made if it is not there yet."""
        if title not in self.panels:
            spec = next(spec for spec in DOCKS if spec.title == title)
            panel = self.panels[title] = spec.panel(self._window)
            if isinstance(panel, _Marking):
                panel.set_mark(self._window.mark.isChecked())
            self.docks[title].fill(panel)
        return self.panels[title]

    def _seen(self, title: str, on: bool) -> None:
        panel = self._make(title) if on else self.panels.get(title)
        if isinstance(panel, _Watching):
            panel.set_watched(on)

    def arrange(self) -> None:
        """Lay the docks out as at first, and watch them."""
        window, docks = self._window, self.docks
        window.setAnimated(False)  # a layout replaces another at once
        for spec in DOCKS:
            # Side by side they would make the window wider than the screen.
            docks[spec.title].setVisible(spec.shown)
            window.addDockWidget(AREAS[spec.area], docks[spec.title])
        window.setTabPosition(Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.North)
        window.setTabPosition(Qt.DockWidgetArea.BottomDockWidgetArea, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        for spec in DOCKS:
            if spec.tabbed_with:
                window.tabifyDockWidget(docks[spec.tabbed_with], docks[spec.title])
        docks["Objective"].raise_()
        window.resizeDocks([docks["Faces"], docks["Objective"]], [LEFT, RIGHT], Qt.Orientation.Horizontal)
        window.resizeDocks([docks["Faces"], docks["Embedding"]], [440, 430], Qt.Orientation.Vertical)
        for title, dock in docks.items():
            dock.toggleViewAction().triggered.connect(lambda on, title=title: self.bring(title) if on else None)
        self.first = bytes(window.saveState().data())

    def panel(self, kind: type[Kind]) -> Kind:
        """Return the panel of a class, which is made if it is not there yet.

        Raises:
            LookupError: no dock holds one.
        """
        for title in [*self.panels, *(title for title in self.docks if title not in self.panels)]:
            panel = self._make(title)
            if isinstance(panel, kind):
                return panel
        raise LookupError(f"no dock holds a {kind.__name__}")

    def bring(self, title: str) -> None:
        """Bring a dock into view, in front of others and high enough to be of use."""
        dock = self.docks[title]
        self._make(title)
        first = not any(other.in_view and self._is_below(other) for other in self.docks.values())
        dock.show()
        dock.raise_()
        self._raise_to_height(title, first)

    def pass_focus(self, by: int) -> None:
        """Give the keyboard to the next panel in view, or the one before; the middle of the window comes first."""
        places = [self._window.middle, *(panel for title, panel in self.panels.items() if self.docks[title].in_view)]
        here = next((number for number, one in enumerate(places) if self._holds_focus(one)), 0)
        first = next(iter(_stops(places[(here + by) % len(places)])), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def topic_in_focus(self) -> str:
        """Return the page that explains the panel with the keyboard."""
        for spec in DOCKS:
            if spec.title in self.panels and self._holds_focus(self.panels[spec.title]):
                return spec.slug
        return "inversion"

    def _holds_focus(self, place: QWidget) -> bool:
        focused = self._window.focusWidget()
        return focused is not None and (focused is place or place.isAncestorOf(focused))

    def set_mark(self, on: bool) -> None:
        """Let every panel's reconstructions carry their mark or not."""
        for panel in self.panels.values():
            if isinstance(panel, _Marking):
                panel.set_mark(on)

    def release(self) -> None:
        """Let go of the session."""
        for panel in self.panels.values():
            if isinstance(panel, _Releasing):
                panel.release()
            elif isinstance(panel, _Observing):
                panel.observer.release()

    def _is_below(self, dock: Dock) -> bool:
        below = self._window.dockWidgetArea(dock) is Qt.DockWidgetArea.BottomDockWidgetArea
        return below and not dock.isFloating()

    def _raise_to_height(self, title: str, first: bool) -> None:
        """Make a dock at the bottom high enough, and the first there no higher: Qt would give it all it can take."""
        dock = self.docks[title]
        least = next(spec.height for spec in DOCKS if spec.title == title)
        layout = self._window.layout()
        if least and layout is not None and self._is_below(dock):
            layout.activate()
            if first or dock.height() < least:
                self._window.resizeDocks([dock], [least], Qt.Orientation.Vertical)


def _stops(place: QWidget) -> list[QWidget]:
    """The widgets of a panel that the Tab key stops at now."""
    return [
        one
        for one in place.findChildren(QWidget)
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isEnabled() and one.isVisible()
    ]
