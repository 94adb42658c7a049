"""G of Vec2Face-v2 as it is used: from a vector, and a background, to a face; the networks of it are chosen here."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.vec2face.attention import AttentionSynthesis, MultiScaleCritic
from explorer.science.vec2face.convolution import ConvolutionalCritic, PlainSynthesis, StyleSynthesis
from explorer.science.vec2face.settings import Kind, Vec2FaceSettings

_SYNTHESES: dict[Kind, type[nn.Module]] = {
    "plain": PlainSynthesis,
    "cnn": StyleSynthesis,
    "attention": AttentionSynthesis,
}


class VectorToFace(nn.Module):
    """Turns an encoder's vector into a picture of the common frame (eq. 3; section III-B).

    Vectors are brought to length 1, and then to units in which those of the training faces have mean 0 and spread 1:
    dlib's share a long mean.

    Args:
        dimension: D, of the vectors.

    Example:
        >>> import torch
        >>> from explorer.science.vec2face import Vec2FaceSettings, VectorToFace
        >>> generator = VectorToFace(128, Vec2FaceSettings(resolution=16, width=0.02)).eval()
        >>> generator.picture(torch.randn(128)).shape
        torch.Size([3, 16, 16])
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, dimension: int, settings: Vec2FaceSettings) -> None:
        super().__init__()
        self.dimension, self.settings = dimension, settings
        self.synthesis = _SYNTHESES[settings.generator](dimension, settings)
        self.register_buffer("centre", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(dimension))

    @property
    def side(self) -> int:
        """Of its pictures, in pixels."""
        return self.settings.resolution

    @property
    def varies(self) -> bool:
        """Whether the background changes the picture."""
        return self.settings.generator != "plain"

    def standardise(self, vectors: Tensor) -> None:
        """Take the units from the vectors (N, D) of the training faces."""
        directions = F.normalize(vectors.float(), dim=-1)
        self.centre.copy_(directions.mean(0))
        self.spread.copy_(directions.std(0).clamp_min(1e-6))

    def units(self, vectors: Tensor) -> Tensor:
        """(B, D) vectors, as the encoder gives them, in the units of the training faces."""
        return (F.normalize(vectors, dim=-1) - self.centre) / self.spread

    def forward(self, vectors: Tensor, background: Tensor, scale: int | None = None, faded: float = 1.0) -> Tensor:
        """Draw faces.

        Args:
            vectors: (B, D), as the encoder gives them. background: (B, settings.background), v.
            scale: at which pictures are 4 * 2^scale pixels a side; the last one if None.
            faded: how far the scale has faded in: 0 for the pictures of the scale before it, enlarged, 1 for its own.

        Returns:
            (B, 3, S, S) RGB, [0, 1] being what can be shown; not clamped.
        """
        last = self.settings.scales - 1 if scale is None else scale
        signed: Tensor = self.synthesis(self.units(vectors), background, last, faded)
        return 0.5 + 0.5 * signed

    def backgrounds(self, count: int, seed: int = 0) -> Tensor:
        """(count, settings.background), drawn by a seed of their own."""
        return torch.randn(count, self.settings.background, generator=torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def pictures(self, vectors: Tensor, background: Tensor | None = None) -> Tensor:
        """(B, D) vectors to pictures (B, 3, S, S) in [0, 1], to be looked at.

        Args:
            background: (B, settings.background); the first of seed 0 for all of them if None.
        """
        if background is None:
            background = self.backgrounds(1).expand(len(vectors), -1)
        pictures: Tensor = self(vectors.to(self.centre), background.to(self.centre)).clamp(0, 1)
        return pictures

    def picture(self, vector: Tensor) -> Tensor:
        """(D,) to (3, S, S)."""
        return self.pictures(vector[None])[0]


@dataclass(frozen=True, eq=False)
class WithBackground:
    """A generator whose backgrounds are those of a seed: what draws a vector in one pass."""

    generator: VectorToFace
    seed: int = 0

    def picture(self, vector: Tensor) -> Tensor:
        """(D,) to (3, S, S)."""
        return self.generator.pictures(vector[None], self.generator.backgrounds(1, self.seed))[0]


def new_critic(settings: Vec2FaceSettings) -> ConvolutionalCritic | MultiScaleCritic:
    """D beside a generator: of its own kind."""
    return (MultiScaleCritic if settings.generator == "attention" else ConvolutionalCritic)(settings)
