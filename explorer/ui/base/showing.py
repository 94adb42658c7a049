"""Showing a file that was written where it lies, in the system's own file manager."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices


def show_in_folder(path: Path) -> bool:
    """Open the folder of a file, or a folder itself, with the file chosen where the system can do that.

    Returns:
        Whether the system took it.
    """
    path = path.absolute()
    if path.is_file() and sys.platform == "darwin":
        return bool(QProcess.startDetached("open", ["-R", str(path)])[0])
    if path.is_file() and sys.platform == "win32":
        return bool(QProcess.startDetached("explorer", ["/select,", str(path)])[0])
    folder = path if path.is_dir() else next((one for one in path.parents if one.is_dir()), path.parent)
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
