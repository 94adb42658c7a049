"""What a localiser comes to epoch by epoch: measured as it is trained, kept beside its checkpoints, and drawn.

Figure 5.15 of the thesis: loss and accuracy, sharpness of the mean texture, and the error of landmarks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from explorer.science.alignment.faces import PosedFaces
from explorer.science.alignment.record import EpochRecord, StageRecord
from explorer.science.alignment.scoring import AlignmentScores
from explorer.science.alignment.settings import LocaliserSettings
from explorer.science.training.localiser import LocaliserState, Stage
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, RULE, SMALL, Page, house_style, plain_axes
from explorer.studio.files import atomic_write

_WIDTH, _HEIGHT, _SCALE, _TOP, _FOOT = 180.0, 42.0, 11.0, 7.0, 13.0

Measure = Callable[[LocaliserState], AlignmentScores]


class CourseRecorder:
    """Points of a training, one for each epoch of a stage and its end, kept in a file.

    A training that goes on from a checkpoint measures again what lies behind it, and nothing before it.

    Args:
        file: where they are kept. faces: learnt from. measure: of unseen people.
    """

    def __init__(self, file: Path, settings: LocaliserSettings, faces: PosedFaces, measure: Measure) -> None:
        self._file, self._settings, self._faces, self._measure = file, settings, faces, measure
        self._going: Stage | None = None
        self._losses = list[Mapping[str, float]]()
        try:
            kept = json.loads(file.read_bytes())
            self._points = {name: [EpochRecord.model_validate(one) for one in some] for name, some in kept.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            self._points = {}

    def note(self, state: LocaliserState) -> None:
        """Take in a state, and measure it where an epoch has passed, or the stage."""
        if not state.losses:
            return
        points = self._points.setdefault(state.stage.name, [])
        if state.stage != self._going:
            self._going, self._losses = state.stage, []
            points[:] = [one for one in points if one.steps < state.made]
        self._losses.append(state.losses)
        before = points[-1].steps if points else 0
        if not state.finished and state.made - before < self.epoch(state.stage):
            return
        points.append(
            EpochRecord(
                steps=state.made, loss=self._mean("loss"), accuracy=self._mean("accuracy"), unseen=self._measure(state)
            )
        )
        self._losses = []
        whole = {name: [one.model_dump(mode="json") for one in some] for name, some in self._points.items()}
        atomic_write(self._file, json.dumps(whole).encode(), mode=0o600)

    def epoch(self, stage: Stage) -> int:
        """In how many steps each of a stage's faces is seen about once."""
        return max(1, -(-len(self._faces.within(stage.yaw)) // self._settings.batch))

    def of(self, stage: str) -> tuple[EpochRecord, ...]:
        """The points of a stage; none where it was made before they were kept."""
        return tuple(self._points.get(stage, ()))

    def _mean(self, name: str) -> float | None:
        known = [one[name] for one in self._losses if name in one]
        return sum(known) / len(known) if known else None


def draw_course(stages: Sequence[StageRecord], words: str) -> Figure:
    """Loss and accuracy, sharpness and landmarks over the steps of all stages, one behind the other.

    Args:
        words: on what it was measured.

    Raises:
        ValueError: the training kept no points.
    """
    if not any(stage.course for stage in stages):
        raise ValueError(
            "figure 5.15 shows what a training came to epoch by epoch, and this localiser's was not kept: train it anew"
        )
    # Losses of the first stage are distances to a pose, not of who is seen.
    panels: tuple[tuple[str, tuple[tuple[str, Callable[[EpochRecord], float | None], str], ...]], ...] = (
        (
            "training loss, and accuracy",
            (("loss", lambda one: one.loss, ATTACKED), ("accuracy", lambda one: one.accuracy, HELD_OUT[0])),
        ),
        ("sharpness of the mean texture (AISM)", (("", lambda one: one.unseen.sharpness, HELD_OUT[1]),)),
        ("landmarks, % of the interocular distance", (("", lambda one: one.unseen.landmarks, HELD_OUT[2]),)),
    )
    with house_style():
        page = Page(_WIDTH, _TOP + _HEIGHT + _FOOT, 300)
        room = _WIDTH / len(panels)
        for place, (title, curves) in enumerate(panels):
            axes = page.axes(place * room + _SCALE, _TOP, room - _SCALE - 6, _HEIGHT)
            for position, (name, value, colour) in enumerate(curves):
                drawn = axes if position == 0 else axes.twinx()
                steps, values = curve(stages, value)
                drawn.plot(steps, values, color=colour, lw=1, marker=".", ms=2)
                plain_axes(drawn)
                if position:
                    drawn.set_ylim(0, 1)
                    drawn.grid(visible=False)
                if name:
                    page.text(place * room + _SCALE + 12 * position, _TOP + _HEIGHT + 7, name, colour=colour)
            for end in boundaries(stages)[:-1]:
                axes.axvline(end, color=RULE, lw=0.6)
            page.text(place * room + _SCALE, _TOP - 2, title, size=SMALL)
        names = ", ".join(stage.stage for stage in stages)
        note = f"Over the steps of the stages {names}; lines part them. {words}"
        page.text(0, page.height - 1.2, note, size=SMALL, colour=GREY)
        return page.figure


def boundaries(stages: Sequence[StageRecord]) -> list[int]:
    """The step at which each stage ends, counted from the first stage's beginning."""
    ends = list[int]()
    for stage in stages:
        ends.append((ends[-1] if ends else 0) + stage.steps)
    return ends


def curve(stages: Sequence[StageRecord], value: Callable[[EpochRecord], float | None]) -> tuple[list[int], list[float]]:
    """The steps from the first stage's beginning, and what was measured there, as far as it is known."""
    found = list[tuple[int, float]]()
    for stage, end in zip(stages, boundaries(stages), strict=True):
        for one in stage.course:
            known = value(one)
            if known is not None:
                found.append((end - stage.steps + one.steps, known))
    return [step for step, _ in found], [known for _, known in found]
