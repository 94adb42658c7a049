"""Ways out of the window: the figure, the result image, the embedding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from explorer.studio.app.workbench import Workbench
from explorer.studio.faces.state import SELECTED
from explorer.studio.faces.vectors import exact_numbers
from explorer.studio.inversion.state import RUN
from explorer.studio.leakage.state import PROBING
from explorer.studio.variation.state import VARIATION
from explorer.ui.base.file_dialogs import ask_save
from explorer.ui.base.proposed import run_file, selected_file, target_part
from explorer.ui.base.window import Window
from explorer.ui.faces.selected import selected_vector

if TYPE_CHECKING:
    from explorer.ui.composer.dialog import Composer

FIGURES = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
FILMS = "MP4 (*.mp4);;GIF (*.gif)"
TABLES = "CSV (*.csv);;Parquet (*.parquet)"
EMBEDDINGS = "NumPy (*.npy);;CSV (*.csv);;JSON (*.json)"


class ExportService(QObject):
    """Asks where to, and hands the rest to the workbench."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._dispatcher = window.dispatcher
        self._window = window
        self._composer: Composer | None = None

    def figure(self) -> None:
        """Ask for a file and whether the photograph may be in it, and write the figure."""
        run = self._dispatcher.session[RUN]
        if run is None or run.result is None:
            self._dispatcher.send(
                lambda app: app.inversion.export_figure(Path("figure.png"))
            )  # the workbench says why not
            return
        path = self._figure_file(run_file(self._dispatcher.session, run, ".png"))
        shown = None if path is None else run.target_frame is not None and self.with_photograph()
        if path is not None and shown is not None:
            self._dispatcher.send(lambda app: app.inversion.export_figure(path, shown))

    def film(self) -> None:
        """Ask for a file and whether the photograph may be in it, and write the film of the run in view."""
        session = self._dispatcher.session
        run = session[RUN]
        if run is None or run.result is None:
            return
        path = ask_save(self._window, "exports", "Export film", run_file(session, run, ".mp4"), FILMS)
        shown = None if path is None else run.target_frame is not None and self.with_photograph()
        if path is None or shown is None:
            return
        from explorer.studio.composer.composition import Composition  # the window paints first

        mark = self._window.mark.isChecked()
        asked = Composition(layout="film", runs=(run.key,), source=shown, mark=mark)
        self._dispatcher.send(lambda app: app.composer.export(path, asked))

    def embedding(self) -> None:
        """Ask for a file and write the selected embedding, with its record beside it."""
        session = self._dispatcher.session
        key = session[SELECTED]
        if key is None:
            return
        path = ask_save(self._window, "exports", "Export embedding", selected_file(session, ".npy"), EMBEDDINGS)
        if path is not None:
            self._dispatcher.send(lambda app: app.faces.export_embedding(path, key))

    def compose(self) -> None:
        """Open the figure composer."""
        from explorer.ui.composer.dialog import (
            Composer,  # brings matplotlib's part of the program, which the start leaves
        )

        if self._composer is None:
            self._composer = Composer(self._window)
            self._composer.destroyed.connect(self._composer_gone)
            self._composer.show()
        self._composer.raise_()
        self._composer.activateWindow()

    def leave(self) -> None:
        """Close the composer, if it is open: behind the window's end there is no engine to draw its preview."""
        if self._composer is not None:
            self._composer.reject()

    def _composer_gone(self) -> None:
        self._composer = None

    def variation(self, mark: bool) -> None:
        """Likewise for the figure of several inversions; `mark` says whether reconstructions say that they are."""
        state = self._dispatcher.session[VARIATION]
        if state is None or state.result is None:
            return
        session = self._dispatcher.session
        path = self._figure_file(f"{target_part(session, state.target)}-{state.target.record.encoder}-variation.png")
        if path is None:
            return
        shown = state.target.frame is not None and self.with_photograph()
        if shown is not None:
            self._dispatcher.send(lambda app: app.variation.export(path, shown, mark))

    def readouts(self, table: bool) -> None:
        """Write what the probes read as a table, or as a figure."""
        session = self._dispatcher.session
        if table:
            path = ask_save(self._window, "exports", "Export table", selected_file(session, "readouts.csv"), TABLES)
            if path is not None:
                self._dispatcher.send(lambda app: app.probes.export(path))
            return
        drawn = self._figure_file(selected_file(session, "readouts.png"))
        read = self._dispatcher.session[PROBING].face
        if drawn is None or read is None:
            return
        shown = read.now.frame is not None and self.with_photograph("landmarks and colours alone")
        if shown is not None:
            self._dispatcher.send(lambda app: app.probes.export(drawn, shown))

    def _figure_file(self, name: str) -> Path | None:
        """Ask for the figure's file; None where the user thinks better of it."""
        return ask_save(self._window, "exports", "Export figure", name, FIGURES)

    def with_photograph(self, otherwise: str = "the reconstruction alone") -> bool | None:
        """Ask whether the photograph may be in the figure; None where the user thinks better of it."""
        question = QMessageBox(self._window)
        question.setWindowTitle("Likeness")
        question.setText("Put the photograph into what is exported?")
        question.setInformativeText(f"A face is biometric data. Without it, the file shows {otherwise}.")
        without = question.addButton("Without photograph", QMessageBox.ButtonRole.AcceptRole)
        with_it = question.addButton("With photograph", QMessageBox.ButtonRole.AcceptRole)
        question.addButton(QMessageBox.StandardButton.Cancel)
        question.setDefaultButton(without)
        question.exec()
        return question.clickedButton() is with_it if question.clickedButton() in (without, with_it) else None

    def vector(self) -> None:
        """Copy the selected embedding under the chosen encoder as JSON."""
        vector = selected_vector(self._dispatcher.session)
        if vector is None:
            self._dispatcher.send(Workbench.notify, "info", "Nothing to copy", "select a face or an embedding first")
            return
        QGuiApplication.clipboard().setText(json.dumps(exact_numbers(vector)))
