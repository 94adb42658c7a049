"""Docks, what is drawn onto pictures, and the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.ui import theme
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.docks import DOCKS, DockSpec

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

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


def _themed(choice: theme.Choice, text: str) -> ActionSpec:
    return ActionSpec(
        f"theme_{choice}",
        text,
        "Dark or light as the system is" if choice == "system" else f"Use the {choice} theme",
        lambda window: theme.choose(choice),
        menu="View/Theme",
        group="look",
        checked=lambda window: theme.themes.choice == choice,
    )


ACTIONS = (
    *(_dock(spec) for spec in DOCKS),
    ActionSpec(
        "mark",
        "Mark reconstructions",
        "Let pictures of reconstructions say that they are no photographs",
        menu="View",
        group="drawn",
        switch=lambda window, on: window.set_mark(on),
        on=True,
    ),
    ActionSpec(
        "draw_landmarks",
        "Draw landmarks",
        "Draw the landmarks that are sought and reached onto the pictures",
        menu="View",
        group="drawn",
        switch=lambda window, on: window.inversion.show_landmarks(on),
        on=True,
    ),
    ActionSpec(
        "draw_histograms",
        "Draw histograms",
        "Draw the colour histograms that are sought and reached onto the pictures",
        menu="View",
        group="drawn",
        switch=lambda window, on: window.inversion.show_histograms(on),
        on=True,
    ),
    *(_themed(choice, text) for choice, text in THEMES.items()),
    ActionSpec(
        "reset_layout",
        "Reset layout",
        "Put every dock back where it was at first",
        lambda window: window.reset_layout(),
        menu="View",
        group="look",
    ),
)
