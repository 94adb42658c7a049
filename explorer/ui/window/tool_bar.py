"""The bar below the menus: a few of the registered actions, and the way to all of them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow, QPushButton, QSizePolicy, QToolBar, QToolButton, QWidget

from explorer.ui.actions.button import bind_button
from explorer.ui.actions.registry import Registry
from explorer.ui.base import icons


def tool_bar(window: QMainWindow, registry: Registry) -> QToolBar:
    """Return a window's tool bar, with the actions that say `tool`, in their groups."""
    bar = QToolBar("Tool bar", window)
    bar.setObjectName("tools")
    bar.setMovable(False)
    bar.setIconSize(QSize(17, 17))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    group = None
    for entry in registry.entries.values():
        if not entry.spec.tool:
            continue
        if group not in (None, entry.spec.group):
            bar.addSeparator()
        group = entry.spec.group
        bar.addAction(entry.action)
        button = bar.widgetForAction(entry.action)
        if isinstance(button, QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    space = QWidget()
    space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(space)
    palette = registry.by_name["palette"]
    keys = palette.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    search = QPushButton(f"Search actions   {keys}")
    search.setObjectName("search")
    icons.attach(search, "search")
    bind_button(search, palette)
    bar.addWidget(search)
    window.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
    return bar
