"""What can be done with the selected face, besides inverting it."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog

from explorer.studio.faces.state import FACES, SELECTED, VECTORS
from explorer.studio.gallery.browsing import BROWSING, MOST_COMPARED
from explorer.ui.actions.conditions import nothing_selected
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window


def _others(window: Window) -> list[str]:
    """What the selected face would be compared with: faces chosen in the gallery first, then those of the session."""
    session = window.dispatcher.session
    browsing = session[BROWSING]
    known = dict.fromkeys((*browsing.chosen, *session[FACES], *session[VECTORS]))
    return [key for key in known if key != session[SELECTED]][: MOST_COMPARED - 1]


def _cannot_compare(window: Window) -> str:
    return nothing_selected(window) or ("" if _others(window) else "there is no other face: open a second one")


def _compare(window: Window) -> None:
    key = window.dispatcher.session[SELECTED]
    if key is None:
        return
    chosen = [key, *_others(window)]
    window.dispatcher.send(lambda app: app.gallery.choose(chosen))
    window.bring("compare")


def _no_face(window: Window) -> str:
    session = window.dispatcher.session
    return nothing_selected(window) or (
        "" if session[SELECTED] in session[FACES] else "a bare embedding has no picture"
    )


def _rename(window: Window) -> None:
    session = window.dispatcher.session
    key = session[SELECTED] or ""
    known = session[FACES].get(key) or session[VECTORS].get(key)
    if known is None:
        return
    name, agreed = QInputDialog.getText(
        window, "Rename", "Name in this session; the file keeps its own:", text=known.name
    )
    if agreed:
        window.dispatcher.send(lambda app: app.faces.rename(key, name))


ACTIONS = (
    ActionSpec(
        "rename",
        "Rename…",
        "Call the selected face or embedding by another name in this session; undo brings the old one back",
        _rename,
        menu="Edit",
        group="faces",
        shortcut="F2",
        disabled_reason=nothing_selected,
    ),
    ActionSpec(
        "face_compare",
        "Compare with others",
        "Lay the selected face beside those chosen in the gallery, or beside the others of the session",
        _compare,
        menu="Edit",
        group="faces",
        disabled_reason=_cannot_compare,
    ),
    ActionSpec(
        "face_3d",
        "Show in 3D",
        "Bring the 3D face of the selected photograph into view",
        lambda window: window.bring("3d_face"),
        menu="Edit",
        group="faces",
        icon="cube",
        disabled_reason=_no_face,
    ),
)
