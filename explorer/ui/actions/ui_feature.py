"""What a feature brings to the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window


@dataclass(frozen=True, kw_only=True)
class UiFeature:
    """A feature's part in the window, declared in its `feature.py` and listed in `explorer.ui.window.features`.

    name: as its folder is called.
    docks: its panels. What is slow to import is imported where a panel is made, not above.
    actions: in the order of menus and palette.
    services: make what others ask the window for by class, when the window is made; services of features listed
        earlier are there then.
    centre: makes the middle of the window once something is loaded; one feature has it.
    """

    name: str
    docks: tuple[DockSpec, ...] = ()
    actions: tuple[ActionSpec, ...] = ()
    services: tuple[Callable[[Window], QObject], ...] = ()
    centre: Callable[[Window], QWidget] | None = None
