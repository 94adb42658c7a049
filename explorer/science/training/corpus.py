"""The labelled corpus: which faces it holds, and how one of them is drawn, seen twice, embedded and labelled.

Every sample follows from the recipe and its number alone, whichever worker makes it. A hash of the number splits the
base faces into training, calibration and test. Calibration and test are plain draws of W at truncation 1, so that
attributes have their natural prevalence; training faces may also mix two w or be drawn at another truncation, and
only training faces are edited, each edit belonging to its base face.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import align, crop_frame, face_image
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, Photograph
from explorer.science.generation.generator import Generator
from explorer.science.generation.mobilestylegan import STYLE_LAYERS
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import LABEL_SIZE, Labellers, Labels, halved
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


@torch.no_grad()
def make(models: CorpusModels, latents: Latents, crossover: int, view_seed: int, repeat: bool) -> CorpusSample | None:
    """Draw a face, see it twice, embed both views and label the first, or both where `repeat` is set.

    Returns:
        None where no face is found in one of the views.
    """
    pixels = to_uint8(models.generator.image(styles_of(latents, crossover), RESOLUTION)[0])
    face = models.detector.detect_in_frame(pixels)
    if face is None:
        return None
    seen = see(models, Photograph(pixels, "sample", ""), face, pixels, view_seed, repeat)
    return None if seen is None else CorpusSample(latents, seen)


@torch.no_grad()
def see(
    models: CorpusModels,
    photograph: Photograph,
    face: Face,
    square: NDArray[np.uint8],
    view_seed: int,
    repeat: bool,
) -> ViewPair | None:
    """Embed and label a face, and embed it once more as a random camera would have it.

    Args:
        square: (R, R, 3) uint8 RGB, the face about as FFHQ frames it: what the camera is held at.
        repeat: whether the second view is labelled too.

    Returns:
        None where no face is found in the second view.
    """
    second = second_view(models.detector, models.recognisers, square, view_seed, models.labellers if repeat else None)
    if second is None:
        return None
    frame = crop_frame(photograph, face, LABEL_SIZE).frame
    kept = halved(frame)
    labels = models.labellers(frame, kept)
    first = View(face.points.astype(np.float32), embed(models.recognisers, photograph, face), labels)
    return ViewPair(kept, first, *second)


def second_view(
    detector: Detector,
    recognisers: Mapping[str, Encoder],
    square: NDArray[np.uint8],
    view_seed: int,
    labellers: Labellers | None,
) -> tuple[View, int] | None:
    """The view of the first camera that leaves a face to be found, and that camera's seed; None where none does.

    Args:
        square: (R, R, 3) uint8 RGB, as `see` wants it.
        view_seed: of the first camera that is tried.
        labellers: what labels the view; None leaves it without labels.
    """
    for seed in range(view_seed, view_seed + _CAMERAS * CAMERAS_APART, CAMERAS_APART):
        lens = camera.draw(seed)
        seen = camera.photograph(lens, square)
        found = detector.detect_in_frame(seen)
        if found is None:
            continue
        photograph = Photograph(seen, "second view", "")
        moved = Face(camera.displaced(lens, found.points), found.box, found.score)
        labels = None
        if labellers is not None:
            # Labels are taken from the points that were found: it is the embedding that must bear the displaced ones.
            frame = crop_frame(photograph, found, LABEL_SIZE).frame
            labels = labellers(frame, halved(frame))
        embeddings = embed(recognisers, photograph, moved)
        return View(moved.points.astype(np.float32), embeddings, labels), seed
    return None


def embed(recognisers: Mapping[str, Encoder], photograph: Photograph, face: Face) -> dict[str, Tensor]:
    """The (D,) embeddings of a face under every encoder, on the CPU; the same as `embed_face`, aligning once for each
    template."""
    device = next(iter(recognisers.values())).device
    image, points = face_image(photograph, face, device)
    aligned: dict[str, Tensor] = {}
    embeddings = {}
    for name, recogniser in recognisers.items():
        template = recogniser.spec.template
        if template.name not in aligned:
            aligned[template.name] = align(image, points, template)
        embeddings[name] = recogniser(aligned[template.name])[0].cpu()
    return embeddings
