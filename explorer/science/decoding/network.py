"""The decoder D: an inverted VGG with four dropout layers, from an embedding to a picture (section 3.3).

Where VGG halves its maps by pooling they are doubled here, and its fully connected layers come first. What it adds to
the training faces' mean is what the embedding tells: a new decoder shows the mean face.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.decoding.settings import DecoderSettings, Enlarging, Side

# Convolutions of VGG's blocks from the smallest maps to the largest, and with how many channels each ends, as shares of
# 512; the last convolution of all, which ends in three colours, is counted apart.
_DEPTHS = {11: (2, 2, 2, 1, 0), 16: (3, 3, 3, 2, 1)}
_CHANNELS = (1.0, 0.5, 0.25, 0.125, 0.125)
# Side of the first maps, and how often they are doubled.
_FIRST: dict[Side, tuple[int, int]] = {64: (4, 4), 112: (7, 4), 224: (7, 5)}
# Behind the two linear layers and the first two blocks.
_DROPPED_BLOCKS = 2
# What the last layer is multiplied by: its inputs are all positive, and one step of Adam would move the whole picture
# by a tenth of its range. After 150 steps on 460 faces 30 % of the mean face's error were gone on these faces in place
# of 16 %, and 5 % in place of 3 % on others.
_REACH = 0.1

Padding = Literal["zeros", "replicate"]
# By how maps are enlarged. Zeros beyond the border tell a smooth decoder where the border is, and it draws lines along
# it, which perceptual networks take for detail; none of what is repeated there tells that.
_PADDING: dict[Enlarging, Padding] = {"nearest": "zeros", "bilinear": "replicate"}

# Units of the coarse picture's layers.
_COARSE_UNITS = 1024


class CoarsePicture(nn.Module):
    """What an embedding tells of the colours of areas: units (B, D) to (B, 3, c, c), beside the mean face's.

    A line through the units, and what two layers add to it; of the areas themselves, or of principal components.

    Args:
        dimension: D. side: c. components: of which the areas are sums; 0 for the areas themselves.
    """

    basis: Tensor | None

    def __init__(self, dimension: int, side: int, components: int = 0) -> None:
        super().__init__()
        self.side = side
        areas = 3 * side**2
        told = components or areas
        self.line = nn.Linear(dimension, told)
        self.curve = nn.Sequential(
            nn.Linear(dimension, _COARSE_UNITS),
            nn.GELU(),
            nn.Linear(_COARSE_UNITS, _COARSE_UNITS),
            nn.GELU(),
            nn.Linear(_COARSE_UNITS, told),
        )
        for numbers in self.curve[-1].parameters():
            nn.init.zeros_(numbers)
        self.register_buffer("basis", torch.zeros(components, areas) if components else None)

    @property
    def first(self) -> nn.Linear:
        """The first of the layers, which sees the units."""
        layer = self.curve[0]
        assert isinstance(layer, nn.Linear)
        return layer

    def told(self, units: Tensor) -> Tensor:
        """The components (B, K), or the areas where there are none."""
        found: Tensor = self.line(units) + self.curve(units)
        return found

    def forward(self, units: Tensor) -> Tensor:
        """The areas' colours."""
        told = self.told(units)
        areas: Tensor = told if self.basis is None else told @ self.basis
        pictures: Tensor = areas.unflatten(1, (3, self.side, self.side))
        return pictures


