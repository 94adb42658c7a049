"""Ways out of the 3D view: mesh, texture maps, figure, film."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.ui.base.dispatcher import CommandDispatcher

MESHES = "GLB with texture (*.glb);;OBJ with texture (*.obj);;PLY (*.ply)"
FIGURES = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
FILMS = "MP4 (*.mp4);;GIF (*.gif)"


class ViewExport(QObject):
    """Asks where to, and hands the rest to the workbench."""

    def __init__(self, dispatcher: CommandDispatcher, window: QWidget) -> None:
        super().__init__(window)
        self._dispatcher, self._window = dispatcher, window

    def mesh(self) -> None:
        """Write the mesh as it is in view."""
        path = self._file("Export mesh", "likeness-face.glb", MESHES)
        if path is not None:
            self._dispatcher.send(lambda workbench: workbench.views.export_view(path))

    def film(self) -> None:
        """Write a film of the head turning around."""
        path = self._file("Export film", "likeness-turntable.mp4", FILMS)
        if path is not None:
            self._dispatcher.send(lambda workbench: workbench.views.export_view(path))

    def figure(self) -> None:
        """Write figure 5.16 of every fitted photograph."""
        path = self._file("Export figure", "likeness-fit.png", FIGURES)
        if path is not None:
            self._dispatcher.send(lambda workbench: workbench.views.export_figure(path))

    def maps(self) -> None:
        """Write the texture maps into a folder."""
        chosen = QFileDialog.getExistingDirectory(self._window, "Export texture maps into a folder")
        if chosen:
            self._dispatcher.send(lambda workbench: workbench.views.export_maps(Path(chosen)))

    def _file(self, title: str, name: str, kinds: str) -> Path | None:
        chosen, kind = QFileDialog.getSaveFileName(self._window, title, name, kinds)
        if not chosen:
            return None
        suffixes = [part.split("*")[1].rstrip(")") for part in kinds.split(";;")]
        path = Path(chosen)
        if path.suffix.lower() in suffixes:
            return path
        return path.with_name(path.name + kind.split("*")[1].rstrip(")"))
