"""The inversion's handler around a scripted inversion: numbers, pictures, weights, early ends."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.faces.alignment import frame_matrix, transform
from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.objective import usual_points
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, Leader, SeenStart, StartsProgress
from explorer.studio.engine.device import Device
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Cancelled, Event, Finished, Progress, Report
from explorer.studio.inversion import handlers as inversion_handlers
from explorer.studio.inversion.handlers import InversionHandlers
from explorer.studio.inversion.plan import Plan
from explorer.studio.inversion.record import TargetRecord, WeightChange
from explorer.studio.inversion.requests import (
    Finishing,
    Invert,
    Inverted,
    StartLeads,
    StartsSeen,
    StepTaken,
    TargetsFound,
)
from explorer.studio.inversion.running import FinishedInversion, GuidanceReady, Rendering, step_record
from explorer.studio.inversion.values import RunTarget
from tests.canned_program import record as canned_record
from tests.studio.engine.engine_kit import Short


class Clock:
    """Moves on by as much as it is told."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class NoNetworks:
    """Networks that need no loading; the script never asks them anything."""

    def recogniser(self, encoder: str) -> None:
        return None

    def detector(self) -> None:
        return None

    def generator(self, generator: str) -> None:
        return None

    def calibration(self, encoder: str) -> None:
        return None


def scripted(
    networks: object,
    target: object,
    settings: InversionSettings,
    *,
    branch: object,
    weights: Callable[[], Mapping[str, float]],
    decoded: bool,
    should_stop: Callable[[], bool],
) -> Generator[object, None, FinishedInversion | None]:
    """Steps whose picture is grey by index, as `run_inversion` would yield them."""
    seen = SeenStart(2, 1, torch.full((3, 200, 200), 0.4), 0.2, 0.8)
    leader = Leader(torch.zeros(512), torch.full((3, 4, 4), 0.2), 0.25, 4, losses={"identity": 0.75}, total=0.75)
    yield StartsProgress(4, 8, 0.3, leader, (seen,), (5,), starts=9, proposed=1, steps=16)
    if should_stop():
        return None
    steps = []
    for index in range(settings.steps + 1):
        now = dict(weights())
        steps.append(
            InversionStep(
                index=index,
                losses={"identity": 1.0, "prior": 0.5},
                weights=now,
                total=1.0,
                latent=torch.full((512,), float(index)),
                scores={},
                cosine=0.5,
                preview=torch.full((3, 4, 4), index / 255),
                points=np.zeros((5, 2)),
                seconds=index * 0.1,
                best=index % 3 != 2,
            )
        )
        yield steps[-1]
        if should_stop():
            break
    yield Rendering()
    records = [step_record(step) for step in steps]
    run = canned_record(Invert("k", TARGET, settings), records, [])
    return FinishedInversion(run, np.zeros((8, 8, 3), np.uint8), steps[-1].latent, ())


TARGET = RunTarget(
    "key",
    TargetRecord(kind="vector", name="v.npy", sha256="0" * 64, encoder="sface", norm=1.0),
    np.ones(128, np.float32),
    {},
)
WEIGHTS = {"identity": 1.0, "prior": 0.02}


