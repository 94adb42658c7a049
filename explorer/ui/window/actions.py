"""Docks and their layouts, what is drawn onto pictures, and the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base import theme
from explorer.ui.window.docks import DOCKS
from explorer.ui.window.layouts import SHIPPED, Arrangement

if TYPE_CHECKING:
    from explorer.ui.window.main_window import MainWindow

THEMES: dict[theme.Choice, str] = {"system": "Follow the system", "dark": "Dark", "light": "Light"}


def _dock(spec: DockSpec) -> ActionSpec:
    def turn(window: MainWindow) -> None:
        if window.in_view(spec.title):
            window.docks[spec.title].close()
        else:
            window.bring(spec.title)

    return ActionSpec(
        f"dock_{spec.slug}",
        spec.title,
        spec.tip,
        turn,
        menu="View",
        group="docks",
        shortcut=spec.shortcut,
        checked=lambda window: window.in_view(spec.title),
    )


def _layout(number: int, name: str, arrangement: Arrangement) -> ActionSpec:
    return ActionSpec(
        f"layout_{name.lower()}",
        name,
        f"Lay the docks out for: {arrangement.tip[:1].lower()}{arrangement.tip[1:]}",
        lambda window: window.layouts.arrange(arrangement),
        menu="View/Layout",
        group="shipped",
        shortcut=f"Ctrl+Alt+{number}",
    )


def _themed(choice: theme.Choice, text: str) -> ActionSpec:
    return ActionSpec(
        f"theme_{choice}",
        text,
        "Dark or light as the system is" if choice == "system" else f"Use the {choice} theme",
        lambda window: window.preferring.set("theme", choice),
        menu="View/Theme",
        checked=lambda window: theme.themes.choice == choice,
    )


def _full_screen(window: MainWindow) -> None:
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


def _tool_bar(window: MainWindow, on: bool) -> None:
    window.tools.setVisible(on)
    window.preferring.set("tool_bar", on)


def _landmarks(window: MainWindow, on: bool) -> None:
    window.inversion.show_landmarks(on)
    window.preferring.set("landmarks", on)


def _histograms(window: MainWindow, on: bool) -> None:
    window.inversion.show_histograms(on)
    window.preferring.set("histograms", on)


def _mark(window: MainWindow, on: bool) -> None:
    window.set_mark(on)
    window.preferring.set("mark", on)


ACTIONS = (
    *(_dock(spec) for spec in DOCKS),
    ActionSpec(
        "next_panel",
        "Next panel",
        "Give the keyboard to the next panel in view",
        lambda window: window.docking.pass_focus(+1),
        menu="View",
        group="panels",
        shortcut="Ctrl+F6",
    ),
    ActionSpec(
        "previous_panel",
        "Previous panel",
        "Give the keyboard to the panel before",
        lambda window: window.docking.pass_focus(-1),
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
        lambda window: window.layouts.save_dialog(),
        menu="View/Layout",
        group="keep",
    ),
    ActionSpec(
        "delete_layout",
        "Delete layout…",
        "Delete a layout of your own",
        lambda window: window.layouts.delete_dialog(),
        menu="View/Layout",
        group="keep",
        unavailable=lambda window: "" if window.layouts.store.own else "there is no layout of your own",
    ),
    ActionSpec(
        "tool_bar",
        "Tool bar",
        "Show the tool bar below the menus",
        menu="View",
        group="layout",
        switch=_tool_bar,
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
        switch=_mark,
        on=True,
    ),
    ActionSpec(
        "draw_landmarks",
        "Draw landmarks",
        "Draw the landmarks that are sought and reached onto the pictures",
        menu="View",
        group="drawn",
        switch=_landmarks,
        on=True,
    ),
    ActionSpec(
        "draw_histograms",
        "Draw histograms",
        "Draw the colour histograms that are sought and reached onto the pictures",
        menu="View",
        group="drawn",
        switch=_histograms,
        on=True,
    ),
    ActionSpec("theme", "Theme", "Dark or light", menu="View", group="look"),
    *(_themed(choice, text) for choice, text in THEMES.items()),
)
