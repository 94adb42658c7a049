"""The middle of the window: target, current and best image, the run's controls, curves and scores."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from explorer.studio.faces.state import FACES, SELECTED, VECTORS
from explorer.studio.inversion.state import COMPARED, RUN, RunState
from explorer.studio.inversion.values import Overlay
from explorer.studio.session.state import ACTIVITIES
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, IMAGES_MS, Throttle
from explorer.ui.base.wording import sentence
from explorer.ui.inversion.looking import Looking
from explorer.ui.inversion.overlaid import overlaid
from explorer.ui.inversion.run_curves import RunCurves
from explorer.ui.inversion.scores import Scores
from explorer.ui.inversion.transport import Transport
from explorer.ui.widgets.captioned import CaptionedImage
from explorer.ui.widgets.largest_grid import LargestGrid
from explorer.ui.widgets.saving import report_saving

MARGIN, BETWEEN, GAP_BELOW = 8, 8, 4
HEADER = 24  # height of a picture's header in pixels
LEAST_BELOW, SHARE_BELOW = 300, 0.36  # the curves' height, or their share where other docks leave little
LEAST_CURVES = 150
INVITATION = "Start shows the face\nas it forms"
NO_PICTURE = "A bare embedding:\nthere is no photograph"


class InversionPanel(QWidget):
    """Draws the run of the session."""

    best: CaptionedImage

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        hints = ("The face whose embedding\nis turned back", INVITATION, "The best step so far,\nthen the result")
        self.looking = Looking(self, hints)
        self.target, self.current, self.best = self.looking.target, self.looking.current, self.looking.best
        for one in (self.target, self.current, self.best):
            report_saving(one.view, dispatcher)
        self.transport = Transport(actions)
        self.curves = RunCurves()
        self.scores = Scores()
        self.pictures = LargestGrid((self.target, self.current, self.best), HEADER)
        self._upper = upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(8)
        column.addWidget(self.pictures, 1)
        column.addWidget(self.transport)
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, GAP_BELOW, 0, 0)
        column.setSpacing(BETWEEN)
        column.addWidget(self.curves, 1)
        column.addWidget(self.scores)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.addWidget(upper)
        self._splitter.addWidget(lower)
        self._splitter.setCollapsible(0, False)
        self._splitter.handle(1).setToolTip("Drag for more of the pictures, or of the curves and scores below them")
        self._splitter.splitterMoved.connect(self._moved_by_hand)
        self._by_hand = False
        self._overlays = {"landmarks": True, "histograms": True}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addWidget(self._splitter)
        self.transport.step_chosen.connect(lambda step: dispatcher.send(lambda app: app.inversion.show_step(step)))
        self.curves.picked.connect(self._pick)
        self._images = Throttle(self._draw_images, IMAGES_MS, self)
        self._plots = Throttle(self._draw_curves, CURVES_MS, self)
        self.observer = Observer(dispatcher.session)
        self.observer.watch(RUN, self._changed)
        self.observer.watch(COMPARED, lambda _: self._plots.poke())
        for field in (SELECTED, FACES, VECTORS, ACTIVITIES):
            self.observer.watch(field, lambda _: self._images.poke())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room of the pictures: what is below them gives way before docks outgrow the screen."""
        return QSize(super().minimumSizeHint().width(), self._above())

    def _above(self) -> int:
        """The height of all that is not curves and scores, at its least."""
        return self._upper.minimumSizeHint().height() + self._splitter.handleWidth() + 2 * MARGIN + GAP_BELOW

    def _share_room(self) -> None:
        """Show curves and scores, or the one that matters now where there is no room for both."""
        run = self._dispatcher.session[RUN]
        # While a run goes on there is nothing to score, and the curves can do with the room.
        scored = run is None or not run.active
        both = self._above() + self.curves.minimumSizeHint().height() + BETWEEN + self.scores.minimumHeight()
        self.scores.setVisible(scored)
        self.curves.setVisible(not scored or self.height() >= both)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the pictures the height that makes them large, and the curves the rest, until the user says else."""
        super().resizeEvent(event)
        self._share_room()
        if not self._by_hand:
            height = self._splitter.height()
            upper = self._height_above(height)
            self._splitter.setSizes([upper, height - upper])

    def _height_above(self, height: int) -> int:
        """The share of the pictures: all of the height where what they leave is too little to read curves by."""
        bars = self._upper.minimumSizeHint().height() - self.pictures.minimumSizeHint().height()
        width = self.width() - 2 * MARGIN
        largest = bars + self.pictures.height_in(width, height - bars)
        below = max(min(LEAST_BELOW, round(SHARE_BELOW * height)), height - largest)
        if below < (LEAST_CURVES if below > height - largest else self.curves.minimumSizeHint().height()):
            return height
        return bars + self.pictures.height_in(width, height - below - bars)

    def _moved_by_hand(self) -> None:
        self._by_hand = True

    def set_mark(self, on: bool) -> None:
        """Mark reconstructions as such, or not."""
        self.current.view.set_mark(on)
        self.best.view.set_mark(on)
        self.looking.follow()

    def show_landmarks(self, on: bool) -> None:
        """Draw landmarks onto the pictures, or not."""
        self._overlays["landmarks"] = on
        self._choose_overlays()

    def show_histograms(self, on: bool) -> None:
        """Draw histograms onto the pictures, or not."""
        self._overlays["histograms"] = on
        self._choose_overlays()

    def _choose_overlays(self) -> None:
        for one in (self.target, self.current, self.best):
            one.view.show_overlay(**self._overlays)
        self.looking.follow()

    def _changed(self, run: RunState | None) -> None:
        self._images.poke()
        self._plots.poke()

    def _pick(self, step: int) -> None:
        run = self._dispatcher.session[RUN]
        if run is not None and run.steps:
            last = len(run.steps) - 1
            self._dispatcher.send(lambda app: app.inversion.show_step(None if step >= last else max(step, 0)))

    def _draw_images(self) -> None:
        self._draw_pictures(self._dispatcher.session[RUN])
        self.looking.follow()

    def _draw_pictures(self, run: RunState | None) -> None:
        self.transport.draw(run)
        self._draw_target(run)
        self.current.view.set_hint(self._expected(run))
        if run is None:
            for one in (self.current, self.best):
                one.view.set_pixels(None)
                one.view.set_overlay(None)
                one.detail.setText("")
            return
        back = run.shown_index is not None
        if not back or run.shown_image is not None:
            self.current.view.set_pixels(run.shown_image if back else run.image)
        self.best.view.set_pixels(run.best_image if run.native is None else run.native)
        step = run.shown_index if back else len(run.steps) - 1
        self.current.view.set_overlay(_overlay(run, step))
        self.best.view.set_overlay(_overlay(run, run.best_index))
        for one in (self.current, self.best):
            one.view.set_badge(run.settings.targets == "photograph")
        self.current.detail.setText(_read(run, step) if run.leading is None else _leading(*run.leading))
        self.best.detail.setText(_read(run, run.best_index))

    def _expected(self, run: RunState | None) -> str:
        """What stands in the place of a run's first picture: what is done until there is one, such as loading."""
        doing = (one.message for one in self._dispatcher.session[ACTIVITIES] if one.title == "inverting")
        words = next(doing, "") if run is not None and run.active else ""
        return f"{sentence(words)}…" if words else INVITATION

    def _draw_target(self, run: RunState | None) -> None:
        session = self._dispatcher.session
        face = session[FACES].get(session[SELECTED] or "")
        vector = session[VECTORS].get(session[SELECTED] or "")
        of_run = run is not None and (
            run.active or run.target.key == session[SELECTED] or (face is None and vector is None)
        )
        self.target.view.set_hint("The face whose embedding\nis turned back")
        self.target.view.set_overlay(run.target_overlay if run is not None and of_run else None)
        if run is not None and of_run:
            self.target.view.set_pixels(run.target_frame)
            altered = ", altered" if run.target.record.alterations else ""
            self.target.detail.setText(f"{run.settings.encoder}{altered}")
            self.target.detail.setToolTip(run.target.record.alterations)
            if run.target_frame is None:
                self.target.view.set_hint(NO_PICTURE)
        elif face is not None:
            self.target.view.set_pixels(face.thumbnail if face.frame is None else face.frame)
            self.target.detail.setText("next run" if run is not None else "")
        else:
            self.target.view.set_pixels(None)
            self.target.detail.setText(vector.encoder if vector is not None else "")
            if vector is not None:
                self.target.view.set_hint(NO_PICTURE)

    def _draw_curves(self) -> None:
        run = self._dispatcher.session[RUN]
        self.curves.draw(run, overlaid(self._dispatcher.session))
        self.scores.draw(None if run is None else run.result)
        self._share_room()


def _overlay(run: RunState, step: int | None) -> Overlay | None:
    return run.overlays[step] if step is not None and 0 <= step < len(run.overlays) else None


def _leading(cosine: float, competing: int) -> str:
    return f"best of {competing} starts   cosine {cosine:.3f}"


def _read(run: RunState, step: int | None) -> str:
    if step is None or not 0 <= step < len(run.steps):
        return ""
    words = f"step {step}   cosine {run.steps[step].cosine:.3f}"
    if step == 0 and run.result is not None and run.result.proposed_starts:
        words += "   proposed" if run.result.begun_from == "regressor" else "   random start"
    return words
