"""Whether everything that the window can do is within reach of the keyboard: counted in the real window.

    python -m benchmarks.actions

`actions_without_shortcut_or_palette` counts registered actions that have neither a shortcut nor a line in the command
palette, what the menus hold without being registered, and buttons that neither take the focus nor carry out a
registered action.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QMenu,
    QMenuBar,
    QTabBar,
    QToolButton,
    QWidget,
)

from explorer.studio.app.features import new_session
from explorer.ui.base import theme
from explorer.ui.window.main_window import MainWindow

# Parts of Qt's own: arrows that scroll what the arrow keys reach as well, the corner of a table (Ctrl+A), the cross in
# a field.
FOREIGN = (QTabBar, QMenuBar, QAbstractItemView, QLineEdit)


def measure(window: MainWindow) -> dict[str, int]:
    """Count a window's actions, and those that only a mouse reaches."""
    window.palette_of_actions.open()
    listed = {entry.spec.name for entry in window.palette_of_actions.shown()}
    window.palette_of_actions.dismiss()
    entries = [entry for entry in window.registry.entries.values() if not entry.spec.head]
    registered = {id(entry.action) for entry in window.registry.entries.values()}
    missing = [one for one in entries if one.spec.name not in listed and not one.action.shortcuts()]
    strangers = [one for one in _in_menus(window.menuBar().actions()) if id(one) not in registered]
    for dock_id in window.docks:
        window.bring(dock_id)
        QApplication.processEvents()
    buttons = [one for one in window.findChildren(QAbstractButton) if not _reached(one, registered)]
    return {"actions": len(entries), "actions_without_shortcut_or_palette": len(missing + strangers) + len(buttons)}


def _in_menus(actions: list[QAction]) -> Iterator[QAction]:
    for action in actions:
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            yield from _in_menus(submenu.actions())
        elif not action.isSeparator():
            yield action


def _reached(button: QAbstractButton, registered: set[int]) -> bool:
    above: QWidget | None = button.parentWidget()
    if isinstance(above, FOREIGN) or button.objectName().startswith("qt_"):
        return True
    if isinstance(button, QToolButton) and id(button.defaultAction()) in registered:
        return True
    return bool(button.focusPolicy() & Qt.FocusPolicy.TabFocus)


if __name__ == "__main__":
    from benchmarks.responsiveness import display

    with display():
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
        app = QApplication(sys.argv[:1])
        theme.install(app)
        window = MainWindow(new_session())
        window.show()
        app.processEvents()
        print(json.dumps(measure(window)))
        window.close()
