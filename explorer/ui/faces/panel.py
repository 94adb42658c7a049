"""The Faces dock: what is loaded, which face is meant, and its five points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.studio.faces.plausibility import remark_on
from explorer.studio.faces.state import (
    EMBEDDINGS,
    FACES,
    OPENING,
    PHOTOGRAPHS,
    SELECTED,
    VECTORS,
    LoadedFace,
    LoadedPhotograph,
    LoadedVector,
    Opening,
)
from explorer.studio.faces.vectors import norm_of
from explorer.ui.base import icons, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.base.wording import shortened
from explorer.ui.faces import face_menu
from explorer.ui.faces.face_list import FaceList
from explorer.ui.faces.photograph_view import PhotographView
from explorer.ui.faces.points_dialog import PointsDialog
from explorer.ui.widgets.button_row import ButtonRow
from explorer.ui.widgets.saving import report_saving

HINT = "Drop a photograph here,\nor open a sample"


class FacesPanel(QWidget):
    """Draws photographs, faces and vectors of the session."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._looked_at: str | None = None
        self.view = PhotographView(HINT, lambda menu: face_menu.fill(menu, actions, face_menu.FACE))
        self.view.setMinimumHeight(90)
        report_saving(self.view, dispatcher)
        self.caption = QLabel()
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        self.remark = QLabel("Not face-like; the tip says why.")
        self.remark.setObjectName("warn")
        self.remark.setWordWrap(True)
        self.remark.hide()
        self.place = QPushButton("Place points")
        self.place.setToolTip("Place or move the five points of this face by hand")
        icons.attach(self.place, "points")
        self.list = FaceList(dispatcher, actions)
        below = QHBoxLayout()
        below.addWidget(self.caption, 1)
        below.addWidget(self.place, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 8)
        layout.setSpacing(8)
        layout.addWidget(_buttons(actions))
        layout.addWidget(self.view, 3)
        layout.addLayout(below)
        layout.addWidget(self.remark)
        layout.addWidget(self.list, 2)
        self.view.picked.connect(lambda key: dispatcher.send(lambda app: app.faces.select_face(key)))
        self.place.clicked.connect(self.edit_points)
        self.list.photograph_chosen.connect(self._show_photograph)
        self.list.edit_asked.connect(self.edit_points)
        self._known: frozenset[str] = frozenset()
        self._refresh = Throttle(self._draw, CURVES_MS // 3, self)
        self.observer = Observer(dispatcher.session)
        self.observer.watch(PHOTOGRAPHS, self._photographs_changed)
        for field in (FACES, VECTORS, EMBEDDINGS, OPENING, SELECTED):
            self.observer.watch(field, lambda _: self._refresh.poke())

    @property
    def photograph_key(self) -> str | None:
        """Of the photograph in view: that of the selected face, and while nothing is selected the one looked at."""
        session = self._dispatcher.session
        face = session[FACES].get(session[SELECTED] or "")
        if face is not None:
            return face.photograph_key
        if session[SELECTED] in session[VECTORS]:
            return None
        return self._looked_at

    def remove(self) -> None:
        """Take the selected face or vector out of the session, or a photograph in view that has no face."""
        key = self._dispatcher.session[SELECTED] or self.photograph_key
        if key is not None:
            self._dispatcher.send(lambda app: app.faces.close_face(key))

    def edit_points(self) -> None:
        """Open the dialog that places the five points: of the selected face, or of a new one."""
        session = self._dispatcher.session
        photograph = session[PHOTOGRAPHS].get(self.photograph_key or "")
        if photograph is None:
            return
        face = session[FACES].get(session[SELECTED] or "")
        if face is not None and face.photograph_key != photograph.key:
            face = None
        dialog = PointsDialog(photograph.photograph.pixels, None if face is None else face.face.points, self.window())
        key = None if face is None else face.key

        def place(points: NDArray[np.float64]) -> None:
            self._dispatcher.send(lambda app: app.faces.place_points(photograph.key, points, key))

        dialog.placed.connect(place)
        dialog.open()

    def _photographs_changed(self, photographs: Mapping[str, LoadedPhotograph]) -> None:
        new = [key for key in photographs if key not in self._known]
        self._known = frozenset(photographs)
        if new:
            self._looked_at = new[-1]
        elif self._looked_at not in photographs:
            self._looked_at = next(reversed(list(photographs)), None)
        self._refresh.poke()

    def _show_photograph(self, key: str) -> None:
        self._looked_at = key
        self._refresh.poke()

    def _draw(self) -> None:
        session = self._dispatcher.session
        vector = session[VECTORS].get(session[SELECTED] or "")
        photograph = session[PHOTOGRAPHS].get(self.photograph_key or "")
        faces = [face for face in session[FACES].values() if photograph and face.photograph_key == photograph.key]
        self.view.set_hint(_hint(vector, session[OPENING]))
        self.view.set_photograph(photograph, faces, session[SELECTED])
        self.place.setEnabled(photograph is not None)
        self.place.setVisible(photograph is not None)
        caption = _caption(photograph, faces, session[SELECTED], vector)
        self.caption.setText(caption)
        self.caption.setVisible(bool(caption))
        chosen = session[FACES].get(session[SELECTED] or "")
        remark = "" if chosen is None else remark_on(chosen.face, session[EMBEDDINGS].get(chosen.key, {}))
        self.remark.setVisible(bool(remark))
        self.remark.setToolTip(f"{remark}.\nWhatever is read from this embedding, or made of it, is hardly of a face.")
        self.list.draw(self.photograph_key)


def _buttons(actions: Mapping[str, QAction]) -> ButtonRow:
    buttons: list[QToolButton] = []
    for name, text in (("open", "Open"), ("paste", "Paste"), ("samples", "Samples"), ("open_vector", "Vector")):
        button = QToolButton()
        button.setObjectName("button")
        actions[name].setIconText(text)
        button.setDefaultAction(actions[name])
        button.setText(text)
        button.setIconSize(QSize(14, 14))
        text_size.small(button)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        buttons.append(button)
    bar = ButtonRow(buttons, spacing=4)
    for button in buttons:
        bar.row.addWidget(button)
    return bar


def _hint(vector: LoadedVector | None, opening: Sequence[Opening]) -> str:
    if vector is not None:
        return f"A bare embedding of {vector.encoder}: there is no photograph."
    return f"Opening {shortened(opening[0].name)}…" if opening else HINT


def _caption(
    photograph: LoadedPhotograph | None, faces: Sequence[LoadedFace], selected: str | None, vector: LoadedVector | None
) -> str:
    if vector is not None:
        known = f"{len(vector.vector)} numbers of {vector.encoder}, norm {norm_of(vector.vector):.4g}"
        return f"{shortened(vector.name)}: {known}"
    if photograph is None:
        return ""  # the picture's place says what to do
    if not faces:
        return "No face was found. Place its five points by hand."
    if len(faces) == 1:
        by_hand = ", points placed by hand" if faces[0].face.by_hand else ""
        return f"{shortened(photograph.photograph.name)}{by_hand}"
    if selected not in {face.key for face in faces}:
        return f"{len(faces)} faces: click one to choose it."
    return f"{shortened(photograph.photograph.name)}: {len(faces)} faces, one chosen"
