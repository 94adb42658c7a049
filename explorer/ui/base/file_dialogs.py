"""Asking for files: every dialog begins in the folder where a file of its kind was last."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.studio.config.recent import Kind
from explorer.studio.faces.state import PHOTOGRAPHS, VECTORS
from explorer.ui.base.paths import found_path
from explorer.ui.base.recent import recent_of, window_of


def ask_open(parent: QWidget, kind: Kind, title: str, kinds: str) -> Path | None:
    """Ask for a file; None where the user thinks better of it. kinds: as Qt writes them, "PNG (*.png);;SVG (*.svg)"."""
    chosen, _ = QFileDialog.getOpenFileName(parent, title, _start(parent, kind), kinds)
    return _noted(parent, kind, found_path(Path(chosen))) if chosen else None


def ask_open_several(parent: QWidget, kind: Kind, title: str, kinds: str) -> list[Path]:
    """Ask for files; none where the user thinks better of it."""
    chosen, _ = QFileDialog.getOpenFileNames(parent, title, _start(parent, kind), kinds)
    return [_noted(parent, kind, found_path(Path(name))) for name in chosen]


def ask_folder(parent: QWidget, kind: Kind, title: str, start: str = "") -> Path | None:
    """Ask for a folder. start: where to begin, where that is known better."""
    chosen = QFileDialog.getExistingDirectory(parent, title, start or _start(parent, kind))
    if not chosen:
        return None
    folder = found_path(Path(chosen))
    _remember(parent, kind, folder)
    return folder


def ask_save(parent: QWidget, kind: Kind, title: str, name: str, kinds: str) -> Path | None:
    """Ask where to write; a name without one of the kinds' endings gets that of the kind that was chosen.

    A file that is open in the window is not written onto, whatever was answered about replacing it: that is said, and
    None returned.

    Args:
        name: that is proposed, or a path.
        kinds: such as "PNG (*.png);;JPEG (*.jpg *.jpeg)".
    """
    start = _start(parent, kind)
    proposed = str(Path(start) / name) if start else name
    chosen, picked = QFileDialog.getSaveFileName(parent, title, proposed, kinds)
    if not chosen:
        return None
    path = with_ending(Path(chosen), kinds, picked)
    return None if _refused(parent, path) else _noted(parent, kind, path)


def with_ending(path: Path, kinds: str, picked: str) -> Path:
    """A path with one of the kinds' endings: that of the one picked, or of the first, where it has none."""
    if path.suffix.lower() in _endings(kinds):
        return path
    return path.with_name(path.name + _endings(picked if _endings(picked) else kinds)[0])


def _endings(kinds: str) -> list[str]:
    return [ending.lower() for ending in re.findall(r"\*(\.\w+)", kinds)]


def _refused(parent: QWidget, path: Path) -> bool:
    """Whether a file is one that the window has open, by its content; if so that is said."""
    window = window_of(parent)
    if window is None or not path.is_file():
        return False
    session = window.dispatcher.session
    opened = {*session[PHOTOGRAPHS], *(one.sha256 for one in session[VECTORS].values())}
    try:
        with path.open("rb") as file:
            read = opened and hashlib.file_digest(file, "sha256").hexdigest() in opened
    except OSError:
        return False  # the writer says what is wrong
    if read:
        window.dispatcher.report("warning", "Nothing was written", f"{path} is open here: choose another name")
    return bool(read)


def _start(parent: QWidget, kind: Kind) -> str:
    recent = recent_of(parent)
    return "" if recent is None else recent.start(kind)


def _noted(parent: QWidget, kind: Kind, path: Path) -> Path:
    _remember(parent, kind, path.parent)
    return path


def _remember(parent: QWidget, kind: Kind, folder: Path) -> None:
    recent = recent_of(parent)
    if recent is not None:
        recent.remember(kind, folder)
