"""Qt's application, or one line that says why there can be no window and what to do without one.

Where Qt cannot open the display, it writes several lines and aborts the process. Whether it will is known to nobody
but Qt: which display it takes follows from half a dozen variables, plugins and libraries. So its last message is
waited for.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from explorer.science.names import shown

INSTEAD = (
    "without a window, `likeness invert PHOTO --out FOLDER` turns an embedding back into a face, and `likeness --help` "
    "lists all commands"
)
_REFUSED_DISPLAY = re.compile(r"could not connect to display +(\S+)")


def open_application(arguments: Sequence[str]) -> QApplication:
    """Make the application. Where there can be none, the process ends with the code 2 and one line.

    Args:
        arguments: the program's name and arguments, for Qt.
    """
    said: list[str] = []
    with _libraries_held_back() as (screen, release):

        def heard(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
            said.append(message)
            if kind == QtMsgType.QtFatalMsg:
                line = f"likeness: {refusal(said, os.environ, arguments)}; {INSTEAD}\n"
                os.write(screen, line.encode(errors="backslashreplace"))
                os._exit(2)  # Qt is about to abort, and may not be returned to

        earlier = qInstallMessageHandler(heard)
        try:
            application = QApplication(list(arguments))
        finally:
            qInstallMessageHandler(earlier)
        release()
    for message in said:
        print(message, file=sys.stderr)
    return application


@contextmanager
def _libraries_held_back() -> Iterator[tuple[int, Callable[[], None]]]:
    """Hold back what libraries below Qt write on the standard error.

    Hands out a descriptor of the standard error itself, and what lets through what was written so far.
    """
    try:
        screen = os.dup(2)
    except OSError:  # a program without a console has none
        yield 2, lambda: None
        return
    with tempfile.TemporaryFile() as held:

        def release() -> None:
            held.seek(0)
            os.write(screen, held.read())

        os.dup2(held.fileno(), 2)
        try:
            yield screen, release
        finally:
            os.dup2(screen, 2)
            os.close(screen)


def refusal(said: Sequence[str], variables: Mapping[str, str], arguments: Sequence[str] = ()) -> str:
    """Why Qt could not begin.

    Args:
        said: its messages. variables: of the environment. arguments: the program's.
    """
    text = "\n".join(said)
    platform = dict(pairwise(arguments)).get("-platform", variables.get("QT_QPA_PLATFORM", ""))
    display, wayland = variables.get("DISPLAY", ""), variables.get("WAYLAND_DISPLAY", "")
    refused = _REFUSED_DISPLAY.search(text)
    if not (platform or display or wayland):
        why = "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    elif refused is not None:
        why = f"the display {shown(refused[1])} does not answer: set DISPLAY to one that does"
    elif missing := _missing_libraries(text):
        why = f"system libraries that Qt needs are missing ({', '.join(missing)}): install them, as `make setup` does"
    elif "Could not find the Qt platform plugin" in text and platform:
        why = f"Qt knows no platform {shown(platform)}: unset QT_QPA_PLATFORM"
    elif wayland and not display:
        why = f"the display WAYLAND_DISPLAY={shown(wayland)} does not answer, and DISPLAY is not set"
    else:
        why = shown(f"Qt cannot use DISPLAY={display} WAYLAND_DISPLAY={wayland} QT_QPA_PLATFORM={platform}")
    return f"the window cannot open: {why}"


def _missing_libraries(text: str) -> list[str]:
    """Libraries of the system that Qt's plugins need and that are not there; none where a plugin was loaded."""
    if "even though it was found" not in text and "Cannot load library" not in text:
        return []
    from explorer.studio.commands.doctor import system_libraries

    return [name for name, found in system_libraries().items() if not found]
