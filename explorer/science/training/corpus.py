"""The labelled corpus: which faces it holds, and how one of them is drawn, seen twice, embedded and labelled.

Every sample follows from the recipe and its number alone, whichever worker makes it. A hash of the number splits the
base faces into training, calibration and test. Calibration and test are plain draws of W at truncation 1, so that
attributes have their natural prevalence; training faces may also mix two w or be drawn at another truncation, and
only training faces are edited, each edit belonging to its base face.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import align, crop_frame, face_image
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, Photograph
from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw, drawing
from explorer.science.generation.mobilestylegan import STYLE_LAYERS
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import LABEL_SIZE, MEASURE_SIZE, Labellers, Labels, halved
from explorer.science.recognition.base import Encoder
from explorer.science.training import camera

Split = Literal["train", "calibration", "test"]
SPLITS: tuple[Split, ...] = ("train", "calibration", "test")
RESOLUTION = 512
# How often another camera is tried where no face is found in the second view.
_CAMERAS = 4
CAMERAS_APART = 1_000_000_000


@dataclass(frozen=True)
class CorpusRecipe:
    """What a corpus holds; the seeds of face i are seed + 4 i and the three behind it.

    faces, edits: how many base faces and edited faces; a corpus can be made larger later.
    per_shard: faces in one file.
    calibration, test: shares of the base faces.
    mixed: share of the training faces whose layers behind a random crossover take another w (W+).
    truncated: share of the training faces whose truncation psi is drawn uniformly from `psi`.
    repeat: every so many faces are labelled a second time, from the second view, to measure the labels' noise.
    directions_from: the directions of the edits are found on the training faces among so many first ones.
    """

    faces: int = 18_000
    edits: int = 4_000
    seed: int = 20_000_000
    per_shard: int = 100
    calibration: float = 0.1
    test: float = 0.1
    mixed: float = 0.25
    truncated: float = 0.35
    psi: tuple[float, float] = (0.7, 1.1)
    repeat: int = 10
    directions_from: int = 6_000


@dataclass(frozen=True)
class SamplePlan:
    """How a face is drawn, known before anything is.

    index: its number among the base faces, or among the edits.
    base: number of the base face that it is or that it is an edit of; the split is that face's.
    psi: truncation. crossover: the first style layer that takes the other w; 0 for none.
    """

    index: int
    base: int
    split: Split
    seed: int
    other_seed: int
    view_seed: int
    psi: float
    crossover: int


@dataclass(frozen=True, eq=False)
class Latents:
    """z (512,), w (512,) behind truncation and edit, and the other w (512,) of a mix, None without one."""

    z: Tensor
    w: Tensor
    other_w: Tensor | None


@dataclass(frozen=True, eq=False)
class View:
    """One picture of a face.

    points: (5, 2) pixels of the picture. embeddings: (D,) by encoder, as the encoder gives them.
    labels: None where the view is not labelled.
    """

    points: NDArray[np.float32]
    embeddings: Mapping[str, Tensor]
    labels: Labels | None


@dataclass(frozen=True, eq=False)
class ViewPair:
    """A face seen twice. frame: (224, 224, 3) uint8 RGB of the first view. view_seed: of the second view's camera."""

    frame: NDArray[np.uint8]
    first: View
    second: View
    view_seed: int


@dataclass(frozen=True, eq=False)
class CorpusSample:
    """One finished sample of the generator."""

    latents: Latents
    seen: ViewPair


@dataclass(frozen=True, eq=False)
class CorpusModels:
    """The networks that a face passes through; the generator that draws it is needed for samples alone."""

    generator: Generator
    detector: Detector
    recognisers: Mapping[str, Encoder]
    labellers: Labellers

    @cached_property
    def draw(self) -> Draw:
        """Draws faces of a corpus: in bfloat16 where the processor multiplies such numbers."""
        return drawing(self.generator, mixed=True)


