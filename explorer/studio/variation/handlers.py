"""Handlers for several inversions of one embedding."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping

import numpy as np

from explorer.science.inversion.phases import size_in_words
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.iteration import Steps
from explorer.studio import errors, places
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.inversion.requests import Exported
from explorer.studio.inversion.running import FinishedInversion, InversionTarget
from explorer.studio.inversion.several import MemberDone, MemberEvent
from explorer.studio.variation.requests import ExportVariation, MemberMoved, MemberReport, RunEnsemble, RunsReport
from explorer.studio.variation.running import FinishedVariation, RunsCompared, Varying, run_variation
from explorer.studio.variation.values import RANDOM_FACE, EnsembleResult, RunNow

PICTURES_PER_SECOND = 4  # of the run under way


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return VariationHandlers(device).table()


class VariationHandlers:
    """Inverts again and again, and writes what came of it.

    Args:
        clock: in seconds, which tells when the next picture of a run is due.
    """

    def __init__(self, device: Device, clock: Callable[[], float] = time.monotonic) -> None:
        self._device, self._clock = device, clock

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {RunEnsemble: self.vary, ExportVariation: self.export}

    def vary(self, request: RunEnsemble, control: Control) -> Generator[Report, None, EnsembleResult]:
        """Run the inversions; `finish` keeps those that were made."""
        yield Progress("loading networks")
        networks = self._device.networks(control)
        target = InversionTarget.of_run(request.target)
        running = run_variation(
            networks,
            networks.labellers(),
            target,
            request.settings,
            request.runs,
            places.private_folder(places.cache()),
            should_stop=lambda: control.should_finish() or control.should_stop(),
        )
        finished = yield from self._followed(running, request, control)
        if finished is None:
            raise errors.Cancelled("stopped before there were two results")
        return _painted(request.key, finished)

    def _followed(
        self, running: Varying, request: RunEnsemble, control: Control
    ) -> Generator[Report, None, FinishedVariation | None]:
        steps, shown = Steps(running), float("-inf")
        for event in steps:
            if isinstance(event, MemberEvent):
                progress = _progress(event, request)
                yield progress
                due = self._clock() - shown >= 1 / PICTURES_PER_SECOND
                shown = self._clock() if due else shown
                yield MemberMoved(request.key, _run_now(event, progress.message, pictured=due))
            elif isinstance(event, MemberDone):
                yield MemberReport(request.key, event.number, event.finished.native, facts(event.finished))
            elif isinstance(event, RunsCompared):
                yield RunsReport(_painted(request.key, event.finished))
            else:
                words = "looking at random faces"
                yield Progress(words, event.done, event.total, "faces")
                now = RunNow(RANDOM_FACE, f"{words}, {event.done + 1} of {event.total}", event.picture)
                yield MemberMoved(request.key, now)
            # Others may have had their turn meanwhile: say again whose progress it is.
            self._device.networks(control)
        return steps.result

    def export(self, request: ExportVariation, control: Control) -> Generator[Report, None, Exported]:
        """Compose the figure, write it and its record."""
        from explorer.studio.export.drawings import VariationSpec
        from explorer.studio.export.page import save
        from explorer.studio.export.provenance import write_sidecar
        from explorer.studio.variation.figure import (
            VariationImages,
            VariationOptions,
            draw_variation,
            variation_provenance,
        )

        yield Progress("composing the figure")
        finished = request.finished
        pictures = [one.native for one in finished.results]
        images = VariationImages(pictures, finished.mean, finished.spread, request.source)
        figure = draw_variation(finished.record, images, VariationOptions(mark=request.mark))
        yield Progress(f"writing {request.path.name}")
        drawing = VariationSpec(source=request.source is not None, mark=request.mark)
        record = variation_provenance(finished.record, drawing)
        path = save(figure, request.path, record)
        return Exported((path, write_sidecar(path, record)))


def _painted(key: str, finished: FinishedVariation) -> EnsembleResult:
    from explorer.studio.export.colour_map import colour_map, coloured

    painted, top = coloured(finished.spread)
    scale = np.asarray(colour_map()(np.linspace(0, 1, 256), bytes=True)[:, :3], np.uint8)
    return EnsembleResult(key, finished, painted, scale, top, finished.reconstruction())


def _run_now(event: MemberEvent, words: str, *, pictured: bool) -> RunNow:
    """A run under way, with its newest picture where one is due."""
    inner, picture = event.event, None
    if pictured and isinstance(inner, InversionStep):
        picture = inner.image()
    elif pictured and isinstance(inner, StartsProgress) and inner.leader is not None:
        picture = inner.leader.image()
    return RunNow(f"Run {event.number + 1}", words, picture)


def _progress(event: MemberEvent, request: RunEnsemble) -> Progress:
    """How far all runs have come, in steps."""
    settings, inner = request.settings, event.event
    done, words = 0, "drawing and scoring the result"
    if isinstance(inner, StartsProgress):
        words = inner.in_words()
    elif isinstance(inner, InversionStep):
        size = size_in_words(settings, inner.resolution)
        done, words = inner.index, f"step {inner.index} of {settings.steps} ({size}), cosine {inner.cosine:.2f}"
    else:
        done = settings.steps
    message = f"run {event.number + 1} of {request.runs}, {words}"
    return Progress(message, event.number * settings.steps + done, request.runs * settings.steps, "steps")


def facts(finished: FinishedInversion) -> str:
    """The mean cosine of a result on held-out encoders; on the attacked one where no other knows the target."""
    scores = [score for score in finished.run.scores if score.measure == "cosine"]
    judged = [score.score for score in scores if not score.attacked]
    if judged:
        return f"held out {np.mean(judged):.2f}"
    return f"cosine {scores[0].score:.2f}" if scores else "no face found"
