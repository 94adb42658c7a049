"""The window as everything but itself knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget, QToolBar, QWidget

from explorer.ui.base.dispatcher import CommandDispatcher

P = TypeVar("P", bound=QWidget)
S = TypeVar("S")


class Window(QMainWindow):
    """What actions, docks, dialogs and services may ask of the window they belong to.

    `explorer.ui.window` makes the one there is; nobody else imports that. What a feature brings is asked for by its
    class, so that no feature is named here.

    Attributes:
        dispatcher: the session to draw, and the way to change it.
        docks: by the id of their `DockSpec`.
        actions_by_name: the registered actions.
        mark: whether reconstructions are marked as such; the action that is ticked while they are.
        tools: the bar below the menus.
        middle: what the docks lie around: the welcome page, or a run.
    """

    dispatcher: CommandDispatcher
    docks: Mapping[str, QDockWidget]
    actions_by_name: Mapping[str, QAction]
    mark: QAction
    tools: QToolBar
    middle: QStackedWidget

    def panel(self, kind: type[P]) -> P:
        """Return the panel of a class, in a dock or in the middle; it is made if it is not there yet.

        Raises:
            LookupError: there is none.
        """
        raise NotImplementedError

    def service(self, kind: type[S]) -> S:
        """Return what a feature has put at the window's service, by its class.

        Raises:
            LookupError: no feature has.
        """
        raise NotImplementedError

    def bring(self, dock_id: str) -> None:
        """Bring a dock into view, in front of others."""
        raise NotImplementedError

    def in_view(self, dock_id: str) -> bool:
        """Whether a dock can be seen: it is neither closed nor behind another's tab."""
        raise NotImplementedError

    def set_mark(self, on: bool) -> None:
        """Let every reconstruction carry its mark or not."""
        raise NotImplementedError

    def reset_layout(self) -> None:
        """Put every dock back where it was at first."""
        raise NotImplementedError

    def explain(self, topic: str | None = None) -> None:
        """Show the page that explains a panel, by its dock's id; by default that of the panel with the keyboard.

        Raises:
            LookupError: there is no such page.
        """
        raise NotImplementedError

    def search_actions(self) -> None:
        """Open the command palette; a second time, close it."""
        raise NotImplementedError
