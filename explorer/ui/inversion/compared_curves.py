"""The curves of ticked runs: how near each comes by one encoder, and one loss term of each before it is weighted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker

from explorer.studio.inversion.runs_controller import Listed
from explorer.studio.inversion.state import RunState
from explorer.ui.base import registries
from explorer.ui.inversion.overlaid import unweighted
from explorer.ui.widgets.curve_marks import gathered
from explorer.ui.widgets.curves import Curves, Mark, Series
from explorer.ui.widgets.quiet import QuietComboBox

ATTACKED, TOTAL, FIRST = "", " total", "identity"
LEGEND = 118

Line = tuple[list[int], list[float]]


class ComparedCurves:
    """Two plots, each with a choice of what it shows. The total is offered only where the runs weigh all terms alike.

    Attributes:
        nearness, losses: the plots. encoder, term: what is chosen in them.
    """

    def __init__(self) -> None:
        self.nearness = Curves("Nearness", at_least=(0.0, 1.0), ground="panel", legend_width=LEGEND)
        self.losses = Curves("Loss term", ground="panel", logarithmic=True, legend_width=LEGEND)
        self._runs: Sequence[Listed] = ()
        self.encoder = _choice(self.nearness, "encoder by which ticked runs are compared", self._draw)
        self.term = _choice(self.losses, "loss term by which ticked runs are compared", self._draw)
        self.term.setToolTip("A term before it is weighted means the same in all runs; a weighted one does not")

    def draw(self, runs: Sequence[Listed]) -> None:
        """Show the curves of some runs."""
        self._runs = [one for one in runs if one.run.steps]
        self._offer()
        self._draw()

    def _offer(self) -> None:
        runs = [one.run for one in self._runs]
        scored = {name for run in runs for step in (run.steps[0], run.steps[-1]) for name in step.scores}
        encoders = [(spec.id, spec.id) for spec in registries.every_encoder() if spec.id in scored]
        terms = dict.fromkeys(term for run in runs for term in run.steps[0].losses)
        alike = [("total, weighted", TOTAL)] if _weigh_alike(runs) else []
        _fill(self.encoder, [("attacked encoder", ATTACKED), *encoders], ATTACKED)
        _fill(self.term, [*((f"{term}, unweighted", term) for term in terms), *alike], FIRST)

    def _draw(self) -> None:
        encoder, term = self.encoder.currentData() or ATTACKED, self.term.currentData() or ""
        falls = encoder != ATTACKED and registries.measure(encoder) == "euclidean"
        self.nearness.set_range(None if falls else (0.0, 1.0))
        attacked = {one.run.settings.encoder for one in self._runs}
        of = encoder or (attacked.pop() if len(attacked) == 1 else "")
        threshold = registries.threshold(of) if (of and registries.measure(of) == "cosine") or falls else None
        self._fill_plot(self.nearness, lambda one: _nearness(one, encoder), falls, threshold)
        self._fill_plot(self.losses, lambda one: _loss(one, term), False, None)

    def _fill_plot(self, plot: Curves, line: Callable[[Listed], Line], falls: bool, threshold: float | None) -> None:
        plot.set_series(
            [
                Series(
                    one.run.key,
                    f"run {one.run.number}",
                    place,
                    note=_note(one.run),
                    falls=falls,
                    threshold=threshold if place == 0 else None,
                )
                for place, one in enumerate(self._runs)
            ]
        )
        last = max((one.offset + len(one.run.steps) - 1 for one in self._runs), default=1)
        plot.set_values({one.run.key: line(one) for one in self._runs}, last)
        plot.set_marks(_marks(self._runs))
        plot.set_marker(last if self._runs else None, live=True)


def _choice(plot: Curves, name: str, changed: Callable[[], None]) -> QuietComboBox:
    box = QuietComboBox()
    box.setAccessibleName(name)
    box.setMinimumContentsLength(8)
    box.setSizeAdjustPolicy(QuietComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.activated.connect(lambda _: changed())
    plot.put_above(box, 1)
    return box


def _fill(box: QuietComboBox, choices: Sequence[tuple[str, str]], first: str) -> None:
    """Offer choices, words and value each; what was chosen stays chosen where it still is one."""
    if [(box.itemText(place), box.itemData(place)) for place in range(box.count())] == list(choices):
        return
    chosen = box.currentData()
    with QSignalBlocker(box):
        box.clear()
        for words, value in choices:
            box.addItem(words, value)
        box.setCurrentIndex(max(box.findData(first if chosen is None else chosen), 0))


def _weigh_alike(runs: Sequence[RunState]) -> bool:
    return all(not run.changes and run.steps[0].weights == runs[0].steps[0].weights for run in runs)


def _steps(one: Listed) -> list[int]:
    return [one.offset + step.index for step in one.run.steps]


def _nearness(one: Listed, encoder: str) -> Line:
    if encoder == ATTACKED:
        return _steps(one), [step.cosine for step in one.run.steps]
    pairs = [(one.offset + step.index, step.scores[encoder]) for step in one.run.steps if encoder in step.scores]
    return [at for at, _ in pairs], [value for _, value in pairs]


def _loss(one: Listed, term: str) -> Line:
    if term == TOTAL:
        return _steps(one), [step.total for step in one.run.steps]
    return unweighted(_steps(one), one.run, term)


def _note(run: RunState) -> str:
    return f"{run.target.record.name}, {run.settings.encoder} attacked"


def _marks(runs: Sequence[Listed]) -> list[Mark]:
    return [
        Mark(one.offset + mark.step, f"run {one.run.number}: {mark.text}")
        for one in runs
        for mark in gathered((change.step, change.term, change.weight) for change in one.run.changes)
    ]
