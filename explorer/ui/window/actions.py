"""Docks and their layouts, what is drawn onto pictures, and the theme."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base import theme
from explorer.ui.base.window import Window
from explorer.ui.preferences.service import PreferencesService
from explorer.ui.window.docking import DockManager
from explorer.ui.window.layouts import SHIPPED, Arrangement, Layouts

if TYPE_CHECKING:
    from explorer.ui.inversion.panel import InversionPanel

THEMES: dict[theme.Choice, str] = {"system": "Follow the system", "dark": "Dark", "light": "Light"}


def _dock(spec: DockSpec) -> ActionSpec:
    def turn(window: Window) -> None:
        if window.in_view(spec.id):
            window.docks[spec.id].close()
        else:
            window.bring(spec.id)

    return ActionSpec(
        f"dock_{spec.id}",
        spec.title,
        spec.tooltip,
        turn,
        menu="View",
        group="docks",
        shortcut=spec.shortcut,
        checked=lambda window: window.in_view(spec.id),
    )


def _layout(number: int, name: str, arrangement: Arrangement) -> ActionSpec:
    return ActionSpec(
        f"layout_{name.lower()}",
        name,
        f"Lay the docks out for: {arrangement.tip[:1].lower()}{arrangement.tip[1:]}",
        lambda window: window.service(Layouts).arrange(arrangement),
        menu="View/Layout",
        group="shipped",
        shortcut=f"Ctrl+Alt+{number}",
    )


def _themed(choice: theme.Choice, text: str) -> ActionSpec:
    return ActionSpec(
        f"theme_{choice}",
        text,
        "Dark or light as the system is" if choice == "system" else f"Use the {choice} theme",
        lambda window: window.service(PreferencesService).set("theme", choice),
        menu="View/Theme",
        checked=lambda window: theme.themes.choice == choice,
    )


def _full_screen(window: Window) -> None:
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


def _tool_bar(window: Window, on: bool) -> None:
    window.tools.setVisible(on)
    window.service(PreferencesService).set("tool_bar", on)


def _inversion(window: Window) -> InversionPanel:
    from explorer.ui.inversion.panel import InversionPanel  # the window paints first

    return window.panel(InversionPanel)


def _landmarks(window: Window, on: bool) -> None:
    _inversion(window).show_landmarks(on)
    window.service(PreferencesService).set("landmarks", on)


def _histograms(window: Window, on: bool) -> None:
    _inversion(window).show_histograms(on)
    window.service(PreferencesService).set("histograms", on)


def _mark(window: Window, on: bool) -> None:
    window.set_mark(on)
    window.service(PreferencesService).set("mark", on)


def dock_actions(specs: Iterable[DockSpec]) -> tuple[ActionSpec, ...]:
    """Return the actions that bring docks into view and close them."""
    return tuple(map(_dock, specs))


ACTIONS = (
    ActionSpec(
        "next_panel",
        "Next panel",
        "Give the keyboard to the next panel in view",
        lambda window: window.service(DockManager).pass_focus(+1),
        menu="View",
        group="panels",
        shortcut="Ctrl+F6",
    ),
    ActionSpec(
        "previous_panel",
        "Previous panel",
        "Give the keyboard to the panel before",
        lambda window: window.service(DockManager).pass_focus(-1),
        menu="View",
        group="panels",
        shortcut="Ctrl+Shift+F6",
    ),
    ActionSpec("layout", "Layout", "Lay the docks out", menu="View", group="layout", icon="layout"),
    *(_layout(number, name, SHIPPED[name]) for number, name in enumerate(SHIPPED, start=1)),
    ActionSpec(
        "reset_layout",
        "As at first",
        "Put every dock back where it was at first",
        lambda window: window.reset_layout(),
        menu="View/Layout",
        group="shipped",
        shortcut="Ctrl+Alt+0",
    ),
    ActionSpec(
        "save_layout",
        "Save layout…",
        "Keep the docks as they are under a name",
        lambda window: window.service(Layouts).save_dialog(),
        menu="View/Layout",
        group="keep",
    ),
    ActionSpec(
        "delete_layout",
        "Delete layout…",
        "Delete a layout of your own",
        lambda window: window.service(Layouts).delete_dialog(),
        menu="View/Layout",
        group="keep",
        disabled_reason=lambda window: "" if window.service(Layouts).store.own else "there is no layout of your own",
    ),
    ActionSpec(
        "tool_bar",
        "Tool bar",
        "Show the tool bar below the menus",
        menu="View",
        group="layout",
        on_toggled=_tool_bar,
        on=True,
    ),
    ActionSpec(
        "full_screen",
        "Full screen",
        "Let the window take the whole screen, or no longer",
        _full_screen,
        menu="View",
        group="layout",
        shortcut="F11",
        checked=lambda window: window.isFullScreen(),
    ),
    ActionSpec(
        "mark",
        "Mark reconstructions",
        "Let pictures of reconstructions say that they are no photographs",
        menu="View",
        group="drawn",
        on_toggled=_mark,
        on=True,
    ),
    ActionSpec(
        "draw_landmarks",
        "Draw landmarks",
        "Draw the landmarks that are sought and reached onto the pictures",
        menu="View",
        group="drawn",
        on_toggled=_landmarks,
        on=True,
    ),
    ActionSpec(
        "draw_histograms",
        "Draw histograms",
        "Draw the colour histograms that are sought and reached onto the pictures",
        menu="View",
        group="drawn",
        on_toggled=_histograms,
        on=True,
    ),
    ActionSpec("theme", "Theme", "Dark or light", menu="View", group="look"),
    *(_themed(choice, text) for choice, text in THEMES.items()),
)
