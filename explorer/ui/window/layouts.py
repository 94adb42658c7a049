"""Layouts of the docks by name: those that ship, and the user's own; on whichever screens there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog

from explorer.studio.config.layouts import Layout, LayoutStore
from explorer.studio.errors import UserError
from explorer.ui.actions.dock_spec import AREAS, Area
from explorer.ui.actions.registry import ActionSpec, Registry
from explorer.ui.base import text_size
from explorer.ui.base.window import Window
from explorer.ui.window.docking import LEFT, RIGHT, DockManager

if TYPE_CHECKING:
    from pathlib import Path


Groups = tuple[tuple[str, ...], ...]

NARROW = 1180  # pixels of a window's width, below which pictures between docks left and right are too small
NARROW_SIDE = 300  # pixels of a narrow window's docks at the left
MOST_BESIDE = 0.3  # of a window's width, for the docks at one side
SHARE_BELOW = 0.48  # of a window's height, for the docks at its bottom


@dataclass(frozen=True)
class Arrangement:
    """Which docks are in view, by id. In each area groups stand beside each other; of a group the first is in front.

    width, height: of the left and right, and of the bottom area, in logical pixels.
    """

    tip: str
    left: Groups = ()
    right: Groups = ()
    bottom: Groups = ()
    widths: tuple[int, int] = (312, 256)
    height: int = 360

    def groups(self) -> dict[Area, Groups]:
        """Return the groups by area."""
        return {"left": self.left, "right": self.right, "bottom": self.bottom}

    def within(self, width: int, height: int) -> Arrangement:
        """Return the arrangement for a window of a size in logical pixels.

        In a low one the bottom leaves room for what is above it. In a narrow one docks of both sides lie behind each
        other; those of the right come to lie in front, since they are what the layout is about.
        """
        low = replace(self, height=min(self.height, round(SHARE_BELOW * height)))
        if width >= NARROW:
            return low
        if not self.right:
            return replace(low, widths=(min(self.widths[0], NARROW_SIDE), 0))
        together = tuple(chain.from_iterable((*self.right, *self.left)))
        return replace(low, left=(together,), right=(), widths=(NARROW_SIDE, 0))


# As at first, and in a window too narrow for that.
FIRST = Arrangement(
    "Everything about one face",
    left=(("faces",), ("embedding",)),
    right=(("objective", "probe"),),
    widths=(LEFT, RIGHT),
)
FIRST_IF_NARROW = Arrangement(
    "Everything about one face", left=(("faces", "embedding", "objective", "probe"),), widths=(NARROW_SIDE, 0)
)

SHIPPED: dict[str, Arrangement] = {
    "Reading": Arrangement(
        "Faces and their embeddings, beside each other",
        left=(("faces",), ("embedding",)),
        bottom=(("gallery", "compare", "map"),),
        widths=(420, 256),
        height=400,
    ),
    "Inversion": Arrangement(
        "A run with its weights, and the tree of runs",
        left=(("faces",),),
        right=(("objective",),),
        bottom=(("runs",),),
        widths=(230, 292),
        height=210,
    ),
    "3D": Arrangement(
        "The fitted face beside its reconstructions",
        left=(("faces",),),
        bottom=(("3d_face",),),
        widths=(230, 256),
        height=430,
    ),
    "Leakage": Arrangement(
        "What an embedding leaks, beside the run that shows what survives",
        left=(("faces",),),
        right=(("probe", "objective"),),
        widths=(280, 350),
    ),
}


def clamped(wanted: QRect, screens: Sequence[QRect]) -> QRect:
    """Return a place that lies wholly on one screen: where it was if it fits, else as near to it and as large.

    Args:
        wanted: the place, perhaps on a screen that is no longer there.
        screens: the available geometry of every screen; at least one.
    """

    def overlap(screen: QRect) -> int:
        common = screen.intersected(wanted)
        return common.width() * common.height() if common.isValid() else 0

    def distance(screen: QRect) -> int:
        return (screen.center() - wanted.center()).manhattanLength()

    screen = max(screens, key=lambda one: (overlap(one), -distance(one)))
    width, height = min(wanted.width(), screen.width()), min(wanted.height(), screen.height())
    left = min(max(wanted.left(), screen.left()), screen.left() + screen.width() - width)
    top = min(max(wanted.top(), screen.top()), screen.top() + screen.height() - height)
    return QRect(left, top, width, height)


def available() -> list[QRect]:
    """Return the geometry that windows may take, of every screen."""
    return [screen.availableGeometry() for screen in QGuiApplication.screens()]


class Layouts(QObject):
    """Lays the docks of a window out, and keeps the user's own layouts."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._manager = window, window.service(DockManager)
        self._registered: list[str] = []
        self.store = LayoutStore()

    def persist_in(self, folder: Path) -> None:
        """Offer the layouts that a folder holds, and keep new ones there."""
        trouble = self.store.persist_in(folder)
        if trouble is not None:
            self._window.dispatcher.report("warning", "The layouts could not be read", trouble)
        self._register()

    # Laying out.

    def apply(self, name: str) -> None:
        """Lay the docks out as a layout of the user's own says."""
        self.restore(self.store.own[name].docks())

    def arrange(self, wanted: Arrangement) -> None:
        """Bring the docks of an arrangement into view and close all others."""
        with self._settling():
            self._place(wanted.within(self._window.width(), self._window.height()))

    @contextmanager
    def _settling(self) -> Iterator[None]:
        """Panels hear at the end whether they are seen, and begin no work for a moment in view."""
        docks = list(self._manager.docks.values())
        for dock in docks:
            dock.hold()
        try:
            yield
        finally:
            for dock in docks:
                dock.settle()

    def _place(self, wanted: Arrangement) -> None:
        window, docks = self._window, self._manager.docks
        self._take_all_out()
        shown: list[str] = []
        fronts: list[str] = []
        anchors: dict[Area, str] = {}
        for area, groups in wanted.groups().items():
            for group in groups:
                known = [dock_id for dock_id in group if dock_id in docks]
                for before, dock_id in zip([None, *known], known, strict=False):
                    window.addDockWidget(AREAS[area], docks[dock_id])
                    if before is not None:
                        window.tabifyDockWidget(docks[before], docks[dock_id])
                shown.extend(known)
                fronts.extend(known[:1])
                if known:
                    anchors.setdefault(area, known[0])
        # Where docks will be when they are opened: behind what is there, since beside it they would widen the window.
        for spec in self._manager.specs.values():
            if spec.id not in shown:
                window.addDockWidget(AREAS[spec.area], docks[spec.id])
                front = anchors.setdefault(spec.area, spec.id)
                if front != spec.id:
                    window.tabifyDockWidget(docks[front], docks[spec.id])
        # Shown once all are in their places: half a group of tabs would leave a bar behind.
        for dock_id, dock in docks.items():
            dock.setVisible(dock_id in shown)
        for dock_id in fronts:
            docks[dock_id].raise_()
        self._size(wanted)

    def as_at_first(self) -> None:
        """Put every dock back where it was at first, or where that is in a narrow window."""
        if self._window.width() < NARROW:
            self.arrange(FIRST_IF_NARROW)
        else:
            self.restore(self._manager.first)
            if text_size.scaled(100) > 100:
                self._size(FIRST)

    def restore(self, state: bytes) -> None:
        """Lay the docks out as they were saved, floating ones on a screen that is there."""
        screens = available()
        with self._settling():
            self._take_all_out()
            self._window.restoreState(QByteArray(state))
            for dock in self._manager.docks.values():
                if dock.isFloating():
                    dock.setGeometry(clamped(dock.geometry(), screens))
            self._manager.raise_floating()

    def _take_all_out(self) -> None:
        """Leave no dock in its place: Qt would forget to take the tabs of the layout before away."""
        for dock in self._manager.docks.values():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        layout = self._window.layout()
        assert layout is not None
        layout.activate()

    def restore_last(self) -> None:
        """Begin as the window was when it was last closed."""
        last = self.store.last
        if last is None:
            return
        if last.place is not None:
            self._window.setGeometry(clamped(QRect(*last.place), available()))
        if last.maximised:
            self._window.setWindowState(self._window.windowState() | Qt.WindowState.WindowMaximized)
        self.restore(last.docks())

    def now(self) -> Layout:
        """Return the window's layout as it is."""
        place = self._window.normalGeometry()
        return Layout.of(
            bytes(self._window.saveState().data()),
            (place.left(), place.top(), place.width(), place.height()),
            self._window.isMaximized(),
        )

    def leave(self) -> None:
        """Keep how the window is, for the next start."""
        self._try(lambda: self.store.leave(self.now()))

    # Layouts of the user's own.

    def save_dialog(self) -> None:
        """Ask for a name and keep the layout under it."""
        name, given = QInputDialog.getText(self._window, "Save layout", "Name of this layout:")
        if given:
            self.save(name)

    def save(self, name: str) -> None:
        """Keep the layout under a name."""
        self._try(lambda: self.store.save(name, self.now()))
        self._register()

    def delete_dialog(self) -> None:
        """Ask which layout is to go."""
        name, given = QInputDialog.getItem(
            self._window, "Delete layout", "Delete the layout:", list(self.store.own), 0, False
        )
        if given:
            self._try(lambda: self.store.delete(name))
            self._register()

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except UserError as error:
            self._window.dispatcher.report("warning", "The layout was not kept", str(error))

    def _register(self) -> None:
        """Offer the user's own layouts in menu and palette."""
        registry = self._window.service(Registry)
        for name in self._registered:
            registry.remove(name)
        self._registered = []
        for title in self.store.own:
            spec = _own(title)
            registry.add(spec)
            self._registered.append(spec.name)

    def _size(self, wanted: Arrangement) -> None:
        docks = self._manager.docks

        def first(groups: Groups) -> list[str]:
            return [dock_id for group in groups for dock_id in group[:1] if dock_id in docks]

        for groups, width in zip((wanted.left, wanted.right), wanted.widths, strict=True):
            column = [docks[dock_id] for dock_id in first(groups)]
            if column:
                # Larger text needs more of the width, but not more than the pictures can spare.
                wide = max(width, min(text_size.scaled(width), round(MOST_BESIDE * self._window.width())))
                self._window.resizeDocks(column[:1], [wide], Qt.Orientation.Horizontal)
                share = self._window.height() // len(column)
                self._window.resizeDocks(column, [share] * len(column), Qt.Orientation.Vertical)
        for dock_id in first(wanted.bottom)[:1]:
            self._window.resizeDocks([docks[dock_id]], [wanted.height], Qt.Orientation.Vertical)


def _own(title: str) -> ActionSpec:
    return ActionSpec(
        f"layout_own_{title}",
        title,
        "Lay the docks out as you saved them under this name",
        lambda window: window.service(Layouts).apply(title),
        menu="View/Layout",
        group="own",
    )
