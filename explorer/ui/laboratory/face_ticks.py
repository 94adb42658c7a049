"""Small pictures of the open faces, to be ticked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QWidget

from explorer.studio.faces.state import FACES
from explorer.studio.laboratory.chosen import chosen_keys
from explorer.studio.laboratory.controller import LaboratoryController
from explorer.studio.laboratory.state import LAB
from explorer.ui.base import theme
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.thumbnails import thumbnail

SIDE = 40
IMPLIED = "the selected face; tick another to look at several"


class FaceTicks(QScrollArea):
    """A row of faces; a click ticks one or leaves it out. Where none is ticked, the selected face is framed faintly."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.buttons: dict[str, QToolButton] = {}
        self._drawn: dict[str, NDArray[np.uint8]] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("faces of the laboratory")
        self.setCornerWidget(QWidget())
        holder = QWidget()
        holder.setObjectName("scrolled")
        self._row = QHBoxLayout(holder)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setWidget(holder)
        self.setFixedHeight(SIDE + 10 + self.horizontalScrollBar().sizeHint().height())
        theme.themes.changed.connect(self._draw_anew)

    def draw(self) -> None:
        """Show the faces of the session, and which are ticked."""
        session = self._dispatcher.session
        faces, chosen, ticked = session[FACES], chosen_keys(session), session[LAB].faces
        self.drop_gone()
        for place, (key, face) in enumerate(faces.items()):
            button = self.buttons.get(key) or self._add(key, place)
            if self._drawn.get(key) is not face.thumbnail:
                self._drawn[key] = face.thumbnail
                button.setIcon(QIcon(thumbnail(face.thumbnail, SIDE, self.devicePixelRatioF())))
            implied = key in chosen and not ticked
            button.setToolTip(f"{face.name}\n{IMPLIED if implied else 'tick or untick'}")
            button.setAccessibleName(face.name)
            with QSignalBlocker(button):
                button.setChecked(key in chosen)

    def _add(self, key: str, place: int) -> QToolButton:
        button = self.buttons[key] = QToolButton()
        button.setObjectName("button")
        button.setCheckable(True)
        button.setIconSize(QSize(SIDE, SIDE))
        button.clicked.connect(lambda on: self._tick(key, on))
        self._row.insertWidget(place, button)
        return button

    def _tick(self, key: str, on: bool) -> None:
        ticked = self._dispatcher.session[LAB].faces
        # Another face beside the selected one, which was shown without a tick, leaves that one in view.
        shown = () if ticked else chosen_keys(self._dispatcher.session)
        for one in shown:
            if one != key:
                self._send(one, True)
        self._send(key, on)
        self.draw()

    def _send(self, key: str, on: bool) -> None:
        self._dispatcher.send(lambda app: app.controller(LaboratoryController).tick(key, on))

    def drop_gone(self) -> None:
        """Let go of faces that are not in the session any more."""
        faces = self._dispatcher.session[FACES]
        for key in [key for key in self.buttons if key not in faces]:
            button = self.buttons.pop(key)
            self._drawn.pop(key, None)
            self._row.removeWidget(button)
            button.deleteLater()

    def _draw_anew(self) -> None:
        self._drawn.clear()
        self.draw()
