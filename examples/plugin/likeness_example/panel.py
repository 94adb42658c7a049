"""A panel: how long the embeddings of the selected face are. It draws what the session holds, and keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window

if TYPE_CHECKING:
    from explorer.studio.session.state import Session


class LengthsPanel(QWidget):
    """Lists encoders with the length of the selected face's embedding.

    The window lets go of `observer` when it closes; what a face has left behind goes with the face.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        from explorer.studio.faces.state import EMBEDDINGS, SELECTED
        from explorer.ui.base.observe import Observer

        self._session = session
        self.text = QLabel()
        self.text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.addWidget(self.text)
        layout.addStretch()
        self.observer = Observer(session)
        for slice_ in (EMBEDDINGS, SELECTED):
            self.observer.watch(slice_, lambda _: self._draw())

    def _draw(self) -> None:
        from explorer.studio.faces.state import EMBEDDINGS, SELECTED

        vectors = self._session[EMBEDDINGS].get(self._session[SELECTED] or "", {})
        lines = [f"{encoder}: {float((vector**2).sum() ** 0.5):.2f}" for encoder, vector in vectors.items()]
        self.text.setText("\n".join(lines) or "Select a face")


def _lengths(window: Window) -> QWidget:
    return LengthsPanel(window.dispatcher.session)


PANEL = UiFeature(
    name="example-lengths",
    docks=(DockSpec("example_lengths", "Lengths", _lengths, "bottom", "How long the face's embeddings are"),),
)
