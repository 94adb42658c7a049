"""From latents to what an encoder sees of their faces, where nothing but the identity is sought."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw, drawing
from explorer.science.inversion.objective import PointDetector, usual_points
from explorer.science.inversion.regressor import RegressedSpace
from explorer.science.inversion.terms.prior import deviation
from explorer.science.recognition.base import Encoder


@dataclass(frozen=True, eq=False)
class Seen:
    """What is seen of drawn faces.

    embeddings: (B, D). identity: one minus their cosines to what was asked for. prior: of their latents; (B,) each.
    """

    embeddings: Tensor
    identity: Tensor
    prior: Tensor


@dataclass(frozen=True, eq=False)
class Drawing:
    """From latents to the embeddings of the faces that they draw.

    generator, detector, recogniser: on one device. resolution: of the faces, with a preview head where it needs one.
    mixed: whether faces are drawn in bfloat16 where the processor multiplies such numbers.
    """

    generator: Generator
    detector: PointDetector
    recogniser: Encoder
    resolution: int
    mixed: bool = False

    @cached_property
    def _draw(self) -> Draw:
        return drawing(self.generator, mixed=self.mixed)

    def embedded(self, styles: Tensor) -> Tensor:
        """The embeddings (B, D) of the faces that styles (B, L, 512) draw, differentiable."""
        image = self._draw(styles, self.resolution)
        points, found = self.detector.points_in_frame(image.detach())
        usual = usual_points(image.shape[-1], self.generator.spec.points).to(points)
        return self.recogniser.embed(image, torch.where(found[:, None, None], points, usual))

    def seen(self, latents: Tensor, space: RegressedSpace, targets: Tensor) -> Seen:
        """Draw latents, and hold their faces against the embeddings (B, D) that were asked for; differentiable."""
        styles = self.generator.styles(latents, space)
        embeddings = self.embedded(styles)
        identity = 1 - torch.cosine_similarity(embeddings, targets, dim=-1)
        return Seen(embeddings, identity, deviation(styles, self.generator.mean_w, self.generator.spread_w))
