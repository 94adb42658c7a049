"""The report for a bug: machine, device, versions, networks and the log; no names, no pictures."""

from __future__ import annotations

import json
from collections.abc import Callable

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QGuiApplication

from explorer.studio.app.workbench import Workbench
from explorer.ui.base.redaction import without_names
from explorer.ui.base.window import Window
from explorer.ui.help.log_panel import LogPanel


class BugReport(QObject):
    """Collects the report in the background and copies it."""

    _collected = Signal(str)

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._dispatcher, self._window = window.dispatcher, window
        self._collected.connect(self._copy)

    def copy(self) -> None:
        """Begin; the report is on the clipboard a moment later."""
        QThreadPool.globalInstance().start(_Errand(self._collected.emit))
        self._dispatcher.send(
            Workbench.notify, "info", "Collecting the report", "it will be on the clipboard in a moment"
        )

    def _copy(self, machine: str) -> None:
        log = self._window.panel(LogPanel).report() or "nothing to report"
        QGuiApplication.clipboard().setText(f"{without_names(machine)}\n\nLog\n{log}\n")
        self._dispatcher.send(Workbench.notify, "info", "The report is copied", "paste it into your bug report")


class _Errand(QRunnable):
    def __init__(self, deliver: Callable[[str], None]) -> None:
        super().__init__()
        self._deliver = deliver

    def run(self) -> None:
        self._deliver(_machine())


def _machine() -> str:
    from explorer.studio.commands import doctor  # loads torch

    try:
        return json.dumps(doctor.examine(), indent=2)
    except Exception as error:  # a report of trouble must come, whatever the trouble is
        return f"the report could not be made: {type(error).__name__}: {error}"
