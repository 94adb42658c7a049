"""From an identity embedding back to a face: a pure generator of steps (thesis section 4.2, ID2image section 4).

    run = invert(embedding, settings, generator=..., recogniser=..., detector=...)
    for event in run:
        ...

It holds no thread, no file and no widget; window, command line, tests and film all consume it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.inversion.competing import Field, compete
from explorer.science.inversion.descent import Descent
from explorer.science.inversion.framings import FRAMINGS, Framing
from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.objective import Objective, PointDetector
from explorer.science.inversion.one_pass import OnePass
from explorer.science.inversion.phases import Phase, run_phases, starts_resolution
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.settings import InversionSettings, StartOrigin
from explorer.science.inversion.starts import (
    SelectedStart,
    StartCache,
    WarmStart,
    choice_key,
)
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.inversion.terms import TERMS, LossTarget, default_weights
from explorer.science.iteration import Steps
from explorer.science.leakage.landmark_cnn import LandmarkNetwork
from explorer.science.recognition.base import Encoder

StopReason = Literal["steps", "cosine", "plateau", "user"]
Weights = Callable[[], Mapping[str, float]]
HeldOut = Mapping[str, tuple[Encoder, Tensor]]

_PLATEAU = 1e-3


@dataclass(frozen=True, eq=False)
class InversionOutcome:
    """How a run ended.

    best_index: the step of the lowest total under the weights at the end.
    latent: that step's latent, the result: (K,) or (L, K) as `GeneratorSpec` says, on the CPU.
    weight_changes: (step, term, weight) for every slider move.
    starts_seconds: what evaluating the starts took.
    begun_from: where the start that won the contest came from; "step" where an earlier run's step was gone on from.
    """

    best_index: int
    latent: Tensor
    stopped_by: StopReason
    weight_changes: tuple[tuple[int, str, float], ...]
    starts_seconds: float
    begun_from: StartOrigin


InversionRunning = Generator[StartsProgress | InversionStep, None, InversionOutcome | None]


def invert(
    target: Tensor,
    settings: InversionSettings,
    *,
    generator: FaceGenerator,
    recogniser: Encoder,
    detector: PointDetector,
    held_out: HeldOut | None = None,
    wanted: Guidance | None = None,
    landmarks: LandmarkNetwork | None = None,
    regressor: Proposer | None = None,
    beginning: WarmStart | None = None,
    memory: StartCache | None = None,
    weights: Weights | None = None,
    decoder: OnePass | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> InversionRunning:
    """Search the latent whose face has the target embedding.

    Args:
        target: (D,) embedding of the attacked encoder; nothing else of the photograph is used.
        settings: see InversionSettings.
        generator, recogniser, detector: on one device.
        held_out: other encoders with the photograph's embedding under each: scored now and then, never optimised.
        wanted: landmarks and histogram that are sought too; terms that need them do not act without.
        landmarks: finds the landmarks of generated faces; only needed where some are wanted.
        regressor: proposes some of the starts (`draw_starts`); all are random where None.
        beginning: a step of an earlier run to go on from; there are then no starts.
        memory: of the start that a run before this one, on the same networks, has chosen.
        decoder: of no use to a search; a method that decodes needs it.
        weights: read before every step, so that a slider acts at once; `settings.weights` throughout where None.
        should_stop: asked between steps; the run then ends and keeps its best step so far.

    Yields:
        StartsProgress while the starts are evaluated, then an InversionStep for each state, the start first.

    Returns:
        The outcome; None where it was stopped before a start was chosen.

    Raises:
        ValueError: the target's size is not the encoder's, it is not finite or zero, or a weight's name is unknown.
    """
    fixed = _checked_weights(settings.weights)
    objective = Objective(
        _checked_target(target, wanted or Guidance(), recogniser), settings, generator, recogniser, detector, landmarks
    )
    run = _Run(objective, generator, recogniser, held_out or {}, fixed, regressor, memory or StartCache())
    descent = run.go_on(beginning) if beginning is not None else (yield from run.choose_start(should_stop))
    if descent is None:
        return None
    phases = run_phases(settings, warm=beginning is not None)
    stopped_by: StopReason = "steps"
    for number, phase in enumerate(phases):
        if phase.schedule is not None:
            descent.begin(phase.schedule, phase.share, 0 if beginning is None or number else beginning.steps)
        last = number == len(phases) - 1
        run.begin(phase, is_last=last)
        # The state behind the last step of a phase is the first of the next one, where there is one.
        for count in range(phase.steps + last):
            now = fixed if weights is None else _checked_weights(weights(), fixed)
            step, loss = run.measure(descent.latents, now)
            if count < phase.steps:
                descent.step(loss)
            del loss  # the last one's graph would else live on while the native image is drawn
            run.pause_clock()
            yield step
            run.resume_clock()
            if should_stop():
                return run.outcome("user")
            reason = run.reason_to_stop()
            if reason is not None:
                stopped_by = reason
                break
    return run.outcome(stopped_by)


def _checked_target(target: Tensor, wanted: Guidance, recogniser: Encoder) -> LossTarget:
    spec = recogniser.spec
    if target.shape != (spec.dimension,):
        raise ValueError(f"an embedding of {spec.id} has {spec.dimension} numbers, not {tuple(target.shape)}")
    if not bool(target.isfinite().all()) or not bool(target.any()):
        raise ValueError(f"the embedding of {spec.id} must be finite and not all zero")
    return LossTarget(
        target.detach().float(),
        spec.measure,
        wanted.landmarks,
        wanted.histogram,
        wanted.landmark_tolerance,
        wanted.histogram_tolerance,
        wanted.picture,
    )


def _numbers(found: Tensor | None) -> NDArray[np.float32] | None:
    return None if found is None else found[0].detach().cpu().numpy()


class UnknownTermError(LikenessError, ValueError):
    """A weight is given for a loss term that there is not; the message lists those there are."""


def _checked_weights(given: Mapping[str, float], base: Mapping[str, float] | None = None) -> dict[str, float]:
    # A term that is not here, and has no weight, is none that is missed.
    unknown = sorted(name for name, weight in given.items() if name not in TERMS and weight != 0)
    if unknown:
        raise UnknownTermError(f"no loss term called {', '.join(unknown)}; there are {', '.join(TERMS)}")
    known = {name: weight for name, weight in given.items() if name in TERMS}
    return {**(default_weights() if base is None else base), **known}


class _Run:
    """The state of one inversion between its steps."""

    def __init__(
        self,
        objective: Objective,
        generator: FaceGenerator,
        recogniser: Encoder,
        held_out: HeldOut,
        weights: Mapping[str, float],
        regressor: Proposer | None,
        memory: StartCache,
    ) -> None:
        settings = objective.settings
        self.objective, self.target, self.settings = objective, objective.target, settings
        self.generator, self.recogniser, self.held_out = generator, recogniser, held_out
        self._first_weights, self._regressor, self._memory = weights, regressor, memory
        self._begun_from: StartOrigin = "random"
        self.weight_changes: list[tuple[int, str, float]] = []
        self.starts_seconds = 0.0
        self.latents: list[Tensor] = []
        self._losses: list[dict[str, float]] = []
        self._cosine = -1.0
        self._phase_start, self._is_last = 0, True
        self._resolution = starts_resolution(settings)
        self._weights: Mapping[str, float] = {}
        self._points: Tensor | None = None
        self._seconds, self._since = 0.0, time.perf_counter()

    def pause_clock(self) -> None:
        """Time until `resume_clock` is the consumer's, not the run's."""
        self._seconds += time.perf_counter() - self._since

    def resume_clock(self) -> None:
        self._since = time.perf_counter()

    def choose_start(self, should_stop: Callable[[], bool]) -> Generator[StartsProgress, None, Descent | None]:
        """Find the start to go on with, by the identity: landmarks and histogram act afterwards.

        From a start of another identity there is mostly no way back, however well its pose and colours suit.
        """
        if self._first_weights["identity"] == 0:  # nothing else can tell starts apart then
            return (yield from self._compete(self.objective, should_stop))
        key = choice_key(self.settings, self.target.embedding, self._first_weights, self._regressor)
        chosen = self._memory.recall(key)
        if chosen is None:
            return (yield from self._compete(self.objective.unguided(), should_stop, key))
        self._seconds, self._since = chosen.seconds, time.perf_counter()
        return self._begin_with(chosen)

    def _compete(
        self, objective: Objective, should_stop: Callable[[], bool], key: tuple[object, ...] | None = None
    ) -> Generator[StartsProgress, None, Descent | None]:
        target, weights = self.target.embedding, self._first_weights
        competing = Steps(compete(Field(objective, self.generator, target, self._regressor, weights, should_stop)))
        for progress in competing:
            self.pause_clock()
            leader = None if progress.leader is None else replace(progress.leader, seconds=self._seconds)
            yield replace(progress, leader=leader)
            self.resume_clock()
        self.starts_seconds = self._seconds + time.perf_counter() - self._since
        if competing.result is None:
            return None
        start, origin = competing.result
        chosen = SelectedStart(start, origin, self.starts_seconds)
        if key is not None:
            self._memory.keep(key, chosen)
        return self._begin_with(chosen)

    def _begin_with(self, chosen: SelectedStart) -> Descent:
        self._points, self._begun_from = chosen.start.points, chosen.origin
        self._resolution = chosen.start.resolution
        self.starts_seconds = chosen.seconds
        return chosen.start.descent

    def go_on(self, beginning: WarmStart) -> Descent:
        """Take up an earlier run's step.

        Raises:
            ValueError: its latent has another shape than those of the space, or is not finite.
        """
        shape = self.generator.spec.latent_shape(self.settings.space)
        latent = beginning.latent
        if latent.shape != shape or not bool(latent.isfinite().all()):
            raise ValueError(f"a latent of {self.settings.space} has {shape} finite numbers, not {tuple(latent.shape)}")
        self._begun_from = "step"
        return Descent(latent.float()[None].to(self.target.embedding.device), self.settings, self.settings.steps)

    def begin(self, phase: Phase, *, is_last: bool) -> None:
        """Go over to another image size; what was measured at the last one no longer counts for the best."""
        self._is_last = is_last
        if phase.resolution != self._resolution:
            self._points = None
        self._phase_start, self._resolution = len(self.latents), phase.resolution

    def measure(self, latent: Tensor, weights: Mapping[str, float]) -> tuple[InversionStep, Tensor]:
        """Evaluate the latent as it stands: the step to yield and the loss to descend."""
        index = len(self.latents)
        self._note_weights(index, weights)
        fresh = index % self.settings.realign_every == 0
        points = None if fresh and index > 0 else self._points
        framing = self._framing()
        evaluation = self.objective.evaluate(latent, points, self._resolution, framing)
        candidate = evaluation.candidate
        # Scores are always of the face as it is aligned.
        embedding = candidate.embedding if framing == FRAMINGS[0] else self.objective.aligned(evaluation)
        self._points = candidate.points
        total = evaluation.total(weights)[0]
        losses = {name: float(loss[0].detach()) for name, loss in evaluation.losses.items()}
        step = InversionStep(
            index=index,
            losses=losses,
            weights={name: weights[name] for name in losses},
            total=float(total.detach()),
            latent=latent.detach()[0].cpu().clone(),
            scores=self._scores(candidate.image, candidate.points, embedding, index),
            cosine=float(torch.cosine_similarity(embedding.detach(), self.target.embedding[None])[0]),
            preview=candidate.image.detach()[0],
            points=candidate.points[0].double().cpu().numpy(),
            landmarks=_numbers(candidate.landmarks),
            histogram=_numbers(candidate.histogram),
            seconds=self._seconds + time.perf_counter() - self._since,
            best=all(float(total.detach()) < self._total(earlier) for earlier in self._losses[self._phase_start :]),
        )
        self.latents.append(step.latent)
        self._losses.append(losses)
        self._cosine = step.cosine
        return step, total

    def _framing(self) -> Framing:
        """How the attacked encoder sees the next step: the last phase chooses the best one by equal measure."""
        turn = 0 if self._is_last else len(self.latents) % self.settings.framings
        return FRAMINGS[turn]

    def _note_weights(self, index: int, weights: Mapping[str, float]) -> None:
        # A slider may have moved while the starts competed, under the weights that the run was given.
        before = self._weights or self._first_weights
        changed = ((name, weights[name]) for name in self.objective.terms if before[name] != weights[name])
        self.weight_changes += [(index, name, weight) for name, weight in changed]
        self._weights = dict(weights)

    @torch.no_grad()
    def _scores(self, image: Tensor, points: Tensor, embedding: Tensor, index: int) -> dict[str, float]:
        spec = self.recogniser.spec
        scores = {spec.id: float(self.recogniser.compare(embedding[0], self.target.embedding))}
        if index % self.settings.score_every == 0 or index in (self.settings.steps, self._phase_start):
            for name, (encoder, wanted) in self.held_out.items():
                scores[name] = float(encoder.compare(encoder.embed(image, points)[0], wanted))
        return scores

    def _total(self, losses: Mapping[str, float]) -> float:
        """The total of a step's losses under the weights as they stand now."""
        return sum(self._weights[name] * loss for name, loss in losses.items())

    def best_index(self) -> int:
        """The step of the lowest total under the weights as they stand now, among those of the last phase."""
        steps = range(self._phase_start, len(self._losses))
        return min(steps, key=lambda index: self._total(self._losses[index]))

    def outcome(self, stopped_by: StopReason) -> InversionOutcome:
        """How the run ended."""
        best = self.best_index()
        changes = tuple(self.weight_changes)
        return InversionOutcome(best, self.latents[best], stopped_by, changes, self.starts_seconds, self._begun_from)

    def reason_to_stop(self) -> StopReason | None:
        """Whether the cosine sought is reached, or the total has stood still for as long as patience lasts."""
        if self.settings.stop_cosine is not None and self._cosine >= self.settings.stop_cosine:
            return "cosine"
        patience = self.settings.patience
        losses = self._losses[self._phase_start :]
        if patience is not None and len(losses) > patience:
            before = min(self._total(one) for one in losses[:-patience])
            if min(self._total(one) for one in losses[-patience:]) > before * (1 - _PLATEAU):
                return "plateau"
        return None
