"""The curves of a run: its weighted losses, and how near the encoders find it to the target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from explorer.studio.inversion.record import ContestStep, StepRecord
from explorer.studio.inversion.state import RunState
from explorer.ui.base import registries
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.curves import Curves, Series

Line = tuple[list[int], list[float]]
HEIGHT_OF_TWO = 270


class RunCurves(QWidget):
    """Two plots; only steps that are new are read again."""

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.losses = Curves("Weighted losses")
        self.nearness = Curves("Nearness to the target", at_least=(0.0, 1.0))
        self._key: str | None = None
        self._read = 0
        self._contest = 0  # how many of its steps are read
        self._loss_lines: dict[str, Line] = defaultdict(lambda: ([], []))
        self._near_lines: dict[str, Line] = defaultdict(lambda: ([], []))
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        for plot in (self.losses, self.nearness):
            self._layout.addWidget(plot, 1)
            plot.picked.connect(self.picked)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room of plots side by side, however they lie now: in less height they will lie so again."""
        losses, nearness = self.losses.minimumSizeHint(), self.nearness.minimumSizeHint()
        across = losses.width() + self._layout.spacing() + nearness.width()
        return QSize(across, max(losses.height(), nearness.height()))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Lay the plots under each other, where curves are wide, unless that leaves them no height."""
        high = self.height() >= HEIGHT_OF_TWO
        self._layout.setDirection(QBoxLayout.Direction.TopToBottom if high else QBoxLayout.Direction.LeftToRight)
        super().resizeEvent(event)

    def draw(self, run: RunState | None) -> None:
        """Show a run's curves, or none."""
        if run is None or run.key != self._key or len(run.steps) < self._read:
            self._key = None if run is None else run.key
            self._read = 0
            self._contest = 0
            self._loss_lines.clear()
            self._near_lines.clear()
        if run is None or not (run.steps or run.contest):
            for plot in (self.losses, self.nearness):
                plot.set_series(())
                plot.set_marker(None, live=True)
            return
        contest = run.contest
        if contest is not None:
            for ahead in contest.steps[self._contest :]:
                self._add(ahead.step - contest.length, ahead, {run.settings.encoder: ahead.score})
            self._contest = len(contest.steps)
        for record in run.steps[self._read :]:
            self._add(record.index, record, record.scores)
        self._read = len(run.steps)
        self.losses.set_series(
            [Series("total", "total", -1), *(Series(name, name, i) for i, name in enumerate(_terms(run)))]
        )
        self.nearness.set_series(_encoders(run, self._near_lines))
        last = len(run.steps) - 1
        shown = last if run.shown_index is None else run.shown_index
        for plot, lines in ((self.losses, self._loss_lines), (self.nearness, self._near_lines)):
            plot.set_values(lines, max(run.settings.steps, last), 0 if contest is None else -contest.length)
            plot.set_marker(shown, run.shown_index is None)

    def _add(self, step: int, record: StepRecord | ContestStep, scores: Mapping[str, float]) -> None:
        """Add a step's numbers; those of the contest, of the start that was ahead, lie before step 0."""
        numbers = {"total": record.total, **{n: v * record.weights.get(n, 0.0) for n, v in record.losses.items()}}
        for lines, values in ((self._loss_lines, numbers), (self._near_lines, scores)):
            for name, value in values.items():
                lines[name][0].append(step)
                lines[name][1].append(value)


def _terms(run: RunState) -> list[str]:
    """The loss terms in their order; those of the contest, as long as there is no step."""
    if run.steps:
        return list(run.steps[0].losses)
    return [] if run.contest is None else [name for step in run.contest.steps[:1] for name in step.losses]


def _encoders(run: RunState, scored: dict[str, Line]) -> list[Series]:
    attacked = run.settings.encoder
    series: list[Series] = []
    for spec in sorted(registries.every_encoder(), key=lambda spec: spec.id != attacked):
        if spec.id not in scored:
            continue
        distance = spec.measure == "euclidean"
        role = "attacked" if spec.id == attacked else "held-out"
        measure = "Euclidean distance, smaller is nearer" if distance else "cosine, larger is nearer"
        name = f"{spec.id} ↓" if distance else spec.id
        series.append(
            Series(
                spec.id,
                name,
                len(series),
                dashed=distance,
                note=f"{role}: {measure}",
                group=role,
                sparse=role == "held-out",
            )
        )
    return series
