"""The middle of the window: target, current and best image, the run's controls, curves and scores."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from explorer.studio.arrays import Image
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
from explorer.ui.inversion.next_target import next_selection
from explorer.ui.inversion.overlaid import overlaid
from explorer.ui.inversion.run_curves import RunCurves
from explorer.ui.inversion.scores import Scores
from explorer.ui.inversion.starts_sheet import StartsSheet
from explorer.ui.inversion.transport import Transport
from explorer.ui.widgets.captioned import CaptionedImage
from explorer.ui.widgets.largest_grid import LargestGrid
from explorer.ui.widgets.saving import report_saving

MARGIN, BETWEEN, GAP_BELOW = 8, 8, 4
HEADER = 24  # height of a picture's header in pixels
LEAST_BELOW, SHARE_BELOW = 300, 0.36  # the curves' height, or their share where other docks leave little
LEAST_CURVES = 150
INVITATION = "Start shows the face\nas it forms"
CHOOSE_TARGET = "The face whose embedding\nis turned back"
IN_THE_LOOP = (
    "The cosine between the embedding of this picture and the target, on the attacked encoder, as the search has it: "
    "of the picture at the size of the loop."
)
RACE = (
    "Starts compete: all descend side by side, the better half goes on, until one is left. The cosine is on the "
    "attacked encoder."
)
NO_PICTURE = "A bare embedding:\nthere is no photograph"


class InversionPanel(QWidget):
    """Draws the run of the session."""

    best: CaptionedImage

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        hints = (CHOOSE_TARGET, INVITATION, "The best step so far,\nthen the result")
        self.looking = Looking(self, hints)
        self.target, self.current, self.best = self.looking.target, self.looking.current, self.looking.best
        for one in (self.target, self.current, self.best):
            report_saving(one.view, dispatcher)
        self.starts = StartsSheet()
        self.starts.hide()
        self.current.put_beside(self.starts)
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
        self.starts.set_mark(on)

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
        self.transport.next.show_next(next_selection(self._dispatcher.session))
        self._draw_target(run)
        self._draw_starts(run)
        self.current.view.set_hint(self._expected(run))
        if run is None:
            for one in (self.current, self.best):
                one.view.set_pixels(None)
                one.view.set_overlay(None)
                one.detail.setText("")
            return
        back = run.shown_index is not None
        if not back or run.shown_image is not None:
            self.current.view.set_pixels(run.shown_image if back else run.image if run.steps else None)
        best = run.best_image if run.steps else run.image  # the start that is ahead, while starts compete
        self.best.view.set_pixels(best if run.native is None else run.native)
        step = run.shown_index if back else len(run.steps) - 1
        self.current.view.set_overlay(_overlay(run, step))
        self.best.view.set_overlay(_overlay(run, run.best_index))
        for picture in (self.current.view, self.best.view, self.starts):
            picture.set_badge(run.shows_photograph)
        _say(self.current, (_read(run, step), IN_THE_LOOP) if run.steps else (_competing(run), RACE))
        _say(self.best, _read_best(run) if run.steps else (_leading(run), RACE))

    def _draw_starts(self, run: RunState | None) -> None:
        """Show the race of starts in the place of the reconstruction, until there is one."""
        racing = run is not None and run.contest is not None and not run.steps
        self.starts.draw(run.contest if run is not None and racing else None)
        self.starts.setVisible(racing)
        self.current.view.setVisible(not racing)

    def _expected(self, run: RunState | None) -> str:
        """What stands in the place of a run's first picture: what is done until there is one, such as loading."""
        doing = (one.message for one in self._dispatcher.session[ACTIVITIES] if one.title == "inverting")
        words = next(doing, "") if run is not None and run.active else ""
        return f"{sentence(words)}…" if words else INVITATION

    def _draw_target(self, run: RunState | None) -> None:
        """Show what the run in view works towards, whatever is selected; before the first run, what is selected."""
        if run is not None:
            record = run.target.record
            altered = ", altered" if record.alterations else ""
            self._set_target(
                run.target.frame if run.target_frame is None else run.target_frame,
                run.target_overlay,
                f"{run.settings.encoder}{altered}",
                "\n".join(filter(None, (f"run {run.number} inverts {record.name}", record.alterations))),
            )
            return
        session = self._dispatcher.session
        face = session[FACES].get(session[SELECTED] or "")
        vector = session[VECTORS].get(session[SELECTED] or "")
        if face is not None:
            self._set_target(face.thumbnail if face.frame is None else face.frame, None, "", face.name)
        elif vector is not None:
            self._set_target(None, None, vector.encoder, vector.name)
        else:
            self._set_target(None, None, "", "", CHOOSE_TARGET)

    def _set_target(
        self, pixels: Image | None, overlay: Overlay | None, detail: str, about: str, hint: str = NO_PICTURE
    ) -> None:
        self.target.view.set_hint(hint)
        self.target.view.set_overlay(overlay)
        self.target.view.set_pixels(pixels)
        self.target.detail.setText(detail)
        self.target.detail.setToolTip(about)

    def _draw_curves(self) -> None:
        run = self._dispatcher.session[RUN]
        self.curves.draw(run, overlaid(self._dispatcher.session))
        self.scores.draw(None if run is None else run.result)
        self._share_room()


def _overlay(run: RunState, step: int | None) -> Overlay | None:
    return run.overlays[step] if step is not None and 0 <= step < len(run.overlays) else None


def _competing(run: RunState) -> str:
    """How many starts are left of how many."""
    contest = run.contest
    return "" if contest is None else f"{contest.left} of {contest.starts} starts left"


def _leading(run: RunState) -> str:
    return "" if run.leading is None else f"best start   cosine {run.leading[0]:.3f}"


def _say(one: CaptionedImage, said: tuple[str, str]) -> None:
    one.detail.setText(said[0])
    one.detail.setToolTip("\n".join(said) if said[0] else "")


def _read_best(run: RunState) -> tuple[str, str]:
    """The best step's cosine in the loop and, once it is saved, its score there; and why these are two."""
    words, result = _read(run, run.best_index), run.result
    attacked = None if result is None else next((one for one in result.scores if one.attacked), None)
    if result is None or attacked is None:
        return words, IN_THE_LOOP
    step = result.steps[result.best_index]
    kind = "cosine" if attacked.measure == "cosine" else "distance"
    return f"loop {step.cosine:.3f}   saved {attacked.score:.3f}", (
        f"cosine {step.cosine:.3f}: of step {step.index} in the loop, at {step.resolution} px\n"
        f"{kind} {attacked.score:.3f}: of the saved image in view, at its native size, detected and aligned again: "
        "the score below\nBoth are the attacked encoder's, which the search went by; held-out ones are the judges."
    )


def _read(run: RunState, step: int | None) -> str:
    if step is None or not 0 <= step < len(run.steps):
        return ""
    words = f"step {step}   cosine {run.steps[step].cosine:.3f}"
    if step == 0:
        words += _origin(run)
    return words


def _origin(run: RunState) -> str:
    """Where the start came from that won: the regressor, or chance; empty where all were random."""
    result, contest = run.result, run.contest
    if run.settings.targets == "picture" and run.branch is None:
        return "   mean face" if result is not None and result.begun_from == "mean" else "   answer"
    if result is not None and result.proposed_starts:
        return "   proposed" if result.begun_from == "regressor" else "   random start"
    if result is None and contest is not None and contest.proposed and contest.leader is not None:
        return "   proposed" if contest.leader < contest.proposed else "   random start"
    return ""
