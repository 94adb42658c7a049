"""The networks without a convolution: DAB-GAN's generator, and the critic that sees pictures at several scales.

After TransGAN (Jiang et al. 2021): attention within squares of a map, and pixels in place of maps where maps are large.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.vec2face.convolution import blended, sides
from explorer.science.vec2face.layers import (
    Attention,
    from_grids,
    heads_of,
    into_grids,
    larger,
    lrelu,
    pixel_norm,
    smaller,
)
from explorer.science.vec2face.settings import FIRST, Vec2FaceSettings

# Side of the squares within which tokens attend to each other.
_GRID = 16
# Tokens of the vector: with one alone, all would attend to it alike, whatever they ask.
_VECTOR_TOKENS = 8
# Up to this side maps are enlarged; beyond it each place's numbers become those of four.
_ENLARGED = 32
# Units of a block's two layers, as a multiple of its width.
_WIDER = 2
# Tokens of a side that the critic takes at most, and in how many sizes of patches.
_TOKENS, _PATCHES = 16, 3
_CRITIC_BLOCKS = 3


class AttentionSynthesis(nn.Module):
    """DAB-GAN's generator (section III-B2): five transformer blocks at 64 px, one for each side.

    The background is the first map. In each block tokens attend to each other within squares, then to the tokens of
    the vector, which so enters at every scale.

    Args:
        dimension: of the units.
    """

    def __init__(self, dimension: int, settings: Vec2FaceSettings) -> None:
        super().__init__()
        all_sides = sides(settings)
        width = max(8, settings.maps(FIRST) // 4 * 4)
        widths = [_width(width, side) for side in all_sides]
        self._source = settings.units
        self.vector = nn.Sequential(
            nn.Linear(dimension, settings.units), nn.GELU(), nn.Linear(settings.units, _VECTOR_TOKENS * settings.units)
        )
        self.begin = nn.Linear(settings.background, width * FIRST**2)
        self.places = nn.ParameterList(
            nn.Parameter(0.02 * torch.randn(1, own, side, side)) for own, side in zip(widths, all_sides, strict=True)
        )
        self.narrowed = nn.ModuleList(
            nn.Linear(before // 4, own) if side > _ENLARGED else nn.Identity()
            for before, own, side in zip([width, *widths], widths, all_sides, strict=False)
        )
        self.blocks = nn.ModuleList(_Block(own, settings.units) for own in widths)
        self.colours = nn.ModuleList(nn.Conv2d(own, 3, 1) for own in widths)

    def forward(self, units: Tensor, background: Tensor, scale: int, faded: float) -> Tensor:
        """As of `StyleSynthesis`."""
        vector = self.vector(pixel_norm(units)).unflatten(1, (_VECTOR_TOKENS, self._source))
        maps = self.begin(background).unflatten(1, (-1, FIRST, FIRST))
        pictures = None
        for number in range(scale + 1):
            if number:
                maps = self._larger(maps, number)
            maps = self.blocks[number](maps + self.places[number], vector)
            pictures = blended(pictures, maps, self.colours, number, scale, faded)
        assert pictures is not None, "there is a scale at least"
        return pictures

    def _larger(self, maps: Tensor, number: int) -> Tensor:
        if 2 * maps.shape[-1] <= _ENLARGED:
            return F.interpolate(maps, scale_factor=2.0, mode="bicubic", align_corners=False)
        shuffled = F.pixel_shuffle(maps, 2)
        found: Tensor = self.narrowed[number](shuffled.movedim(1, -1)).movedim(-1, 1)
        return found


class _Block(nn.Module):
    """Attention within squares, attention to a source where there is one, and two layers; each behind a norm, added."""

    def __init__(self, width: int, source: int | None = None) -> None:
        super().__init__()
        heads = heads_of(width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 if source is None else 3))
        self.itself = Attention(width, heads)
        self.across = None if source is None else Attention(width, heads, source)
        self.layers = nn.Sequential(nn.Linear(width, _WIDER * width), nn.GELU(), nn.Linear(_WIDER * width, width))

    def forward(self, maps: Tensor, source: Tensor | None = None) -> Tensor:
        """Maps (B, C, S, S), and the source's tokens (B, M, D), to maps."""
        size = maps.shape[-1]
        squares = into_grids(maps, _GRID)
        squares = squares + self.itself(self.norms[0](squares))
        tokens = squares.reshape(len(maps), -1, squares.shape[-1])
        if self.across is not None:
            tokens = tokens + self.across(self.norms[2](tokens), source)
        tokens = tokens + self.layers(self.norms[1](tokens))
        return from_grids(tokens.reshape(squares.shape), size)


def _width(first: int, side: int) -> int:
    """Numbers of a place at a side: a quarter with each doubling that turns them into places; a multiple of four."""
    turned = max(0, (side // _ENLARGED).bit_length() - 1)
    return max(4, (first >> 2 * turned) // 4 * 4)


class MultiScaleCritic(nn.Module):
    """TransGAN's critic (its section 3.1): tokens of patches of three sizes join from block to block.

    Fine patches come first; behind each block maps are halved, and the next larger patches of the same picture are put
    beside them.
    """

    def __init__(self, settings: Vec2FaceSettings) -> None:
        super().__init__()
        width = max(8, settings.maps(FIRST) // 4 * 4)
        part = width // 4
        self.patches = nn.ModuleList(
            nn.ModuleList(
                nn.Conv2d(3, own, patch, stride=patch)
                for own, patch in zip((width, part, part), _patches(side), strict=True)
            )
            for side in sides(settings)
        )
        widths = (width, width + part, width + 2 * part)
        self.places = nn.Parameter(0.02 * torch.randn(1, width, _TOKENS, _TOKENS))
        self.blocks = nn.ModuleList(_Block(own) for own in widths)
        self.norm = nn.LayerNorm(widths[-1])
        self.last = nn.Linear(widths[-1], 1)

    def forward(self, pictures: Tensor, scale: int, faded: float = 1.0) -> Tensor:
        """Judge pictures (B, 3, S, S) RGB in [0, 1], S = 4 * 2^scale: (B,), the higher the more real."""
        signed = 2 * pictures - 1
        found = self._tokens(signed, scale)
        if scale and faded < 1:
            before = self._tokens(smaller(signed), scale - 1)
            found = [torch.lerp(_fitted(old, own), own, faded) for old, own in zip(before, found, strict=True)]
        maps = found[0] + F.adaptive_avg_pool2d(self.places, found[0].shape[-1])
        for number, block in enumerate(self.blocks):
            if number:
                maps = torch.cat([_fitted(maps, found[number]), found[number]], 1)
            maps = block(maps)
        judged: Tensor = self.last(lrelu(self.norm(maps.flatten(2).mean(2))))
        return judged[:, 0]

    def _tokens(self, signed: Tensor, scale: int) -> list[Tensor]:
        return [patch(signed) for patch in cast(nn.ModuleList, self.patches[scale])]


def _patches(side: int) -> list[int]:
    """Sides of the patches of a picture, the finest first: these give 16 tokens a side at most."""
    return [side // (min(side, _TOKENS) >> number) for number in range(_PATCHES)]


def _fitted(maps: Tensor, like: Tensor) -> Tensor:
    """Maps at the size of others: halved, doubled or as they are."""
    if maps.shape[-1] == like.shape[-1]:
        return maps
    return smaller(maps) if maps.shape[-1] > like.shape[-1] else larger(maps)
