"""The curves of a run as its figure draws them: its losses, and how near the encoders find it to the target.

Thresholds are level lines, changes of a weight or of the pictures' size upright ones; distances have an axis of their
own at the right. Ticked runs are laid over both plots: by the attacked encoder's cosine, and by one unweighted term.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QToolButton, QWidget

from explorer.studio.inversion.record import ContestStep, StepRecord
from explorer.studio.inversion.state import RunState
from explorer.ui.base import registries, text_size
from explorer.ui.base.guard import guarded
from explorer.ui.inversion.overlaid import Overlaid, unweighted
from explorer.ui.widgets.curve_marks import gathered
from explorer.ui.widgets.curves import Curves, Mark, Series
from explorer.ui.widgets.quiet import QuietComboBox

Line = tuple[list[int], list[float]]
HEIGHT_OF_TWO = 270
WIDTH_OF_ONE = 340  # below it, curves beside their legend could not be read
ALL = "all, weighted"
TICKED = "ticked runs"


class RunCurves(QWidget):
    """Two plots; only steps that are new are read again."""

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.losses = Curves("Losses", logarithmic=True)
        self.nearness = Curves("Nearness to the target", at_least=(0.0, 1.0))
        self._turned = False  # to the second plot, where there is room for one
        self._turns = (self._turn(self.losses, "Nearness"), self._turn(self.nearness, "Losses"))
        self.term = QuietComboBox()
        self.term.addItem(ALL, "")
        self.term.setAccessibleName("which losses are drawn")
        self.term.setToolTip(
            "All terms as they are weighted, or one unweighted, which can be compared with ticked runs"
        )
        self.term.activated.connect(lambda _: self._draw())
        self.losses.put_above(self.term)
        self._run: RunState | None = None
        self._others: Sequence[Overlaid] = ()
        self._key: str | None = None
        self._read = 0
        self._contest = 0  # how many of its steps are read
        self._length = 0  # of the contest, by which its steps lie before step 0
        self._loss_lines: dict[str, Line] = defaultdict(lambda: ([], []))
        self._near_lines: dict[str, Line] = defaultdict(lambda: ([], []))
        self._sizes: list[Mark] = []
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        for plot in (self.losses, self.nearness):
            self._layout.addWidget(plot, 1)
            plot.picked.connect(self.picked)

    def _turn(self, plot: Curves, to: str) -> QToolButton:
        """A button above a plot that shows the other one in its place."""
        button = QToolButton()
        button.setObjectName("button")
        button.setText(f"{to} ›")
        button.setAccessibleName(f"show the plot of {to.lower()} instead")
        button.setToolTip(f"Show {to.lower()} in place of this plot; a wider or higher window has room for both")
        button.clicked.connect(self._turn_over)
        plot.put_above(button)
        return button

    def _turn_over(self) -> None:
        self._turned = not self._turned
        self._arrange()
        self._turns[self._turned].setFocus()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room of one plot, however they lie now: in less room they will lie so again."""
        losses, nearness = self.losses.minimumSizeHint(), self.nearness.minimumSizeHint()
        return QSize(max(losses.width(), nearness.width()), max(losses.height(), nearness.height()))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Lay the plots under each other, where curves are wide, else side by side; show one where both are small."""
        self._arrange()
        super().resizeEvent(event)

    def _arrange(self) -> None:
        high = self.height() >= HEIGHT_OF_TWO
        one = not high and self.width() < 2 * text_size.scaled(WIDTH_OF_ONE) + self._layout.spacing()
        self._layout.setDirection(QBoxLayout.Direction.TopToBottom if high else QBoxLayout.Direction.LeftToRight)
        for button in self._turns:
            button.setVisible(one)
        self.losses.setVisible(not (one and self._turned))
        self.nearness.setVisible(not one or self._turned)

    def draw(self, run: RunState | None, others: Sequence[Overlaid] = ()) -> None:
        """Show a run's curves, or none, with those of others over them."""
        length = 0 if run is None or run.contest is None else run.contest.length
        # Where another contest is held, the first one's steps move further back.
        if run is None or run.key != self._key or len(run.steps) < self._read or length != self._length:
            self._key, self._length = None if run is None else run.key, length
            self._read = 0
            self._contest = 0
            self._loss_lines.clear()
            self._near_lines.clear()
            self._sizes = []
        self._run, self._others = run, others
        if run is not None:
            self._extend(run)
        self._draw()

    def _draw(self) -> None:
        run = self._run
        if run is None or not (run.steps or run.contest):
            for plot in (self.losses, self.nearness):
                plot.set_series(())
                plot.set_marks(())
                plot.set_marker(None, live=True)
            return
        self._offer(_terms(run))
        first = 0 if run.contest is None else -run.contest.length
        last = len(run.steps) - 1
        shown = last if run.shown_index is None else run.shown_index
        marks = [*gathered((change.step, change.term, change.weight) for change in run.changes), *self._sizes]
        for plot, (series, lines) in ((self.losses, self._losses(run)), (self.nearness, self._nearness(run))):
            plot.set_series(series)
            plot.set_values(lines, max(run.settings.steps, last), first)
            plot.set_marks(marks)
            plot.set_marker(shown, run.shown_index is None)

    def _extend(self, run: RunState) -> None:
        contest, steps = run.contest, run.steps
        if contest is not None:
            for ahead in contest.steps[self._contest :]:
                self._add(ahead.step - contest.length, ahead, {run.settings.encoder: ahead.score})
            self._contest = len(contest.steps)
        for place in range(self._read, len(steps)):
            record = steps[place]
            self._add(record.index, record, record.scores)
            if place and record.resolution != steps[place - 1].resolution:
                self._sizes.append(Mark(record.index, f"{record.resolution} px"))
        self._read = len(steps)

    def _add(self, step: int, record: StepRecord | ContestStep, scores: Mapping[str, float]) -> None:
        """Add a step's numbers; those of the contest, of the start that was ahead, lie before step 0."""
        numbers = {"total": record.total, **{n: v * record.weights.get(n, 0.0) for n, v in record.losses.items()}}
        for lines, values in ((self._loss_lines, numbers), (self._near_lines, scores)):
            for name, value in values.items():
                lines[name][0].append(step)
                lines[name][1].append(value)

    def _offer(self, terms: list[str]) -> None:
        """Let one of the run's terms be chosen."""
        if [self.term.itemData(place) for place in range(self.term.count())] == ["", *terms]:
            return
        chosen = self.term.currentData()
        with QSignalBlocker(self.term):
            self.term.clear()
            self.term.addItem(ALL, "")
            for term in terms:
                self.term.addItem(f"{term}, unweighted", term)
            self.term.setCurrentIndex(max(self.term.findData(chosen), 0))

    def _losses(self, run: RunState) -> tuple[list[Series], dict[str, Line]]:
        term, names = self.term.currentData(), _terms(run)
        if not term or term not in names:
            return [Series("total", "total", -1), *(Series(name, name, i) for i, name in enumerate(names))], dict(
                self._loss_lines
            )
        series = [Series(term, f"run {run.number}", names.index(term), note=f"{term}, before it is weighted")]
        lines = {term: unweighted([step.index for step in run.steps], run, term)}
        for other in self._others:
            series.append(_of_another(other, len(series) + len(names), f"{term}, before it is weighted"))
            lines[series[-1].key] = unweighted(other.steps, other.run, term)
        return series, lines

    def _nearness(self, run: RunState) -> tuple[list[Series], dict[str, Line]]:
        series, lines = _encoders(run, self._near_lines), dict(self._near_lines)
        for other in self._others:
            encoder = other.run.settings.encoder
            series.append(_of_another(other, len(series), f"cosine of {encoder}, which it attacks"))
            lines[series[-1].key] = (other.steps, [step.cosine for step in other.run.steps])
        return series, lines


