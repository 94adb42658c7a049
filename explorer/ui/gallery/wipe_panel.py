"""The Wipe dock: photograph and result in one frame under a line that is dragged, and where their colours differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.studio.gallery.browsing import BROWSING, GalleryViewState
from explorer.studio.inversion.state import RUN, RunState
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.gallery.wipe_view import WipeView
from explorer.ui.widgets.captioned import CaptionedImage
from explorer.ui.widgets.colour_scale import ColourScale
from explorer.ui.widgets.lens import Lens
from explorer.ui.widgets.saving import report_saving
from explorer.ui.widgets.zoom_view import ZoomView

HINT = "Invert a photograph's face:\nphotograph and result\nlie here in one frame"
NO_PHOTOGRAPH = "A bare embedding was inverted:\nthere is no photograph\nto lay the result upon"
NOTICED = (
    "Distance of the two colours at each pixel in CIELAB (CIE76), after both were brought into the common frame; "
    "2.3 is just noticed. It shows where pictures differ, not whether faces do."
)

Picture = NDArray[np.uint8]


class WipePanel(QWidget):
    """Draws the run in view against its photograph; both pictures are zoomed and panned as one."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._watched = False
        self._asked: tuple[Picture | None, Picture | None] = (None, None)
        self.lens = Lens(self)
        self.wipe = WipeView("Photograph and result", HINT, self.lens)
        self.map = ZoomView("Where they differ", "The difference\nof their colours", self.lens)
        for view in (self.wipe, self.map):
            report_saving(view, dispatcher)
        self.pair = CaptionedImage("Photograph and result", "", view=self.wipe)
        self.difference = CaptionedImage("Where they differ", "", view=self.map)
        self.scale = ColourScale("ΔE")
        self.scale.setToolTip(NOTICED)
        self.map.setToolTip(NOTICED)
        note = QLabel("ΔE: distance of colours in CIELAB; 2.3 is just noticed.")
        note.setObjectName("faint")
        note.setAlignment(Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.pair, 1)
        row.addWidget(self.difference, 1)
        row.addWidget(self.scale)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(4)
        layout.addLayout(row, 1)
        layout.addWidget(note)
        self._refresh = Throttle(self._draw, CURVES_MS, self)
        self.observer = Observer(dispatcher.session)
        for field in (RUN, BROWSING):
            self.observer.watch(field, lambda _: self._refresh.poke())

    def set_watched(self, on: bool) -> None:
        """Say whether the panel can be seen."""
        self._watched = on
        self._dispatcher.send(lambda app: app.gallery.views.watch(difference=on))
        self._refresh.poke()

    def set_mark(self, on: bool) -> None:
        """Let reconstructions carry their mark or not."""
        self.wipe.set_mark(on)

    def _draw(self) -> None:
        session = self._dispatcher.session
        run, browsing = session[RUN], session[BROWSING]
        photograph = None if run is None else run.target_frame
        name, result = _result(run)
        self.wipe.set_hint(NO_PHOTOGRAPH if run is not None and photograph is None else HINT)
        self.wipe.set_badge(run is not None and run.shows_photograph)
        self.wipe.set_pair(photograph, result, ("Photograph", name))
        self.pair.detail.setText("" if run is None or result is None or photograph is None else f"run {run.number}")
        self._draw_difference(photograph, result, browsing)
        if self._watched and photograph is not None and result is not None:
            self._ask(photograph, result)

    def _ask(self, photograph: Picture, result: Picture) -> None:
        if not (self._asked[0] is photograph and self._asked[1] is result):
            self._asked = (photograph, result)
            self._dispatcher.send(lambda app: app.gallery.views.differ(photograph, result))

    def _draw_difference(self, photograph: Picture | None, result: Picture | None, browsing: GalleryViewState) -> None:
        map_ = browsing.difference
        # While a run goes on, the newest difference there is may be of a step or two ago.
        fits = map_ is not None and map_.one is photograph and result is not None
        if map_ is None or not fits:
            self.map.set_pixels(None)
            self.scale.set_scale(None)
            self.difference.detail.setText("")
            return
        self.map.set_pixels(map_.painted)
        self.scale.set_scale(map_.scale, map_.top)
        self.difference.detail.setText(f"mean ΔE {map_.mean:.1f}")


def _result(run: RunState | None) -> tuple[str, Picture | None]:
    """The picture in view of a run, and what it is."""
    if run is None:
        return "", None
    if run.shown_index is not None:
        return f"Step {run.shown_index}", run.shown_image
    if run.native is not None:
        return "Result", run.native
    return ("Best so far", run.best_image) if run.best_image is not None else ("", None)
