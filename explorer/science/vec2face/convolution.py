"""The convolutional networks: the plain generator, the one with the vector at every scale, and their critic.

All grow with their pictures (Karras et al. 2018): at 64 px each has five blocks, one for each side from 4 px on.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from explorer.science.vec2face.layers import (
    AdaptiveNorm,
    EqualConv,
    EqualLinear,
    deviation_map,
    larger,
    lrelu,
    pixel_norm,
    smaller,
)
from explorer.science.vec2face.settings import FIRST, Vec2FaceSettings

# Fully connected layers of the vector's branch (section VI-B).
_LAYERS = 8


def sides(settings: Vec2FaceSettings) -> tuple[int, ...]:
    """The sides of the pictures, in pixels, from the first scale to the last."""
    return tuple(FIRST << scale for scale in range(settings.scales))


class PlainSynthesis(nn.Module):
    """The baseline of table II: a progressive generator whose only input is the vector.

    Args:
        dimension: of the units.
    """

    def __init__(self, dimension: int, settings: Vec2FaceSettings) -> None:
        super().__init__()
        maps = [settings.maps(side) for side in sides(settings)]
        self.begin = EqualLinear(dimension, maps[0] * FIRST**2)
        before = [maps[0], *maps]
        self.blocks = nn.ModuleList(
            nn.ModuleList([EqualConv(before[scale], own), EqualConv(own, own)] if scale else [EqualConv(own, own)])
            for scale, own in enumerate(maps)
        )
        self.colours = nn.ModuleList(EqualConv(own, 3, 1, gain=1.0) for own in maps)

    def forward(self, units: Tensor, background: Tensor, scale: int, faded: float) -> Tensor:
        """As of `StyleSynthesis`; the background changes nothing."""
        maps = pixel_norm(lrelu(self.begin(pixel_norm(units)))).unflatten(1, (-1, FIRST, FIRST))
        pictures = None
        for number in range(scale + 1):
            if number:
                maps = larger(maps)
            for convolution in cast(nn.ModuleList, self.blocks[number]):
                maps = pixel_norm(lrelu(convolution(maps)))
            pictures = blended(pictures, maps, self.colours, number, scale, faded)
        assert pictures is not None, "there is a scale at least"
        return pictures


class StyleSynthesis(nn.Module):
    """DiBiGAN's generator (section III-B1): the background is its input, and the vector enters behind every
    convolution, by AdaIN, through eight layers of its own.

    Args:
        dimension: of the units.
    """

    def __init__(self, dimension: int, settings: Vec2FaceSettings) -> None:
        super().__init__()
        maps, units = [settings.maps(side) for side in sides(settings)], settings.units
        widths = [dimension, *[units] * _LAYERS]
        self.branch = nn.ModuleList(EqualLinear(before, after) for before, after in pairwise(widths))
        self.begin = EqualLinear(settings.background, maps[0] * FIRST**2)
        before = [maps[0], *maps]
        self.blocks = nn.ModuleList(
            nn.ModuleList([EqualConv(before[scale], own), EqualConv(own, own)] if scale else [EqualConv(own, own)])
            for scale, own in enumerate(maps)
        )
        self.norms = nn.ModuleList(
            nn.ModuleList(AdaptiveNorm(units, own) for _ in range(2 if scale else 1)) for scale, own in enumerate(maps)
        )
        self.colours = nn.ModuleList(EqualConv(own, 3, 1, gain=1.0) for own in maps)

    def forward(self, units: Tensor, background: Tensor, scale: int, faded: float) -> Tensor:
        """Units (B, D) and backgrounds (B, V) to pictures (B, 3, S, S), S = 4 * 2^scale, -1 being black, 1 white."""
        style = pixel_norm(units)
        for layer in self.branch:
            style = lrelu(layer(style))
        maps = lrelu(self.begin(background)).unflatten(1, (-1, FIRST, FIRST))
        pictures = None
        for number in range(scale + 1):
            if number:
                maps = larger(maps)
            block, norms = (cast(nn.ModuleList, part[number]) for part in (self.blocks, self.norms))
            for convolution, norm in zip(block, norms, strict=True):
                maps = norm(lrelu(convolution(maps)), style)
            pictures = blended(pictures, maps, self.colours, number, scale, faded)
        assert pictures is not None, "there is a scale at least"
        return pictures


def blended(
    before: Tensor | None, maps: Tensor, colours: nn.ModuleList, number: int, scale: int, faded: float
) -> Tensor | None:
    """The pictures of a scale as far as it has faded in; those of other scales only where they are needed.

    Args:
        before: those of the scale before it. number: of the maps' scale. scale: that is drawn.
    """
    if number < scale - 1 or (number == scale - 1 and faded >= 1):
        return None
    own: Tensor = colours[number](maps)
    if number < scale or faded >= 1:
        return own
    return own if before is None else torch.lerp(larger(before), own, faded)


class ConvolutionalCritic(nn.Module):
    """D of DiBiGAN (section VI-B): blocks of two convolutions and a halving; in the last the minibatch deviation, a
    convolution and linear layers."""

    def __init__(self, settings: Vec2FaceSettings) -> None:
        super().__init__()
        maps = [settings.maps(side) for side in sides(settings)]
        after = [maps[0], *maps]
        self.colours = nn.ModuleList(EqualConv(3, own, 1) for own in maps)
        self.blocks = nn.ModuleList(
            nn.ModuleList([EqualConv(own, own), EqualConv(own, after[scale])])
            for scale, own in enumerate(maps)
            if scale
        )
        self.join = EqualConv(maps[0] + 1, maps[0])
        self.flat = EqualLinear(maps[0] * FIRST**2, maps[0])
        self.last = EqualLinear(maps[0], 1, gain=1.0)

    def forward(self, pictures: Tensor, scale: int, faded: float = 1.0) -> Tensor:
        """Judge pictures (B, 3, S, S) RGB in [0, 1], S = 4 * 2^scale: (B,), the higher the more real."""
        signed = 2 * pictures - 1
        maps = lrelu(self.colours[scale](signed))
        for number in range(scale, 0, -1):
            for convolution in cast(nn.ModuleList, self.blocks[number - 1]):
                maps = lrelu(convolution(maps))
            maps = smaller(maps)
            if number == scale and faded < 1:
                maps = torch.lerp(lrelu(self.colours[scale - 1](smaller(signed))), maps, faded)
        maps = lrelu(self.join(deviation_map(maps)))
        judged: Tensor = self.last(lrelu(self.flat(maps.flatten(1))))
        return judged[:, 0]
