"""Photoreal people: one w each, and pictures of them by edits that keep the identity, as encoders check it.

A person is a seed; a picture is a row of strengths, one for each axis of `photoreal_edits`, with a lamp and a camera
that follow from seed and number. What an encoder that checks does not take for the same person is drawn again by a
weaker edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, Photograph
from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw, drawing
from explorer.science.inversion.step import to_uint8
from explorer.science.recognition.base import Encoder
from explorer.science.training import camera
from explorer.science.training.corpus import embed_together
from explorer.science.training.lamp import Lamp, lamp_of, relit
from explorer.science.training.photoreal_edits import MOST_STEPS, STEP, PhotorealEdit, moved

# Those that choose; others only measure (`EncoderSpec.judges_only`).
CHECKERS = ("facenet-irv1", "hse-mobilenet")
# Each weaker try multiplies all strengths of a picture by so much.
WEAKER = 0.7
TRIES = 4
# How often an expression's part is moved at all.
_OFTEN = {"smile": 0.6, "jaw": 0.35, "brows": 0.4}
# A mouth that is closed opens, and cannot be closed further.
_LEAST = {"jaw": -0.25}
_LEAST_QUALITY, _BEST_QUALITY = 60, 97
_APART = 1 << 32

Codes = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class PhotorealModels:
    """The networks that a person's pictures pass through. checkers: by id; none where pictures are only drawn."""

    generator: Generator
    detector: Detector
    checkers: Mapping[str, Encoder]

    @cached_property
    def draw(self) -> Draw:
        """As `CorpusModels.draw`."""
        return drawing(self.generator, mixed=True)


@dataclass(frozen=True, eq=False)
class Checked:
    """A picture that shows a face. pixels: (S, S, 3) uint8 RGB. embeddings: (D,) by checker, of length 1."""

    pixels: NDArray[np.uint8]
    face: Face
    embeddings: Mapping[str, Tensor]


def wanted_codes(seed: int, number: int, edits: Sequence[PhotorealEdit]) -> Codes:
    """How far picture `number` of a person is to be moved along each direction, in steps of `STEP`: (A,).

    The first picture is the person's own w.

    Example:
        >>> from explorer.science.training.photoreal_people import wanted_codes
        >>> wanted_codes(seed=5, number=0, edits=()).tolist()
        []
    """
    random = np.random.default_rng((seed, number))
    strengths = np.zeros(len(edits))
    for place, edit in enumerate(edits):
        name = edit.axis.name
        taken, share = random.random() < _OFTEN.get(name, 1.0), random.uniform(_LEAST.get(name, -1.0), 1.0)
        strengths[place] = share * edit.reach if taken and number else 0.0
    return to_steps(strengths)


def to_steps(strengths: NDArray[np.float64]) -> Codes:
    """Strengths in spreads as the nearest whole steps that a signed byte holds."""
    return np.clip(np.rint(strengths / STEP), -MOST_STEPS, MOST_STEPS).astype(np.int8)


def weaker(codes: Codes) -> Codes:
    """The next weaker try of a picture.

    Example:
        >>> import numpy as np
        >>> from explorer.science.training.photoreal_people import weaker
        >>> weaker(np.array([100, -10, 0], np.int8)).tolist()
        [70, -7, 0]
    """
    return np.rint(codes.astype(np.float64) * WEAKER).astype(np.int8)


def share_of(number: int, attempt: int) -> float:
    """How much of its lamp and its camera a try of a picture has: the first picture, by which others are checked, has
    none."""
    return WEAKER**attempt if number else 0.0


def lens_of(seed: int, number: int, size: int, attempt: int = 0) -> camera.Camera:
    """The camera of a person's picture: a plain one, for pictures that are looked at, and of their own size.

    Args:
        attempt: from 0; later tries are through a milder one.
    """
    lens, share = camera.draw(seed + _APART * (number + 1)), share_of(number, attempt)
    red, green, blue = (balance**share for balance in lens.balance)
    return replace(
        lens,
        zoom=lens.zoom**share,
        angle=share * lens.angle,
        shift=(share * lens.shift[0], share * lens.shift[1]),
        resolution=size,
        # Blur is of the picture and not of its pixels: it is as wide at every size.
        blur=share * lens.blur * size / 512,
        exposure=0.6 * share * lens.exposure,
        balance=(red, green, blue),
        contrast=lens.contrast**share,
        read_noise=0.3 * share * lens.read_noise,
        shot_noise=0.3 * share * lens.shot_noise,
        quality=max(_LEAST_QUALITY, round(_BEST_QUALITY - share * (_BEST_QUALITY - lens.quality))),
    )


@torch.no_grad()
def styles_of_person(generator: Generator, seed: int, psi: float) -> Tensor:
    """(1, 23, 512): a person's own w in every layer."""
    return generator.styles(generator.sample(1, seed, psi)[1], "W")


@dataclass(frozen=True)
class Place:
    """Which picture of whom: the person's seed, the picture's number, its side in pixels, and which try it is."""

    seed: int
    number: int
    size: int
    attempt: int = 0

    @property
    def lens(self) -> camera.Camera:
        """Its camera."""
        return lens_of(self.seed, self.number, self.size, self.attempt)

    @property
    def lamp(self) -> Lamp:
        """Its lamp."""
        return lamp_of(self.seed, self.number, share_of(self.number, self.attempt))