def _terms(run: RunState) -> list[str]:
    """The loss terms in their order; those of the contest, as long as there is no step."""
    if run.steps:
        return list(run.steps[0].losses)
    return [] if run.contest is None else [name for step in run.contest.steps[:1] for name in step.losses]


def _of_another(other: Overlaid, colour: int, note: str) -> Series:
    return Series(f"run {other.run.number}", f"run {other.run.number}", colour, dashed=True, note=note, group=TICKED)


def _encoders(run: RunState, scored: dict[str, Line]) -> list[Series]:
    """The encoders of a run, the attacked one first; those that measure a distance fall by the axis at the right."""
    attacked = run.settings.encoder
    known = {} if run.result is None else {score.encoder: score.threshold for score in run.result.scores}
    rising: list[Series] = []
    falling: list[Series] = []
    specs = sorted(registries.every_encoder(), key=lambda spec: spec.id != attacked)
    for colour, spec in enumerate(spec for spec in specs if spec.id in scored):
        distance = spec.measure == "euclidean"
        role = "attacked" if spec.id == attacked else "held-out"
        measure = "Euclidean distance, smaller is nearer" if distance else "cosine, larger is nearer"
        threshold = known.get(spec.id) or registries.threshold(spec.id)
        line = (
            "" if threshold is None else f"\ndashed: {threshold:.4f}, the threshold at FMR 1e-3 (generated impostors)"
        )
        (falling if distance else rising).append(
            Series(
                spec.id,
                spec.id,
                colour,
                note=f"{role}: {measure}{line}",
                group=f"{role}, right axis" if distance else role,
                sparse=role == "held-out",
                falls=distance,
                threshold=threshold,
            )
        )
    return [*rising, *falling]
