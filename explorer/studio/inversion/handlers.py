"""Handlers for inversions: the run itself, its steps drawn again, its figure."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial

from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.inversion.terms import default_weights
from explorer.science.iteration import Steps
from explorer.studio import errors
from explorer.studio.arrays import Image
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.inversion.overlays import step_overlay, target_overlay
from explorer.studio.inversion.pictures import shown_steps, small_picture, step_picture
from explorer.studio.inversion.plan import PlannedWeights
from explorer.studio.inversion.record import ContestStep, WeightChange
from explorer.studio.inversion.requests import (
    Exported,
    ExportFigure,
    Finishing,
    Invert,
    Inverted,
    RenderStep,
    StartLeads,
    StartsSeen,
    StepRendered,
    StepTaken,
    TargetsFound,
)
from explorer.studio.inversion.running import (
    FinishedInversion,
    GuidanceReady,
    InversionTarget,
    draw,
    run_inversion,
    step_record,
)
from explorer.studio.inversion.values import StartView

PICTURES_PER_SECOND = 25


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return InversionHandlers(device).table()


class InversionHandlers:
    """Runs inversions and draws their steps.

    Args:
        clock: seconds, for the rate of pictures.
    """

    def __init__(self, device: Device, clock: Callable[[], float] = time.perf_counter) -> None:
        self._device = device
        self._clock = clock

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {Invert: self.invert, RenderStep: self.render_step, ExportFigure: self.export_figure}

    def invert(self, request: Invert, control: Control) -> Generator[Report, None, Inverted]:
        """Run an inversion. Live values are the weights; `finish` keeps the best step so far."""
        target = InversionTarget.of_run(request.target)
        settings = request.settings
        planned = PlannedWeights(request.plan, control.values)

        def should_stop() -> bool:
            return (
                control.should_finish()
                or control.should_stop()
                or (planned.step > 0 and planned.ends(planned.step - 1))
            )

        yield from self._load(request, control)
        running = Steps(
            run_inversion(
                self._device.networks(control),
                target,
                settings,
                branch=request.branch,
                weights=planned,
                should_stop=should_stop,
                decoded=request.decoded,
            )
        )
        pictures = _Pictures(self._clock, control)
        weights: Mapping[str, float] = {**default_weights(), **settings.weights}
        wanted = Guidance()
        for event in running:
            if isinstance(event, GuidanceReady):
                wanted, overlay = event.wanted, target_overlay(event.wanted)
                if overlay is not None:
                    yield TargetsFound(request.run_key, overlay)
            elif isinstance(event, StartsProgress):
                yield Progress(event.in_words(), event.done, event.total, "first steps")
                yield from _starts(request, event, weights)
            elif isinstance(event, InversionStep):
                changes = _changes(event, weights)
                weights, planned.step = event.weights, event.index + 1
                last = event.index == settings.steps or planned.ends(event.index)
                image, best = pictures.of(event, last=last)
                overlay = step_overlay(event, wanted)
                yield StepTaken(request.run_key, step_record(event), event.latent, image, best, changes, overlay)
            else:
                yield Finishing("drawing the result at full size and scoring it", run_key=request.run_key)
        return _inverted(request, running.result)

    def _load(self, request: Invert, control: Control) -> Generator[Report, None, None]:
        """Load what the run needs, with a chance to cancel after each network."""
        networks = self._device.networks(control)
        encoders = (request.settings.encoder, *request.target.held_out)
        loads: list[Callable[[], object]] = [partial(networks.recogniser, name) for name in encoders]
        loads += [networks.detector, partial(networks.generator, request.settings.generator)]
        loads += [partial(networks.calibration, name) for name in encoders]
        if request.settings.targets in ("vector", "photograph"):
            loads.append(networks.landmarks)
        if request.settings.targets == "picture":
            loads.append(partial(networks.lpips, "alex"))
        if request.settings.targets == "photograph":
            loads.append(networks.landmark_predictor)
        for done, load in enumerate(loads):
            yield Progress("loading networks", done, len(loads), "networks")
            # Others may have had their turn meanwhile: say again whose progress it is.
            self._device.networks(control)
            load()

    def render_step(self, request: RenderStep, control: Control) -> Generator[Report, None, StepRendered]:
        """Draw a step's latent as its run's preview showed it."""
        yield Progress(f"drawing step {request.index}")
        networks = self._device.networks(control)
        image = draw(networks, request.latent, request.settings, request.resolution)
        return StepRendered(request.run_key, request.index, image)

    def export_figure(self, request: ExportFigure, control: Control) -> Generator[Report, None, Exported]:
        """Draw start and milestones, compose the figure, write it and its record."""
        from explorer.studio.export.drawings import FigureSpec
        from explorer.studio.inversion.export import DrawnRun, write_run

        run = request.run
        pictures: dict[int, Image] = {}
        shown = shown_steps(run)
        for done, index in enumerate(shown):
            yield Progress("drawing the milestones", done, len(shown), "pictures")
            pictures[index] = step_picture(self._device.networks(control), run, request.latents, index)
        yield Progress(f"writing {request.path.name}")
        drawn = DrawnRun(
            run, request.latents, request.native, request.target_frame, request.target_vector, pictures=pictures
        )
        drawing = FigureSpec(source=request.with_source)
        return Exported(write_run(request.path, drawing, self._device.networks(control), drawn))


class _Pictures:
    """Turns previews into pictures for the window, at most so many a second.

    A paused run's step and the last one are always shown.
    """

    def __init__(self, clock: Callable[[], float], control: Control) -> None:
        self._clock, self._control = clock, control
        self._shown = float("-inf")
        self._best: InversionStep | None = None

    def of(self, step: InversionStep, last: bool) -> tuple[Image | None, Image | None]:
        """The step's picture and that of the best step not yet shown; None where they are dropped."""
        if step.best:
            self._best = step
        now = self._clock()
        if now - self._shown < 1 / PICTURES_PER_SECOND and not last and not self._control.paused():
            return None, None
        self._shown = now
        image = step.image()
        best, self._best = self._best, None
        if best is None:
            return image, None
        return image, image if best is step else best.image()


def _starts(request: Invert, progress: StartsProgress, weights: Mapping[str, float]) -> Iterator[Report]:
    """What the contest of starts shows: those just drawn, and the one that is ahead where all have made a step."""
    if progress.seen or progress.fallen:
        views = tuple(StartView(one.number, small_picture(one.preview), one.step, one.cosine) for one in progress.seen)
        of = (progress.starts, progress.proposed, progress.steps, progress.done, progress.total)
        yield StartsSeen(request.run_key, views, progress.fallen, *of)
    leader = progress.leader
    if leader is not None:
        step = ContestStep(
            step=leader.step,
            number=leader.number,
            competing=leader.competing,
            losses=dict(leader.losses),
            weights={name: weights[name] for name in leader.losses},
            total=leader.total,
            cosine=leader.cosine,
            score=leader.score,
        )
        yield StartLeads(request.run_key, leader.image(), leader.cosine, leader.competing, step)


def _changes(step: InversionStep, before: Mapping[str, float]) -> tuple[WeightChange, ...]:
    return tuple(
        WeightChange(step=step.index, term=term, weight=weight)
        for term, weight in step.weights.items()
        if before[term] != weight
    )


def _inverted(request: Invert, finished: FinishedInversion | None) -> Inverted:
    if finished is None:
        raise errors.Cancelled("stopped before a start was chosen")
    return Inverted(request.run_key, finished.run, finished.native, finished.latent)
