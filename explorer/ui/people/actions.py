"""What is done with the person in view."""

from __future__ import annotations

from explorer.studio.people.state import PERSON
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window


def _nobody(window: Window) -> str:
    return "" if window.dispatcher.session[PERSON].scene is not None else "nobody is drawn: open the People panel"


def _not_sent(window: Window) -> str:
    workbench = window.dispatcher.workbench
    if workbench is None:
        return "the program is still starting"
    from explorer.studio.people.pictures_controller import PicturesController  # the window paints first

    return _nobody(window) or workbench.controller(PicturesController).why_not_sent()


def _next(window: Window) -> None:
    from explorer.studio.people.person_controller import PersonController

    window.dispatcher.send(lambda app: app.controller(PersonController).show_next())


def _random(window: Window) -> None:
    from explorer.studio.people.person_controller import PersonController

    window.dispatcher.send(lambda app: app.controller(PersonController).show_random())


def _send(window: Window) -> None:
    from explorer.studio.people.pictures_controller import PicturesController

    window.dispatcher.send(lambda app: app.controller(PicturesController).send_to_faces())


def _export(window: Window) -> None:
    from explorer.ui.people.exporting import export_person  # the window paints first

    export_person(window)


def _save(window: Window) -> None:
    from explorer.ui.people.exporting import save_scene

    save_scene(window)


def _open(window: Window) -> None:
    from explorer.ui.people.exporting import open_scene

    open_scene(window)


def _make_set(window: Window) -> None:
    from explorer.ui.people.exporting import make_set

    make_set(window)


ACTIONS = (
    ActionSpec(
        "person_next",
        "Next person",
        "Draw the person of the next seed in the People panel",
        _next,
        disabled_reason=_nobody,
    ),
    ActionSpec(
        "person_random",
        "Random person",
        "Draw somebody of a random seed in the People panel",
        _random,
        icon="dice",
        disabled_reason=_nobody,
    ),
    ActionSpec(
        "person_to_faces",
        "Send person to Faces",
        "Open the drawn picture as a photograph, with what is true of it beside what is read",
        _send,
        icon="send",
        disabled_reason=_not_sent,
    ),
    ActionSpec(
        "open_scene",
        "Open scene of a person…",
        "Open a scene that was saved, or the JSON beside a person's picture",
        _open,
        menu="File",
        group="open",
        icon="open",
    ),
    ActionSpec(
        "save_scene",
        "Save scene of a person…",
        "Save the whole description of the person in view and of their picture",
        _save,
        menu="File",
        group="export",
        icon="save",
        disabled_reason=_nobody,
    ),
    ActionSpec(
        "export_person",
        "Export person…",
        "Write the drawn picture with what is true of it, and its maps",
        _export,
        menu="File",
        group="export",
        icon="export",
        disabled_reason=_nobody,
    ),
    ActionSpec(
        "make_people_set",
        "Make a set of people…",
        "Have a data set of drawn people made, with every label, as one of the Batch panel's jobs",
        _make_set,
        menu="File",
        group="export",
        icon="samples",
    ),
)
