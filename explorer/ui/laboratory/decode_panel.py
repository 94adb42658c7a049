"""The Decode dock: what an encoder saw, drawn at one stroke, of whatever is looked at."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.studio.faces.state import FACES, SELECTED, VECTORS
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.laboratory.decode_controller import DecodeController
from explorer.studio.laboratory.decode_state import DECODE
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import IMAGES_MS, Throttle
from explorer.ui.base.wording import sentence, shortened
from explorer.ui.widgets.captioned import CaptionedImage
from explorer.ui.widgets.saving import report_saving

HINT = "Select a face, or point at one in the gallery or on the map."
NOTE = "What a small network learnt to draw of such embeddings: coarse, at once, and no photograph."


class DecodePanel(QWidget):
    """Draws `session[DECODE]`; embeddings are decoded while the panel can be seen."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self.picture = CaptionedImage("Decode", HINT, reconstruction=True)
        report_saving(self.picture.view, dispatcher)
        self.note = QLabel(NOTE)
        self.note.setObjectName("faint")
        self.note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.setSpacing(6)
        layout.addWidget(self.picture, 1)
        layout.addWidget(self.note)
        self._refresh = Throttle(self._draw, IMAGES_MS, self)
        self.observer = Observer(dispatcher.session)
        for field in (DECODE, SELECTED, FACES, VECTORS):
            self.observer.watch(field, lambda _: self._refresh.poke())

    def set_watched(self, on: bool) -> None:
        """Have embeddings decoded while the picture can be seen, and none otherwise."""
        self._dispatcher.send(lambda app: app.controller(DecodeController).watch(on))

    def set_mark(self, on: bool) -> None:
        """Mark the picture as a reconstruction, or not."""
        self.picture.view.set_mark(on)

    def _draw(self) -> None:
        state = self._dispatcher.session[DECODE]
        shown = state.shown
        self.picture.view.set_hint(sentence(state.remark) if state.remark else HINT)
        self.picture.view.set_pixels(None if shown is None else shown.picture)
        self.note.setVisible(shown is not None)
        title, detail = "Decode", ""
        if shown is not None:
            title = f"{shortened(self._name(shown.key), 28)}{', as edited' if shown.edited else ''}"
            detail = shown.encoder
        self.picture.title.setText(title)
        self.picture.detail.setText(detail)

    def _name(self, key: str) -> str:
        """As the face, vector or face of the gallery is called."""
        session = self._dispatcher.session
        loaded = session[FACES].get(key) or session[VECTORS].get(key)
        if loaded is not None:
            return loaded.name
        listing = session[BROWSING].listing
        return listing.names[listing.places[key]] if key in listing.places else "a face"
