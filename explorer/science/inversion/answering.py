"""Search from an answer: the first proposal, refined where it is, is gone on from; no start competes with it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from torch import Tensor

from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.invert import HeldOut, InversionOutcome, InversionRunning, Weights, invert
from explorer.science.inversion.objective import PointDetector
from explorer.science.inversion.one_pass import OnePass
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache, WarmStart, in_space
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.leakage.landmark_cnn import LandmarkNetwork
from explorer.science.recognition.base import Encoder


def go_on_from_answer(
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
    """Search from the likeliest proposal, in place of a contest of starts; everything else as `invert`.

    Raises:
        ValueError: nothing proposes anything; otherwise as of `invert`.
    """
    if beginning is None and regressor is None:
        raise ValueError(
            f"nothing proposes a start for {recogniser.spec.id}: train a regressor, or search by a contest"
        )
    running = invert(
        target,
        settings,
        generator=generator,
        recogniser=recogniser,
        detector=detector,
        held_out=held_out,
        wanted=wanted,
        landmarks=landmarks,
        beginning=beginning or _answer(target, settings, generator, regressor),
        weights=weights,
        should_stop=should_stop,
    )
    return running if beginning is not None else _begun_by_regressor(running)


def _answer(
    target: Tensor, settings: InversionSettings, generator: FaceGenerator, regressor: Proposer | None
) -> WarmStart:
    assert regressor is not None, "it was asked for"
    answer = regressor.propose(target, 1, settings.seed)
    return WarmStart(in_space(answer, generator, settings.space)[0], 0)


def _begun_by_regressor(
    running: InversionRunning,
) -> Generator[StartsProgress | InversionStep, None, InversionOutcome | None]:
    outcome = yield from running
    return None if outcome is None else replace(outcome, begun_from="regressor")
