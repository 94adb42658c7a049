"""An encoder that needs no network file: the low cosine frequencies of the grey face. It tells faces apart poorly."""

from __future__ import annotations

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.recognition.base import EncoderSpec

_SIDE = 28  # of the grey picture, in pixels
_FREQUENCIES = 8  # along each axis


class Shades(nn.Module):
    """(B, 3, 112, 112) RGB in [0, 1] to (B, 63): the coefficients of the first 8 x 8 cosines but the constant one."""

    cosines: Tensor

    def __init__(self) -> None:
        super().__init__()
        places = (torch.arange(_SIDE) + 0.5) * math.pi / _SIDE
        self.register_buffer("cosines", torch.cos(torch.arange(_FREQUENCIES)[:, None] * places) * (2 / _SIDE))

    def forward(self, image: Tensor) -> Tensor:
        """Embed."""
        grey = F.adaptive_avg_pool2d(image.mean(1), _SIDE)
        coefficients: Tensor = self.cosines @ grey @ self.cosines.T
        return coefficients.flatten(1)[:, 1:]


class ShadesEncoder:
    """What Likeness asks of an encoder. One with a network would name the file, and read it in `body`."""

    spec = EncoderSpec(
        id="shades",
        title="Shades (an example)",
        network="shades",
        dimension=_FREQUENCIES**2 - 1,
        template=ARCFACE_112,
        measure="cosine",
        own_threshold=None,
        licence="Apache-2.0",
        commercial=True,
    )
    file: Path | None = None

    def body(self, data: bytes) -> nn.Module:
        """Make the network; without a file there are no bytes."""
        return Shades()


ENCODER = ShadesEncoder()
