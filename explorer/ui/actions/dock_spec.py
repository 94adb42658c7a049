"""What a dock is, before the window makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from explorer.ui.base.window import Window

Area = Literal["left", "right", "bottom"]


AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


@dataclass(frozen=True)
class DockSpec:
    """One dock.

    id: by which code finds it, such as "3d_face"; also the name of its help page, and part of its action's name.
        Layouts that users have saved know the dock by it: it never changes.
    title: on screen.
    panel: makes what is in it; the window's dispatcher and actions are there, other panels perhaps not yet. A panel
        has an `observer`, or a method `release`, which the window lets go of when it closes. One that has
        `set_mark(on)` is told whether reconstructions are marked; one that has `set_watched(on)` whether it can be
        seen.
    tooltip: what it shows, for menu and palette.
    visible_by_default: whether it is in view at first.
    tabbed_with: id of the dock behind which it lies.
    min_height: at least so many pixels when it is brought into view at the bottom of the window; 0 for any.
    eager: whether its panel is made with the window; others are made when first seen, or after the first paint.
    """

    id: str
    title: str
    panel: Callable[[Window], QWidget]
    area: Area
    tooltip: str
    shortcut: str = ""
    visible_by_default: bool = False
    tabbed_with: str = ""
    min_height: int = 0
    eager: bool = False

    @property
    def object_name(self) -> str:
        """Qt's name of the dock, by which saved layouts know it: "dock-3d face" for "3d_face"."""
        return f"dock-{self.id.replace('_', ' ')}"


def in_order(specs: Iterable[DockSpec]) -> tuple[DockSpec, ...]:
    """Return docks as menus list them: as they come, but one that lies behind another follows that one.

    Raises:
        ValueError: an id is taken twice, or a dock lies behind one that is not there.
    """
    specs = tuple(specs)
    ids = [spec.id for spec in specs]
    twice = sorted({dock_id for dock_id in ids if ids.count(dock_id) > 1})
    if twice:
        raise ValueError(f"several docks have the id {', '.join(twice)}: each needs its own")

    def behind(front: str) -> Iterator[DockSpec]:
        for spec in specs:
            if spec.tabbed_with == front:
                yield spec
                yield from behind(spec.id)

    ordered = tuple(behind(""))
    lost = [spec for spec in specs if spec not in ordered]
    if lost:
        raise ValueError(f"the dock {lost[0].id} lies behind {lost[0].tabbed_with}, which is no dock in front of it")
    return ordered
