"""Asks where a drawn person goes, and hands the rest to the workbench."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QMessageBox

from explorer.studio.people.person_controller import PersonController
from explorer.studio.people.pictures_controller import PicturesController, name_of_picture
from explorer.studio.people.state import PERSON
from explorer.ui.base.file_dialogs import ask_open, ask_save
from explorer.ui.base.window import Window
from explorer.ui.people.set_dialog import SetDialog

PICTURES = "PNG (*.png)"
SCENES = "Scene (*.json)"
SOURCES = "Scenes and pictures of drawn people (*.json *.png);;All files (*)"


def export_person(window: Window) -> None:
    """Ask for a file, and whether maps go beside it."""
    maps = _with_maps(window)
    if maps is None:
        return
    path = ask_save(window, "exports", "Export the person", f"{_stem(window)}.png", PICTURES)
    if path is not None:
        window.dispatcher.send(lambda app: app.controller(PicturesController).export(path, maps=maps))


def save_scene(window: Window) -> None:
    """Ask for a file, and write the scene."""
    path = ask_save(window, "exports", "Save the scene", f"{_stem(window)}-scene.json", SCENES)
    if path is not None:
        window.dispatcher.send(lambda app: app.controller(PersonController).save_scene(path))


def open_scene(window: Window) -> None:
    """Ask for a file, and show its scene in the People panel."""
    path = ask_open(window, "exports", "Open a scene", SOURCES)
    if path is not None:
        window.bring("people")
        window.dispatcher.send(lambda app: app.controller(PersonController).open_scene(path))


def make_set(window: Window) -> None:
    """Ask which set, and put it into the queue of the Batch panel."""
    choice = window.dispatcher.session[PERSON]
    dialog = SetDialog(window, choice.seed, choice.rendering.size)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    settings, out = dialog.settings(), dialog.out()
    dialog.deleteLater()
    if accepted:
        window.dispatcher.send(lambda app: app.batches.add_set(settings, out))
        window.bring("batch")


def _stem(window: Window) -> str:
    return name_of_picture(window.dispatcher.session[PERSON]).replace(", ", "-").replace(" ", "-")


def _with_maps(window: Window) -> bool | None:
    """Whether maps are written, too; None where nothing is."""
    question = QMessageBox(window)
    question.setWindowTitle("Likeness")
    question.setText("Write the picture with what is true of it, or its maps as well?")
    question.setInformativeText(
        "Beside the picture goes a JSON file: the scene, and 68 landmarks with which of them are seen. Maps are depth, "
        "normals, segments and what of the skin's map is seen, as NumPy arrays (.npz)."
    )
    plain = question.addButton("Picture", QMessageBox.ButtonRole.AcceptRole)
    with_maps = question.addButton("Picture and maps", QMessageBox.ButtonRole.AcceptRole)
    question.addButton(QMessageBox.StandardButton.Cancel)
    question.exec()
    clicked = question.clickedButton()
    question.deleteLater()
    if clicked is with_maps:
        return True
    return False if clicked is plain else None
