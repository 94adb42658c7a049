"""Ways out of the 3D view: mesh, texture maps, figure, film."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.studio.geometry.state import VIEWING
from explorer.studio.inversion.state import RUN
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.file_dialogs import ask_folder, ask_save
from explorer.ui.base.proposed import run_file, selected_file

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
        path = self._file("Export mesh", "face.glb", MESHES)
        if path is not None:
            self._dispatcher.send(lambda workbench: workbench.views.export_view(path))

    def film(self) -> None:
        """Write a film of the head turning around."""
        path = self._file("Export film", "turntable.mp4", FILMS)
        if path is not None:
            self._dispatcher.send(lambda workbench: workbench.views.export_view(path))

    def figure(self) -> None:
        """Write figure 5.16 of every fitted photograph."""
        path = ask_save(self._window, "exports", "Export figure", "likeness-fit.png", FIGURES)
        if path is not None:
            self._dispatcher.send(lambda workbench: workbench.views.export_figure(path))

    def maps(self) -> None:
        """Write the texture maps into a folder."""
        chosen = ask_folder(self._window, "exports", "Export texture maps into a folder")
        if chosen is not None:
            self._dispatcher.send(lambda workbench: workbench.views.export_maps(chosen))

    def _file(self, title: str, what: str, kinds: str) -> Path | None:
        """Ask where to; the name that is proposed is of the face in view, or of the run whose picture was fitted."""
        session = self._dispatcher.session
        if session[VIEWING].subject == "reconstruction":
            name = run_file(session, session[RUN], what)
        else:
            name = selected_file(session, what, encoder=False)
        return ask_save(self._window, "exports", title, name, kinds)