class Run:
    """One scripted inversion on a fake engine."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, seconds_a_step: float = 1.0, steps: int = 8, plan: Plan | None = None
    ) -> None:
        monkeypatch.setattr(inversion_handlers, "run_inversion", scripted)
        handlers = InversionHandlers(Device(lambda loading: NoNetworks()), Clock(seconds_a_step))
        self.engine = FakeEngine(handlers.table())
        self.reports: list[object] = []
        self.engine.connect(self._note)
        settings = InversionSettings(encoder="sface", steps=steps)
        self.ticket = self.engine.submit(Invert("run-1", TARGET, settings, plan=plan), WEIGHTS)

    def _note(self, event: Event) -> None:
        self.reports.append(event.report)

    @property
    def steps(self) -> list[StepTaken]:
        return [report for report in self.reports if isinstance(report, StepTaken)]

    def to_step(self, index: int) -> None:
        while len(self.steps) <= index:
            assert self.engine.advance() == 1


def grey(image: np.ndarray | None) -> int | None:
    return None if image is None else int(image[0, 0, 0])


def test_loading_starts_steps_and_finish_are_reported_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, steps=2)
    run.engine.run()
    said = [(type(report), report.unit) for report in run.reports if isinstance(report, Progress)]
    assert said[0] == (Progress, "networks")
    assert said[-2:] == [(Progress, "first steps"), (Finishing, "")]
    assert [step.record.index for step in run.steps] == [0, 1, 2]
    assert isinstance(run.reports[-1].result, Inverted)


def test_while_starts_compete_the_one_ahead_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, steps=2)
    run.engine.run()
    (leads,) = [report for report in run.reports if isinstance(report, StartLeads)]
    assert (leads.run_key, leads.cosine, leads.competing, grey(leads.image)) == ("run-1", 0.25, 4, 51)
    assert run.reports.index(leads) < run.reports.index(run.steps[0])


def test_starts_are_told_in_small_pictures_with_who_went_out(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, steps=2)
    run.engine.run()
    (told,) = [report for report in run.reports if isinstance(report, StartsSeen)]
    (start,) = told.seen
    assert (start.number, start.step, start.picture.shape, grey(start.picture)) == (2, 1, (96, 96, 3), 102)
    assert (told.fallen, told.starts, told.proposed, told.length, told.done, told.work) == ((5,), 9, 1, 16, 4, 8)
    (leads,) = [report for report in run.reports if isinstance(report, StartLeads)]
    assert leads.step.weights == {"identity": 1.0}
    assert run.reports.index(told) < run.reports.index(leads)


def test_a_planned_run_changes_its_weights_and_ends_where_it_was_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan((WeightChange(step=2, term="prior", weight=0.5),), stop_at=4)
    run = Run(monkeypatch, plan=plan)
    run.engine.run()
    assert [step.record.weights["prior"] for step in run.steps] == [0.02, 0.02, 0.5, 0.5, 0.5]
    assert [change for step in run.steps[1:] for change in step.changes] == list(plan.changes)
    assert run.steps[-1].image is not None
    assert isinstance(run.reports[-1].result, Inverted)


def test_slow_steps_all_bring_their_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, seconds_a_step=0.25)
    run.engine.run()
    assert [grey(step.image) for step in run.steps] == list(range(9))
    assert [grey(step.best_image) for step in run.steps] == [0, 1, None, 3, 4, None, 6, 7, None]


def test_fast_steps_drop_pictures_but_no_number_and_show_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, seconds_a_step=0.015)
    run.engine.run()
    assert [step.record.index for step in run.steps] == list(range(9))
    assert [grey(step.image) for step in run.steps] == [0, None, None, 3, None, None, 6, None, 8]
    # The best picture that was dropped is shown with the next picture.
    assert [grey(step.best_image) for step in run.steps] == [0, None, None, 3, None, None, 6, None, 7]


def test_a_paused_step_shows_its_picture_however_soon_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, seconds_a_step=0.001)
    run.to_step(1)
    run.engine.pause(run.ticket)
    run.engine.step(run.ticket)
    run.engine.run()
    assert [grey(step.image) for step in run.steps] == [0, None, 2]


def test_weights_are_read_before_each_step_and_changes_are_reported_there(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.to_step(1)
    run.engine.tune(run.ticket, "prior", 0.1)
    run.engine.run()
    assert [step.record.weights["prior"] for step in run.steps[:4]] == [0.02, 0.02, 0.1, 0.1]
    assert [(c.step, c.term, c.weight) for step in run.steps for c in step.changes] == [
        (0, "prior", 0.02),  # the settings name another weight
        (2, "prior", 0.1),
    ]


def test_finish_ends_after_the_step_with_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.to_step(2)
    run.engine.finish(run.ticket)
    run.engine.run()
    assert len(run.steps) == 3
    assert isinstance(run.reports[-1], Finished)


def test_finish_before_a_start_was_chosen_is_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    while not any(isinstance(report, Progress) and report.unit == "first steps" for report in run.reports):
        run.engine.advance()
    run.engine.finish(run.ticket)
    run.engine.run()
    assert run.steps == []
    assert isinstance(run.reports[-1], Cancelled)


def test_latents_are_kept_for_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, seconds_a_step=0.001)
    run.engine.run()
    assert [float(step.latent[0]) for step in run.steps] == list(range(9))


def test_loading_is_told_as_the_progress_of_the_request_that_loads_although_others_had_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Telling(NoNetworks):
        def __init__(self, loading: Callable[[str], None]) -> None:
            self.loading = loading

        def generator(self, generator: str) -> None:
            self.loading("generator")

    def another(request: Short, control: Control) -> Generator[Report, None, None]:
        while True:
            device.networks(control)
            yield Progress("another")

    monkeypatch.setattr(inversion_handlers, "run_inversion", scripted)
    device = Device(Telling)
    engine = FakeEngine(InversionHandlers(device).table() | {Short: another})
    said: list[tuple[type, str]] = []

    def note(event: Event) -> None:
        if isinstance(event.report, Progress):
            said.append((type(event.ticket.request), event.report.message))

    engine.connect(note)
    engine.submit(Invert("run-1", TARGET, InversionSettings(encoder="sface")), WEIGHTS)
    engine.submit(Short())
    engine.advance(12)
    assert (Invert, "loading generator") in said
    assert (Short, "loading generator") not in said


def test_what_is_sought_is_reported_and_drawn_onto_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Landmarks of a step lie in its picture where its points say; those of the target in the common frame."""
    wanted = Guidance(torch.full((68, 2), 112.0), torch.full((3, 10), 0.1))
    points = usual_points(4).double().numpy()
    seen = {"landmarks": np.full((68, 2), 56, np.float32), "histogram": np.full((3, 10), 0.1, np.float32)}

    def guided(*arguments: object, **more: object) -> Generator[object, None, FinishedInversion | None]:
        yield GuidanceReady(wanted)
        for event in scripted(*arguments, **more):
            yield replace(event, points=points, **seen) if isinstance(event, InversionStep) else event

    monkeypatch.setattr(inversion_handlers, "run_inversion", guided)
    reports: list[Report] = []
    engine = FakeEngine(InversionHandlers(Device(lambda loading: NoNetworks()), Clock(1.0)).table())
    engine.connect(lambda event: reports.append(event.report))
    engine.submit(Invert("run-1", TARGET, InversionSettings(encoder="sface", steps=2)), WEIGHTS)
    engine.advance(12)
    (found,) = [report for report in reports if isinstance(report, TargetsFound)]
    np.testing.assert_allclose(found.overlay.wanted_landmarks, 0.5)
    np.testing.assert_allclose(found.overlay.wanted_histogram, 0.1)
    overlay = next(report.overlay for report in reports if isinstance(report, StepTaken))
    back = frame_matrix(torch.from_numpy(points)[None], 224)
    again = transform(back, torch.from_numpy(overlay.landmarks * 4).double()[None])
    np.testing.assert_allclose(again, 56, atol=1e-3)
    assert overlay.wanted_landmarks.shape == (68, 2)
    np.testing.assert_allclose(overlay.histogram, 0.1)


def test_a_run_without_targets_has_nothing_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, steps=1)
    run.engine.run()
    assert all(step.overlay is None for step in run.steps)
    assert not [report for report in run.reports if isinstance(report, TargetsFound)]
