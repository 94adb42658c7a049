"""The attacks on a black box, one entry each: all are given the same faces that it has answered for, and yield alike.

An attack asks by yielding a `Question` and is sent the answers; it knows of no network, program or file. Whoever drives
it counts what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.blackbox.evolution import Evolution, principal_directions
from explorer.science.blackbox.translation import TranslatingEncoder, fit_translation
from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.generation.spec import Space
from explorer.science.inversion.invert import invert
from explorer.science.inversion.objective import PointDetector
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.recognition.base import Encoder, Metric, similarity_or_distance
from explorer.science.registry import Registry

FRAME = 256
"""Side in pixels of the frame that a black box is shown."""

# Of a search by answers alone: more directions than these take more questions than there mostly are.
_DIRECTIONS = 64


@dataclass(frozen=True, eq=False)
class Question:
    """Faces that the black box is asked about: frames (B, 256, 256, 3) uint8 RGB. A (D,) vector is sent back for each,
    or None where it found no face."""

    frames: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Bred:
    """A round of evolution is over. asked: questions so far, of `total`. best: what the best face reached by now, as
    `nearness` has it."""

    asked: int
    total: int
    best: float


@dataclass(frozen=True, eq=False)
class AskedFaces:
    """Generated faces that the black box has answered for.

    latents: (N, K) of W. vectors: (N, D), its answers. embeddings: (N, E) of the same frames, by white box.
    """

    latents: Tensor
    vectors: Tensor
    embeddings: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.latents)


@dataclass(frozen=True, eq=False)
class Attacked:
    """What an attack came to.

    latent: (K,), or (L, K) for W+, in `space`. held_out: how well a translation did on faces it had not learnt from.
    """

    latent: Tensor
    space: Space
    held_out: Mapping[str, float] = field(default_factory=dict)


Answers = Sequence[Tensor | None]
Attacking = Generator[Question | StartsProgress | InversionStep | Bred, Answers | None, Attacked | None]


class Attack(Protocol):
    """Leads from a black box's vector to a face; a method uses what it needs."""

    def __call__(
        self,
        target: Tensor,
        faces: AskedFaces,
        settings: InversionSettings,
        *,
        generator: FaceGenerator,
        whites: Mapping[str, Encoder],
        detector: PointDetector,
        measure: Metric = "cosine",
        questions: int = 0,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Attacking:
        """Begin an attack.

        Args:
            target: (D,) of the black box.
            settings: of the search; its encoder is not looked at, and its space not by every method.
            whites: encoders with weights, by name; those that `faces` has embeddings of.
            measure: by which the black box's vectors are compared.
            questions: how many it may ask.
            should_stop: asked between steps.

        Returns:
            What it came to; None where it was stopped before there was anything.
        """
        ...


@dataclass(frozen=True)
class AttackSpec:
    """One way to attack a black box.

    source: the paper that it follows. share: of the budget, what it asks itself; the rest goes to faces at random.
    needs: the extra of the installation that it cannot do without; empty where there is none.
    student: whether its one white box is a student of the black box, which answers in its space.
    """

    name: str
    title: str
    explanation: str
    source: str
    attack: Attack
    share: float = 0.0
    needs: str = ""
    student: bool = False


def nearness(one: Tensor, other: Tensor, measure: Metric) -> Tensor:
    """How near vectors (..., D) are, the more the nearer: their cosine, or their distance below zero."""
    value = similarity_or_distance(one, other, measure)
    return value if measure == "cosine" else -value


class NearestFaces:
    """Proposes, as starts of a search, the faces whose vectors are nearest to a target's.

    Args:
        faces: to choose from. target: (D,). measure: of the black box.
    """

    def __init__(self, faces: AskedFaces, target: Tensor, measure: Metric) -> None:
        order = nearness(faces.vectors, target.to(faces.vectors)[None], measure).argsort(descending=True, stable=True)
        self._latents = faces.latents[order]

    def propose(self, embedding: Tensor, count: int, seed: int) -> Tensor:
        """(count, K), the nearest first; the nearest again where there are fewer."""
        return self._latents[torch.arange(count) % len(self._latents)]


def _proposer(target: Tensor, faces: AskedFaces, settings: InversionSettings, measure: Metric) -> NearestFaces | None:
    """What proposes starts of a white-box search; none where the settings ask for none, or search in Z."""
    return NearestFaces(faces, target, measure) if settings.regressor and settings.space != "Z" else None


def nearest(
    target: Tensor,
    faces: AskedFaces,
    settings: InversionSettings,
    *,
    generator: FaceGenerator,
    whites: Mapping[str, Encoder],
    detector: PointDetector,
    measure: Metric = "cosine",
    questions: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Attacking:
    """The nearest of the faces that were asked about: what any attack has to be held against."""
    yield from ()
    return Attacked(NearestFaces(faces, target, measure).propose(target, 1, 0)[0], "W")


def translate(
    target: Tensor,
    faces: AskedFaces,
    settings: InversionSettings,
    *,
    generator: FaceGenerator,
    whites: Mapping[str, Encoder],
    detector: PointDetector,
    measure: Metric = "cosine",
    questions: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Attacking:
    """Learn what the vector says in white boxes' spaces, and search there; it asks nothing itself."""
    device = generator.mean_w.device
    translation = fit_translation(faces.vectors, {white: faces.embeddings[white] for white in whites}, measure)
    encoder = TranslatingEncoder(translation.to(device), whites)
    outcome = yield from invert(
        encoder.target(target),
        settings,
        generator=generator,
        recogniser=encoder,
        detector=detector,
        regressor=_proposer(target, faces, settings, measure),
        should_stop=should_stop,
    )
    return None if outcome is None else Attacked(outcome.latent, settings.space, translation.held_out())


def through_student(
    target: Tensor,
    faces: AskedFaces,
    settings: InversionSettings,
    *,
    generator: FaceGenerator,
    whites: Mapping[str, Encoder],
    detector: PointDetector,
    measure: Metric = "cosine",
    questions: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Attacking:
    """Search as if the black box's weights were known: those of a student that learnt its answers are."""
    (student,) = whites.values()
    outcome = yield from invert(
        target,
        settings,
        generator=generator,
        recogniser=student,
        detector=detector,
        regressor=_proposer(target, faces, settings, measure),
        should_stop=should_stop,
    )
    return None if outcome is None else Attacked(outcome.latent, settings.space)


def evolve(
    target: Tensor,
    faces: AskedFaces,
    settings: InversionSettings,
    *,
    generator: FaceGenerator,
    whites: Mapping[str, Encoder],
    detector: PointDetector,
    measure: Metric = "cosine",
    questions: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Attacking:
    """Go on from what a translation leads to, by the black box's own answers."""
    found = yield from translate(
        target, faces, settings, generator=generator, whites=whites, detector=detector, measure=measure,
        should_stop=should_stop,
    )  # fmt: skip
    if found is None or questions < 1:
        return found
    latent, space = found.latent, found.space
    if space == "Z":
        latent, space = generator.styles(latent[None].to(generator.mean_w), "Z")[0, 0].cpu(), "W"
    search = Evolution(latent, principal_directions(generator, _DIRECTIONS), settings.seed)
    began = (yield from _worth(latent[None], space, target, generator, measure))[0]
    asked = 1
    while asked + search.size <= questions and not should_stop():
        search.tell((yield from _worth(search.ask(), space, target, generator, measure)))
        asked += search.size
        best = max(search.worth, -torch.inf if began is None else began)
        yield Bred(asked, questions, best)
    better = began is None or search.worth > began
    return Attacked(search.best if better else latent, space, found.held_out)


def _worth(
    latents: Tensor, space: Space, target: Tensor, generator: FaceGenerator, measure: Metric
) -> Generator[Question, Answers | None, list[float | None]]:
    """How near the faces of latents (B, ...) are to the target by the black box's word; None where it saw no face."""
    answers = yield Question(frames_of(latents, space, generator))
    if answers is None:
        raise RuntimeError("a question of an attack was left without answers")
    return [None if one is None else float(nearness(one, target.to(one), measure)) for one in answers]


@torch.no_grad()
def frames_of(latents: Tensor, space: Space, generator: FaceGenerator) -> NDArray[np.uint8]:
    """The faces of latents (B, ...) as a black box is shown them: (B, 256, 256, 3) uint8 RGB."""
    drawn = []
    for latent in latents.split(4):
        image = generator.image(generator.styles(latent.to(generator.mean_w), space), FRAME)
        drawn.append(image.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu())
    return np.ascontiguousarray(torch.cat(drawn).numpy())


NEAREST = AttackSpec(
    "nearest", "Nearest face", "the nearest of the faces that were asked about, without any search", "ours", nearest
)
TRANSLATION = AttackSpec(
    "translation",
    "Translation",
    "linear maps between the black box and encoders whose weights are known, and a search against these",
    "McNeely-White et al. 2020",
    translate,
)
EVOLUTION = AttackSpec(
    "evolution",
    "Evolution",
    "goes on from the translation's face by the black box's answers, along the principal directions of W",
    "Hansen & Ostermeier 2001",
    evolve,
    share=0.2,
    needs="blackbox",
)

STUDENT = AttackSpec(
    "student",
    "Student",
    "a search with the gradients of a network that learnt to answer as the black box does",
    "Truong et al., Vec2Face-v2, section IV-G",
    through_student,
    student=True,
)

ATTACKS: Registry[AttackSpec] = Registry(
    "attack on a black box", (NEAREST, TRANSLATION, EVOLUTION, STUDENT), attrgetter("name")
)
