"""Embed generated faces under every encoder: the gallery and impostor statistics behind each score.

Each face is the native image of one random latent, saved to 8 bits, detected and aligned as a photograph would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Photograph
from explorer.science.generation.generator import Generator
from explorer.science.inversion.step import to_uint8
from explorer.science.recognition.base import Encoder


@dataclass(frozen=True)
class GalleryRecipe:
    """How many faces, and from which seed on: face i has seed + i."""

    faces: int = 500
    seed: int = 3_000_000


@torch.no_grad()
def embed_samples(
    generator: Generator,
    detector: Detector,
    recognisers: Mapping[str, Encoder],
    recipe: GalleryRecipe,
    done: int = 0,
) -> Iterator[dict[str, Tensor] | None]:
    """Embed the recipe's faces one after the other, from face `done` on.

    Yields:
        (D,) embeddings by encoder; None for a sample in which no face is found, which is left out of the gallery.
    """
    for index in range(done, recipe.faces):
        w = generator.sample(1, recipe.seed + index)[1]
        pixels = to_uint8(generator.image(generator.styles(w, "W"))[0])
        faces = detector.detect(pixels)
        photograph = Photograph(pixels, f"sample {index}", "")
        yield {name: embed_face(one, photograph, faces[0]) for name, one in recognisers.items()} if faces else None
