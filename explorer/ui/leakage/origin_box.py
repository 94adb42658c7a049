"""What is read: a photograph, or a face that was generated; answers are calibrated on such."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSignalBlocker

from explorer.science.leakage.readout import Origin
from explorer.studio.faces.state import SELECTED, VECTORS, origin_in_file, origin_of
from explorer.studio.session.state import Session
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.widgets.quiet import QuietComboBox

WORDS: dict[Origin, str] = {"photograph": "Photograph", "generated": "Generated"}
HINT = (
    "What is read: a photograph, as all that is not known, or a face that was generated. "
    "Answers are calibrated on such."
)
BY_FILE: dict[Origin, str] = {
    "photograph": "The file does not say that Likeness drew it.",
    "generated": "The file says that Likeness drew it.",
}
OF_VECTOR = "Of a bare embedding it is not known."
BY_USER = "This was your choice."


class OriginBox(QuietComboBox):
    """Shows what the selected embedding is of, and lets the user say otherwise."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self.setAccessibleName("what is read")
        for origin, words in WORDS.items():
            self.addItem(words, origin)
        self.setToolTip(HINT)
        self.activated.connect(lambda _: dispatcher.send(lambda app: app.probes.read_as(self._chosen())))

    def _chosen(self) -> Origin:
        return cast("Origin", self.currentData())

    def draw(self, session: Session) -> None:
        """Show what is selected, and whose word that is."""
        key = session[SELECTED]
        self.setEnabled(key is not None)
        origin = origin_of(session, key or "")
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(origin))
        if key is None:
            self.setToolTip(HINT)
            return
        in_file = origin_in_file(session, key)
        whose = [OF_VECTOR if key in session[VECTORS] else BY_FILE[in_file]]
        whose += [BY_USER] if origin != in_file else []
        self.setToolTip("\n".join([HINT, " ".join(whose)]))
