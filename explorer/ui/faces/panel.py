"""The Faces dock: what is loaded, which face is meant, and its five points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.studio.faces.state import (
    FACES,
    PHOTOGRAPHS,
    SELECTED,
    VECTORS,
    LoadedFace,
    LoadedPhotograph,
    LoadedVector,
)
from explorer.studio.faces.vectors import norm_of
from explorer.ui.base import icons, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.base.wording import shortened
from explorer.ui.faces.face_list import FaceList
from explorer.ui.faces.photograph_view import PhotographView
from explorer.ui.faces.points_dialog import PointsDialog
from explorer.ui.widgets.button_row import ButtonRow
from explorer.ui.widgets.saving import report_saving

HINT = "Drop a photograph here,\nor open a sample"


class FacesPanel(QWidget):
    """Draws photographs, faces and vectors of the session.

    Attributes:
        photograph_key: of the photograph in view.
    """

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.photograph_key: str | None = None
        self.view = PhotographView(HINT)
        self.view.setMinimumHeight(90)
        report_saving(self.view, dispatcher)
        self.caption = QLabel()
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        self.place = QPushButton("Place points")
        self.place.setToolTip("Place or move the five points of this face by hand")
        icons.attach(self.place, "points")
        self.list = FaceList(dispatcher, actions["forget"])
        below = QHBoxLayout()
        below.addWidget(self.caption, 1)
        below.addWidget(self.place, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 8)
        layout.setSpacing(8)
        layout.addWidget(_buttons(actions))
        layout.addWidget(self.view, 3)
        layout.addLayout(below)
        layout.addWidget(self.list, 2)
        self.view.picked.connect(lambda key: dispatcher.send(lambda app: app.faces.select_face(key)))
        self.place.clicked.connect(self.edit_points)
        self.list.photograph_chosen.connect(self._show_photograph)
        self.list.edit_asked.connect(self.edit_points)
        self._known: frozenset[str] = frozenset()
        self._refresh = Throttle(self._draw, CURVES_MS // 3, self)
        self.observer = Observer(dispatcher.session)
        self.observer.watch(PHOTOGRAPHS, self._photographs_changed)
        for field in (FACES, VECTORS):
            self.observer.watch(field, lambda _: self._refresh.poke())
        self.observer.watch(SELECTED, self._selection_changed)

    def remove(self) -> None:
        """Take the selected face or vector out of the session."""
        key = self._dispatcher.session[SELECTED]
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
            self.photograph_key = new[-1]
        elif self.photograph_key not in photographs:
            self.photograph_key = next(reversed(list(photographs)), None)
        self._refresh.poke()

    def _selection_changed(self, key: str | None) -> None:
        face = self._dispatcher.session[FACES].get(key or "")
        if face is not None:
            self.photograph_key = face.photograph_key
        self._refresh.poke()

    def _show_photograph(self, key: str) -> None:
        self.photograph_key = key
        self._refresh.poke()

    def _draw(self) -> None:
        session = self._dispatcher.session
        vector = session[VECTORS].get(session[SELECTED] or "")
        photograph = None if vector is not None else session[PHOTOGRAPHS].get(self.photograph_key or "")
        faces = [face for face in session[FACES].values() if photograph and face.photograph_key == photograph.key]
        self.view.set_hint(HINT if vector is None else f"A bare embedding of {vector.encoder}: there is no photograph.")
        self.view.set_photograph(photograph, faces, session[SELECTED])
        self.place.setEnabled(photograph is not None)
        self.caption.setText(_caption(photograph, faces, session[SELECTED], vector))
        self.list.draw()


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


def _caption(
    photograph: LoadedPhotograph | None, faces: Sequence[LoadedFace], selected: str | None, vector: LoadedVector | None
) -> str:
    if vector is not None:
        known = f"{len(vector.vector)} numbers of {vector.encoder}, length {norm_of(vector.vector):.4g}"
        return f"{shortened(vector.name)}: {known}"
    if photograph is None:
        return "Nothing is loaded."
    if not faces:
        return "No face was found. Place its five points by hand."
    if len(faces) == 1:
        by_hand = ", points placed by hand" if faces[0].face.by_hand else ""
        return f"{shortened(photograph.photograph.name)}{by_hand}"
    if selected not in {face.key for face in faces}:
        return f"{len(faces)} faces: click one to choose it."
    return f"{shortened(photograph.photograph.name)}: {len(faces)} faces, one chosen"