def plan(recipe: CorpusRecipe, index: int) -> SamplePlan:
    """How base face `index` is drawn."""
    split = split_of(recipe, index)
    seed = recipe.seed + 4 * index
    random = np.random.default_rng(seed)
    mixed, truncated = random.random() < recipe.mixed, random.random() < recipe.truncated
    psi, crossover = float(random.uniform(*recipe.psi)), int(random.integers(1, STYLE_LAYERS))
    free = split == "train"
    return SamplePlan(
        index=index,
        base=index,
        split=split,
        seed=seed,
        other_seed=seed + 1,
        view_seed=seed + 2,
        psi=psi if free and truncated else 1.0,
        crossover=crossover if free and mixed else 0,
    )


def split_of(recipe: CorpusRecipe, index: int) -> Split:
    """The split of a base face, by a hash of its number; it does not depend on the size of the corpus."""
    digest = hashlib.sha256(f"{recipe.seed}/{index}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    if share < recipe.test:
        return "test"
    return "calibration" if share < recipe.test + recipe.calibration else "train"


@torch.no_grad()
def latents_of(generator: Generator, planned: SamplePlan) -> Latents:
    """Draw the latents of a base face."""
    z, w = generator.sample(1, planned.seed, planned.psi)
    other = generator.sample(1, planned.other_seed, planned.psi)[1][0] if planned.crossover else None
    return Latents(z[0], w[0], other)


def styles_of(latents: Latents, crossover: int) -> Tensor:
    """(1, 23, 512): w for every layer, the other w from the crossover on where there is one."""
    styles = latents.w.expand(STYLE_LAYERS, -1).clone()
    if latents.other_w is not None:
        styles[crossover:] = latents.other_w
    return styles[None]


@dataclass(frozen=True, eq=False)
class Wanted:
    """A face that is to be drawn. repeat: whether its second view is labelled too."""

    latents: Latents
    crossover: int
    view_seed: int
    repeat: bool


@torch.no_grad()
def make(models: CorpusModels, wanted: Sequence[Wanted]) -> list[CorpusSample | None]:
    """Draw faces, see each twice, embed both views and label the first, or both where `repeat` is set.

    They are found and embedded together, which takes less time; a few at once are enough.

    Returns:
        None where no face is found in one of the views.
    """
    pictures = [to_uint8(models.draw(styles_of(one.latents, one.crossover), RESOLUTION)[0]) for one in wanted]
    sights = sights_of(models.detector, pictures, [(one.view_seed, one.repeat) for one in wanted])
    seen = see(models.detector, models.recognisers, models.labellers, sights)
    return [
        None if views is None else CorpusSample(one.latents, views) for one, views in zip(wanted, seen, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class Sight:
    """A face that is to be seen twice.

    square: (R, R, 3) uint8 RGB, the face about as FFHQ frames it: what the camera is held at.
    view_seed: of the first camera that is tried.
    repeat: whether the second view is labelled too.
    """

    photograph: Photograph
    face: Face
    square: NDArray[np.uint8]
    view_seed: int
    repeat: bool


def sights_of(
    detector: Detector, pictures: Sequence[NDArray[np.uint8]], wanted: Sequence[tuple[int, bool]]
) -> list[Sight | None]:
    """Drawn pictures, the face found in each, with view seed and `repeat` of each; None where there is none."""
    return [
        None if face is None else Sight(Photograph(pixels, "sample", ""), face, pixels, view_seed, repeat)
        for pixels, face, (view_seed, repeat) in zip(pictures, detector.detect_in_frames(pictures), wanted, strict=True)
    ]


@torch.no_grad()
def see(
    detector: Detector,
    recognisers: Mapping[str, Encoder],
    labellers: Labellers | None,
    sights: Sequence[Sight | None],
) -> list[ViewPair | None]:
    """Embed and label faces, and embed each once more as a random camera would have it.

    Args:
        labellers: None where labels are known from elsewhere.

    Returns:
        None for None, and where no face is found in the second view.
    """
    there = {place: sight for place, sight in enumerate(sights) if sight is not None}
    found = photographed(detector, [one.square for one in there.values()], [one.view_seed for one in there.values()])
    both = {place: (there[place], shot) for place, shot in zip(there, found, strict=True) if shot is not None}
    seen: list[ViewPair | None] = [None] * len(sights)
    if not both:
        return seen
    firsts = embed_together(recognisers, [(sight.photograph, sight.face) for sight, _ in both.values()])
    seconds = embed_together(recognisers, [(shot.photograph, shot.face) for _, shot in both.values()])
    for (place, (sight, shot)), first, second in zip(both.items(), firsts, seconds, strict=True):
        kept, labels = _labelled(labellers, sight.photograph, sight.face)
        # Labels are taken from the points that were found: it is the embedding that must bear the displaced ones.
        again = _labelled(labellers, shot.photograph, shot.found)[1] if sight.repeat else None
        seen[place] = ViewPair(
            kept,
            View(sight.face.points.astype(np.float32), first, labels),
            View(shot.face.points.astype(np.float32), second, again),
            shot.view_seed,
        )
    return seen


def _labelled(
    labellers: Labellers | None, photograph: Photograph, face: Face
) -> tuple[NDArray[np.uint8], Labels | None]:
    """The picture of a face that a corpus keeps, (224, 224, 3), and what the labellers say of it."""
    if labellers is None and photograph.pixels.shape[0] < LABEL_SIZE:
        # A small picture shows no more when it is cut out larger first.
        return crop_frame(photograph, face, MEASURE_SIZE).frame, None
    frame = crop_frame(photograph, face, LABEL_SIZE).frame
    kept = halved(frame)
    return kept, None if labellers is None else labellers(frame, kept)


@dataclass(frozen=True, eq=False)
class Shot:
    """What a random camera made of a picture. found: the face in it; face: as a less exact detector would have it."""

    photograph: Photograph
    found: Face
    face: Face
    view_seed: int


def photographed(
    detector: Detector, squares: Sequence[NDArray[np.uint8]], view_seeds: Sequence[int]
) -> list[Shot | None]:
    """Pictures as random cameras have them, each by the first camera that leaves a face to be found.

    Args:
        squares: (R, R, 3) uint8 RGB each, a face about as FFHQ frames it.
        view_seeds: of the first camera that is tried for each.

    Returns:
        None where some cameras in a row show no face.
    """
    shots: list[Shot | None] = [None] * len(squares)
    for attempt in range(_CAMERAS):
        left = [place for place, shot in enumerate(shots) if shot is None]
        lenses = [camera.draw(view_seeds[place] + attempt * CAMERAS_APART) for place in left]
        seen = [camera.photograph(lens, squares[place]) for lens, place in zip(lenses, left, strict=True)]
        faces = detector.detect_in_frames(seen)
        for place, lens, pixels, found in zip(left, lenses, seen, faces, strict=True):
            if found is not None:
                moved = Face(camera.displaced(lens, found.points), found.box, found.score)
                shots[place] = Shot(Photograph(pixels, "second view", ""), found, moved, lens.seed)
    return shots


def embed(recognisers: Mapping[str, Encoder], photograph: Photograph, face: Face) -> dict[str, Tensor]:
    """The (D,) embeddings of a face under every encoder, on the CPU; the same as `embed_face`, aligning once for each
    template."""
    return embed_together(recognisers, [(photograph, face)])[0]


def embed_together(
    recognisers: Mapping[str, Encoder], faces: Sequence[tuple[Photograph, Face]]
) -> list[dict[str, Tensor]]:
    """The embeddings of several faces, each in its photograph, in one batch for each encoder."""
    device = next(iter(recognisers.values())).device
    images = [face_image(photograph, face, device) for photograph, face in faces]
    aligned: dict[str, Tensor] = {}
    embeddings: list[dict[str, Tensor]] = [{} for _ in faces]
    for name, recogniser in recognisers.items():
        template = recogniser.spec.template
        if template.name not in aligned:
            aligned[template.name] = torch.cat([align(image, points, template) for image, points in images])
        for found, vector in zip(embeddings, recogniser(aligned[template.name]).cpu(), strict=True):
            found[name] = vector
    return embeddings
