"""Where panels leave the user's commands: the workbench carries them out, at once or as soon as it is there.

The window is on screen before torch is loaded, so the workbench comes a moment later; nothing the user did meanwhile
is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec

from PySide6.QtCore import QObject, Signal

from explorer.science.names import shown, shown_lines
from explorer.studio.app.workbench import Workbench
from explorer.studio.session.state import NOTIFICATIONS, Level, Notification, Session

P = ParamSpec("P")


class CommandDispatcher(QObject):
    """The session to draw, and the way to change it.

    Attributes:
        ready: emitted once, when the workbench has come and the registries of encoders and terms can be read.
    """

    ready = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.workbench: Workbench | None = None
        self._waiting: list[Callable[[Workbench], object]] = []

    def send(self, command: Callable[Concatenate[Workbench, P], object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Carry out a command, such as `send(lambda app: app.faces.select_face(key))`."""
        if self.workbench is None:
            self._waiting.append(lambda workbench: command(workbench, *args, **kwargs))
        else:
            command(self.workbench, *args, **kwargs)

    def when_ready(self, act: Callable[[], object]) -> None:
        """Do something once the workbench is there: now, for what is made behind it, else as soon as it comes."""
        if self.workbench is None:
            self.ready.connect(act)
        else:
            act()

    def report(
        self,
        level: Level,
        title: str,
        text: str,
        details: str = "",
        *,
        path: Path | None = None,
        about: tuple[str, ...] = (),
    ) -> None:
        """Notify the user, whether the workbench has come or not. path, about: as in `Notification`."""
        if self.workbench is not None:
            self.workbench.notify(level, title, text, details, path=path, about=about)
            return
        known = self.session[NOTIFICATIONS]
        new = Notification(-len(known) - 1, level, shown(title), shown_lines(text), details, path, about)
        self.session[NOTIFICATIONS] = (*known, new)

    def attach(self, workbench: Workbench) -> None:
        """Give the dispatcher its workbench and carry out what waits."""
        self.workbench = workbench
        self.ready.emit()
        waiting, self._waiting = self._waiting, []
        for command in waiting:
            command(workbench)
