"""Qt's application, or one line that says why there can be no window and what to do without one.

Where Qt cannot open the display, it writes several lines and aborts the process. Whether it will is known to nobody
but Qt: which display it takes follows from half a dozen variables, plugins and libraries. So its last message is
waited for.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

INSTEAD = (
    "without a window, `likeness invert PHOTO --out FOLDER` turns an embedding back into a face, and `likeness --help` "
    "lists all commands"
)
_REFUSED_DISPLAY = re.compile(r"could not connect to display\s*(.*)")


def open_application(arguments: Sequence[str]) -> QApplication:
    """Make the application. Where there can be none, the process ends with the code 2 and one line.

    Args:
        arguments: the program's name and arguments, for Qt.
    """
    said: list[str] = []

    def heard(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if kind != QtMsgType.QtFatalMsg:
            said.append(message)
            return
        print(f"likeness: {refusal([*said, message], os.environ, arguments)}; {INSTEAD}", file=sys.stderr, flush=True)
        os._exit(2)  # Qt is about to abort, and may not be returned to

    earlier = qInstallMessageHandler(heard)
    try:
        application = QApplication(list(arguments))
    finally:
        qInstallMessageHandler(earlier)
    for message in said:
        print(message, file=sys.stderr)
    return application


def refusal(said: Sequence[str], variables: Mapping[str, str], arguments: Sequence[str] = ()) -> str:
    """Why Qt could not begin.

    Args:
        said: its messages. variables: of the environment. arguments: the program's.
    """
    text = "\n".join(said)
    platform = variables.get("QT_QPA_PLATFORM", "") if "-platform" not in arguments else "as -platform says"
    display, wayland = variables.get("DISPLAY", ""), variables.get("WAYLAND_DISPLAY", "")
    refused, missing = _REFUSED_DISPLAY.search(text), _missing_libraries(text)
    if not (platform or display or wayland):
        why = "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    elif missing:
        why = f"system libraries that Qt needs are missing ({', '.join(missing)}): install them, as `make setup` does"
    elif refused is not None and refused[1].strip():
        why = f"the display {refused[1].strip()} does not answer: set DISPLAY to one that does"
    elif "Could not find the Qt platform plugin" in text:
        why = f"Qt knows no platform {platform}: unset QT_QPA_PLATFORM"
    elif wayland and not display:
        why = f"the display WAYLAND_DISPLAY={wayland} does not answer, and DISPLAY is not set"
    else:
        why = f"Qt cannot use the display (DISPLAY={display}, WAYLAND_DISPLAY={wayland}, QT_QPA_PLATFORM={platform})"
    return f"the window cannot open: {why}"


def _missing_libraries(text: str) -> list[str]:
    """Libraries of the system that Qt's plugins need and that are not there; none where a plugin was loaded."""
    if "even though it was found" not in text and "Cannot load library" not in text:
        return []
    from explorer.studio.commands.doctor import system_libraries

    return [name for name, found in system_libraries().items() if not found]