@torch.no_grad()
def picture_of(
    models: PhotorealModels, styles: Tensor, edits: Sequence[PhotorealEdit], codes: Codes, place: Place
) -> NDArray[np.uint8]:
    """One picture, (S, S, 3) uint8 RGB, by its lamp and its camera.

    Args:
        styles: (1, 23, 512) of the person.
    """
    strengths = (codes.astype(np.float64) * STEP).tolist()
    pixels = to_uint8(models.draw(moved(styles, edits, strengths), place.size)[0])
    return camera.photograph(place.lens, relit(place.lamp, pixels))


@torch.no_grad()
def check(models: PhotorealModels, pixels: Sequence[NDArray[np.uint8]]) -> list[Checked | None]:
    """Find and embed the face of each picture; None where there is none."""
    faces = models.detector.detect_in_frames(pixels)
    there = [(Photograph(one, "drawn", ""), face) for one, face in zip(pixels, faces, strict=True) if face is not None]
    if not there:
        return [None] * len(pixels)
    embedded = iter(embed_together(models.checkers, there))
    return [
        None
        if face is None
        else Checked(one, face, {name: F.normalize(v.float(), dim=0) for name, v in next(embedded).items()})
        for one, face in zip(pixels, faces, strict=True)
    ]


def same_person(one: Mapping[str, Tensor], others: Sequence[Mapping[str, Tensor]], at: Mapping[str, float]) -> bool:
    """Whether every checker takes a picture for the same person as every other one.

    Args:
        one, others: embeddings of length 1 by checker. at: the checkers' thresholds, of the cosine.
    """
    return all(float(one[name] @ other[name]) >= least for other in others for name, least in at.items())


@dataclass(frozen=True, eq=False)
class PhotorealPerson:
    """A person's pictures.

    codes: (P, A) int8 strengths in steps. kept: (P,) bool, which numbers have a picture.
    tries: (P,) uint8, how many were drawn for it; lamp and camera are those of the last. pictures: of the kept ones.
    """

    seed: int
    codes: Codes
    kept: NDArray[np.bool_]
    tries: NDArray[np.uint8]
    pictures: tuple[Checked, ...]


def make_person(
    models: PhotorealModels,
    seed: int,
    psi: float,
    edits: Sequence[PhotorealEdit],
    thresholds: Mapping[str, float],
    pictures: int,
    size: int = 128,
    tell: Callable[[], object] = lambda: None,
) -> PhotorealPerson:
    """Draw a person's pictures in the order of their numbers, each checked against all before it.

    Args:
        thresholds: of the checkers. size: at which they are drawn and checked. tell: called for each number.
    """
    styles = styles_of_person(models.generator, seed, psi)
    codes = np.zeros((pictures, len(edits)), np.int8)
    kept, tries = np.zeros(pictures, bool), np.zeros(pictures, np.uint8)
    made: list[Checked] = []
    for number in range(pictures):
        codes[number] = wanted_codes(seed, number, edits)
        for attempt in range(TRIES):
            codes[number] = weaker(codes[number]) if attempt else codes[number]
            tries[number] += 1
            (seen,) = check(
                models, [picture_of(models, styles, edits, codes[number], Place(seed, number, size, attempt))]
            )
            if seen is not None and same_person(seen.embeddings, [one.embeddings for one in made], thresholds):
                kept[number] = True
                made.append(seen)
                break
            if not number:
                break
        tell()
    return PhotorealPerson(seed, codes, kept, tries, tuple(made))


def strangers_apart(
    embeddings: Mapping[str, Tensor], thresholds: Mapping[str, float], count: int | None = None
) -> list[int]:
    """Of people in order those whom no checker takes for one that was chosen before them.

    Args:
        embeddings: (N, D) of length 1 by checker; a row with nan is of nobody. count: at most so many.

    Example:
        >>> import torch
        >>> from explorer.science.training.photoreal_people import strangers_apart
        >>> rows = torch.tensor([[1.0, 0.0], [0.9, 0.436], [0.0, 1.0]])
        >>> strangers_apart({"sface": rows}, {"sface": 0.8})
        [0, 2]
    """
    people = len(next(iter(embeddings.values())))
    barred = np.zeros(people, bool)
    for rows in embeddings.values():
        barred |= rows.isnan().any(1).numpy()
    chosen: list[int] = []
    for row in range(people):
        if barred[row] or (count is not None and len(chosen) >= count):
            continue
        chosen.append(row)
        for name, rows in embeddings.items():
            barred |= (rows @ rows[row] >= thresholds[name]).numpy()
    return chosen


def threshold_of_strangers(embeddings: Tensor, fmr: float = 1e-3) -> float:
    """The cosine that this share of pairs of different people passes.

    Args:
        embeddings: (N, D) of length 1, of N people.
    """
    known = embeddings[~embeddings.isnan().any(1)]
    row, column = torch.triu_indices(len(known), len(known), 1)
    scores = (known @ known.T)[row, column].sort(descending=True).values
    return float(scores[int(fmr * len(scores))])
