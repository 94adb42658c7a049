"""What an action is, and the registry that makes menus, shortcuts and enabled states from all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from explorer.ui.base import icons
from explorer.ui.base.window import Window

MENUS = ("File", "Edit", "Run", "View", "Help")


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    name: by which code finds it. text: in menus, with "…" where a dialog follows. tooltip: one line, what it does.
    callback: carries it out. A switch has `on_toggled` instead, which is told its state, and begins with `on`. An
        action with neither is the head of a submenu.
    menu: "File", or "View/Theme" for the submenu whose head's text is "Theme" and which is registered earlier; "" for
        one that only buttons and the palette offer.
    tool: whether it has a button in the tool bar.
    group: what stands together in a menu. shortcut: several are separated by "; ".
    disabled_reason: why it cannot be carried out now, in a few words that follow "because", or "".
    dynamic_label: text and icon now, for an action whose meaning changes.
    checked: whether it is ticked now, for an action whose state lies elsewhere.
    """

    name: str
    text: str
    tooltip: str
    callback: Callable[[Window], object] | None = None
    menu: str = ""
    group: str = ""
    icon: str = ""
    shortcut: str = ""
    disabled_reason: Callable[[Window], str] | None = None
    dynamic_label: Callable[[Window], tuple[str, str]] | None = None
    checked: Callable[[Window], bool] | None = None
    on_toggled: Callable[[Window, bool], object] | None = None
    on: bool = False
    tool: bool = False

    @property
    def head(self) -> bool:
        """Whether it is the head of a submenu."""
        return self.callback is None and self.on_toggled is None


@dataclass
class Entry:
    """An action in the window. `reason` says why it cannot be carried out now, or is ""."""

    spec: ActionSpec
    action: QAction
    reason: str = ""
    shown: tuple[object, ...] = ()


class Registry(QObject):
    """Holds the actions of a window.

    Attributes:
        entries: by name, in the order of registration.
        by_name: their `QAction`s.
    """

    def __init__(self, window: Window, specs: Iterable[ActionSpec]) -> None:
        super().__init__(window)
        self._window = window
        self.entries: dict[str, Entry] = {}
        self.by_name: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        for title in MENUS:
            self._open_menu(title, window.menuBar().addMenu(f"&{title}"))
        for spec in specs:
            self._register(spec)
        for path in list(self.menus):
            self._fill(path)

    def add(self, spec: ActionSpec) -> QAction:
        """Register an action that came later, such as a layout of the user's own.

        Raises:
            ValueError: the name is taken.
        """
        action = self._register(spec)
        self._fill(spec.menu)
        self.refresh()
        return action

    def remove(self, name: str) -> None:
        """Forget an action that came later."""
        entry = self.entries.pop(name)
        del self.by_name[name]
        self._fill(entry.spec.menu)
        self._window.removeAction(entry.action)
        entry.action.deleteLater()

    def refresh(self) -> None:
        """Bring texts, ticks and enabled states up to date with the session."""
        for entry in self.entries.values():
            spec = entry.spec
            reason = spec.disabled_reason(self._window) if spec.disabled_reason is not None else ""
            label = spec.dynamic_label(self._window) if spec.dynamic_label is not None else (spec.text, spec.icon)
            ticked = spec.checked(self._window) if spec.checked is not None else None
            # Most changes of the session change none of it, and they can come a hundred times a second.
            if (reason, label, ticked) != entry.shown:
                entry.reason, entry.shown = reason, (reason, label, ticked)
                _show(entry, label, ticked)

    def _register(self, spec: ActionSpec) -> QAction:
        if spec.name in self.entries:
            raise ValueError(f"there is an action {spec.name!r} already")
        if spec.menu and spec.menu not in self.menus:
            raise ValueError(f"there is no menu {spec.menu!r} for {spec.name!r}: register its head before")
        action = QAction(spec.text, self._window)
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcut.split("; ") if keys])
        if spec.icon:
            icons.attach(action, spec.icon)
        callback, on_toggled = spec.callback, spec.on_toggled
        if on_toggled is not None:
            action.setCheckable(True)
            action.setChecked(spec.on)
            action.toggled.connect(lambda on: on_toggled(self._window, on))
        elif callback is not None:
            action.setCheckable(spec.checked is not None)
            action.triggered.connect(lambda _checked: self._carry_out(callback))
        self._window.addAction(action)  # so that its shortcut holds while no menu shows it
        self.entries[spec.name] = entry = Entry(spec, action)
        self.by_name[spec.name] = action
        _show(entry, (spec.text, spec.icon), None)
        if spec.head:
            submenu = QMenu(spec.text, self._window)
            action.setMenu(submenu)
            self._open_menu(f"{spec.menu}/{spec.text}", submenu)
        return action

    def _open_menu(self, path: str, menu: QMenu) -> None:
        menu.setToolTipsVisible(True)
        self.menus[path] = menu

    def _carry_out(self, callback: Callable[[Window], object]) -> None:
        callback(self._window)
        self.refresh()  # Qt has toggled the tick of an action whose state lies elsewhere

    def _fill(self, path: str) -> None:
        """Put a menu's actions into it, group by group."""
        if not path:
            return
        groups: dict[str, list[QAction]] = {}
        for entry in self.entries.values():
            if entry.spec.menu == path:
                groups.setdefault(entry.spec.group, []).append(entry.action)
        menu = self.menus[path]
        menu.clear()
        for number, actions in enumerate(groups.values()):
            if number:
                menu.addSeparator()
            menu.addActions(actions)


def _show(entry: Entry, label: tuple[str, str], ticked: bool | None) -> None:
    action, (text, icon) = entry.action, label
    if action.text() != text:
        action.setText(text)
        if icon:
            icons.attach(action, icon)
    action.setEnabled(not entry.reason)
    if ticked is not None:
        action.setChecked(ticked)
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    tip = f"{entry.spec.tooltip} ({keys})" if keys else entry.spec.tooltip
    action.setToolTip(f"{tip}\nNot now: {entry.reason}" if entry.reason else tip)
