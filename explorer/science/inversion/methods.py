"""The ways from a vector back to a face, one entry each: all take the same and yield the same steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from torch import Tensor

from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.inversion.answering import go_on_from_answer
from explorer.science.inversion.decoded import decode
from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.invert import HeldOut, InversionRunning, Weights, invert
from explorer.science.inversion.objective import PointDetector
from explorer.science.inversion.one_pass import OnePass
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache, WarmStart
from explorer.science.leakage.landmark_cnn import LandmarkNetwork
from explorer.science.recognition.base import Encoder
from explorer.science.registry import Registry


class InversionMethod(Protocol):
    """Turns an embedding into a generator of steps; `invert` says what each argument is.

    A method uses what it needs, and ignores the rest.
    """

    def __call__(
        self,
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
        """Begin an inversion of an embedding (D,)."""
        ...


@dataclass(frozen=True)
class MethodSpec:
    """One way back. source: the section or paper that it follows."""

    name: str
    title: str
    source: str
    invert: InversionMethod


SEARCH = MethodSpec("search", "Search of the latent", "thesis section 4.2, ID2image section 4", invert)

ANSWER = MethodSpec("answer", "Search from a regressor's answer", "thesis section 4.2.1", go_on_from_answer)

DECODER = MethodSpec("decoder", "Decoded picture", "Deep Face Decoder section 3", decode)

# Whatever draws in one pass goes the same way: here it is handed a generator from vectors as its decoder.
VEC2FACE = MethodSpec("vec2face", "Face of a generator from vectors", "Vec2Face-v2 section III-B", decode)

METHODS: Registry[MethodSpec] = Registry("inversion method", (SEARCH, ANSWER, DECODER, VEC2FACE), attrgetter("name"))