class FaceDecoder(nn.Module):
    """Maps embeddings (B, D) to pictures (B, 3, S, S) of the common frame, RGB in about [0, 1].

    Embeddings are brought to length 1, and to units in which those of the training faces have mean 0 and spread 1.
    Where the settings say so, areas have the colours of a coarse picture, and the inverted VGG draws what is
    finer.

    Args:
        dimension: D. settings: its side, width and dropout.

    Example:
        >>> import torch
        >>> from explorer.science.decoding import DecoderSettings, FaceDecoder
        >>> decoder = FaceDecoder(128, DecoderSettings(side=64, width=8, hidden=8)).eval()
        >>> decoder.picture(torch.randn(128)).shape
        torch.Size([3, 64, 64])
    """

    centre: Tensor
    spread: Tensor
    mean_face: Tensor

    def __init__(self, dimension: int, settings: DecoderSettings) -> None:
        super().__init__()
        first, doublings = _FIRST[settings.side]
        # With four blocks, that of the smallest maps is missing.
        depths = _DEPTHS[settings.vgg][-doublings:]
        channels = [max(2, round(settings.width * share)) for share in _CHANNELS[-doublings:]]
        padding = _PADDING[settings.enlarging]
        start = max(2, round(settings.width * _CHANNELS[0]))
        self.dimension, self.side = dimension, settings.side
        self._start, self._enlarging = (start, first, first), settings.enlarging
        self.linear = nn.Sequential(
            nn.Linear(dimension, settings.hidden),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.hidden, start * first**2),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
        )
        self.blocks = nn.ModuleList(
            _block(before, after, depth, settings.dropout if place < _DROPPED_BLOCKS else None, padding)
            for place, ((before, after), depth) in enumerate(zip(pairwise([start, *channels]), depths, strict=True))
        )
        self.last = nn.Conv2d(channels[-1], 3, 3, padding=1, padding_mode=padding)
        self._grey = settings.details == "brightness"
        self.coarse = CoarsePicture(dimension, settings.coarse, settings.components) if settings.coarse else None
        for module in (*self.linear.modules(), *self.blocks.modules(), self.last):
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                _zero(module.bias)
        nn.init.zeros_(self.last.weight)
        self.register_buffer("centre", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(dimension))
        self.register_buffer("mean_face", torch.full((3, settings.side, settings.side), 0.5))

    def standardise(self, embeddings: Tensor, mean_face: Tensor) -> None:
        """Take the units from the training faces: embeddings (N, D), and the mean (3, S, S) of their pictures."""
        directions = F.normalize(embeddings.float(), dim=-1)
        self.centre.copy_(directions.mean(0))
        self.spread.copy_(directions.std(0).clamp_min(1e-6))
        self.mean_face.copy_(mean_face)

    def units(self, embeddings: Tensor) -> Tensor:
        """(B, D) embeddings, as the encoder gives them, in the units of the training faces."""
        return (F.normalize(embeddings, dim=-1) - self.centre) / self.spread

    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, D) embeddings, as the encoder gives them, to (B, 3, S, S), not clamped."""
        units = self.units(embeddings)
        x = self.linear(units).unflatten(1, self._start)
        for block in self.blocks:
            x = block(F.interpolate(x, scale_factor=2, mode=self._enlarging))
        told: Tensor = _REACH * self.last(x)
        if self.coarse is not None:
            if self._grey:
                told = told.mean(1, keepdim=True).expand_as(told)
            areas = F.adaptive_avg_pool2d(told, self.coarse.side)
            told = told + enlarged(self.coarse(units) - areas, self.side)
        return self.mean_face + told

    @torch.no_grad()
    def pictures(self, embeddings: Tensor) -> Tensor:
        """(B, D) embeddings to pictures (B, 3, S, S) in [0, 1], to be looked at."""
        pictures: Tensor = self(embeddings.to(self.centre)).clamp(0, 1)
        return pictures

    def picture(self, embedding: Tensor) -> Tensor:
        """(D,) to (3, S, S)."""
        return self.pictures(embedding[None])[0]


def enlarged(areas: Tensor, side: int) -> Tensor:
    """Areas (B, 3, c, c) as a smooth picture (B, 3, S, S)."""
    return F.interpolate(areas, size=(side, side), mode="bilinear", align_corners=False)


def _block(before: int, after: int, depth: int, dropout: float | None, padding: Padding) -> nn.Sequential:
    """A block of VGG turned round: all but its last convolution have the channels of the smaller maps before it."""
    layers: list[nn.Module] = []
    for place in range(depth):
        width = after if place == depth - 1 else before
        layers += [nn.Conv2d(before, width, 3, padding=1, padding_mode=padding), nn.ReLU()]
    return nn.Sequential(*layers, *([] if dropout is None else [nn.Dropout(dropout)]))


def _zero(bias: Tensor | None) -> None:
    if bias is not None:
        nn.init.zeros_(bias)
