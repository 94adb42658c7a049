"""Asks where rows of the laboratory go, and hands the rest to the workbench."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox

from explorer.studio.laboratory.chosen import fresh_rows
from explorer.studio.laboratory.controller import LaboratoryController
from explorer.studio.laboratory.requests import Written
from explorer.ui.base.file_dialogs import ask_save
from explorer.ui.base.proposed import face_part
from explorer.ui.base.window import Window
from explorer.ui.composer.exporting import EMBEDDINGS, FIGURES, TABLES

PICTURES = "PNG (*.png)"


def export_rows(window: Window, what: str, key: str | None = None) -> None:
    """Ask for a file, and whether photographs may be in it, and write rows.

    Args:
        what: "figure", "table" or, of one attacked face, "picture". key: of the one face; all rows where None.
    """
    rows = fresh_rows(window.dispatcher.session, key)
    if not rows:
        window.dispatcher.send(lambda app: app.notify("info", "There is nothing to export yet", "choose faces first"))
        return
    if what != "table" and not _agreed(window, len(rows)):
        return
    operation = rows[0].choice.operation
    several = "NumPy (*.npy)" if len(rows) > 1 else EMBEDDINGS
    kinds = {"figure": FIGURES, "picture": PICTURES, "table": several if operation == "modify" else TABLES}[what]
    part = face_part(rows[0].whose.name) if len(rows) == 1 else "faces"
    ending = {"figure": ".png", "picture": ".png", "table": ".npy" if operation == "modify" else ".csv"}[what]
    name = f"{part}-{rows[0].encoder}-{operation}{ending}"
    path = ask_save(window, "exports", "Export from the laboratory", name, kinds)
    if path is None:
        return
    written: Written = "pictures" if what == "picture" else "rows"
    mark = window.mark.isChecked()
    window.dispatcher.send(lambda app: app.controller(LaboratoryController).export(path, key, written, mark=mark))


def _agreed(window: Window, count: int) -> bool:
    """Whether the photographs may be in what is written."""
    question = QMessageBox(window)
    question.setWindowTitle("Likeness")
    question.setText("The file shows the photograph." if count == 1 else "The file shows the photographs.")
    question.setInformativeText("A face is biometric data. The numbers alone can be exported as a table instead.")
    with_it = question.addButton("Export", QMessageBox.ButtonRole.AcceptRole)
    question.addButton(QMessageBox.StandardButton.Cancel)
    question.exec()
    agreed = question.clickedButton() is with_it
    question.deleteLater()
    return agreed
