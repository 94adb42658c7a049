"""Asking for files: every dialog begins in the folder where a file of its kind was last."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.studio.config.recent import Kind
from explorer.ui.base.paths import found_path
from explorer.ui.base.recent import recent_of


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

    Args:
        name: that is proposed, or a path.
        kinds: such as "PNG (*.png);;JPEG (*.jpg *.jpeg)".
    """
    start = _start(parent, kind)
    proposed = str(Path(start) / name) if start else name
    chosen, picked = QFileDialog.getSaveFileName(parent, title, proposed, kinds)
    return _noted(parent, kind, with_ending(Path(chosen), kinds, picked)) if chosen else None


def with_ending(path: Path, kinds: str, picked: str) -> Path:
    """A path with one of the kinds' endings: that of the one picked, or of the first, where it has none."""
    if path.suffix.lower() in _endings(kinds):
        return path
    return path.with_name(path.name + _endings(picked if _endings(picked) else kinds)[0])


def _endings(kinds: str) -> list[str]:
    return [ending.lower() for ending in re.findall(r"\*(\.\w+)", kinds)]


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
