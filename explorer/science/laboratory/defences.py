"""What may stand between a photograph and its recognition: a decoder (Deep Face Decoder, sec. 4.3.3), JPEG, a blur.

Each can be seen through by an attack that knows it: all but JPEG's rounding is differentiated as it is, and that is
passed straight through, as if it were not there (Athalye et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from explorer.science.faces.alignment import align
from explorer.science.laboratory.attack_settings import AttackError
from explorer.science.recognition.base import Encoder

Decode = Callable[[Tensor], Tensor]
"""Draws faces from embeddings: (B, D) to (B, 3, S, S) RGB in [0, 1], differentiably."""
Locate = Callable[[Tensor], Tensor]
"""Says where the five points of drawn faces are: (B, 3, S, S) to (B, 5, 2), pixels of the picture."""


class Defence(Protocol):
    """What a face is passed through before an encoder sees it."""

    @property
    def name(self) -> str:
        """As tables and figures call it."""

    def see(self, encoder: Encoder, image: Tensor, points: Tensor) -> Tensor:
        """Embed the faces of pictures behind the defence, differentiably.

        Args:
            image: (B, 3, H, W) in [0, 1]. points: (B, 5, 2) of the faces in it.

        Returns:
            (B, D) embeddings of the encoder.
        """


@dataclass(frozen=True)
class Undefended:
    """No defence."""

    name: str = "none"

    def see(self, encoder: Encoder, image: Tensor, points: Tensor) -> Tensor:
        """As `Encoder.embed`."""
        return encoder.embed(image, points)


@dataclass(frozen=True)
class Decoded:
    """Decode, then recognise: the face is drawn anew from its embedding, and that drawing is recognised.

    Args:
        source: whose embeddings the decoder draws from; the encoder that recognises may be another.
        decode: the decoder. locate: says where it draws the five points; it has no gradient.
    """

    source: Encoder
    decode: Decode
    locate: Locate
    name: str = "decoder"

    def draw(self, image: Tensor, points: Tensor) -> Tensor:
        """The faces as the decoder draws them, (B, 3, S, S) in [0, 1]; otherwise as `see`."""
        return self.decode(self.source.embed(image, points)).clamp(0, 1)

    def see(self, encoder: Encoder, image: Tensor, points: Tensor) -> Tensor:
        """Embed the faces as the decoder draws them."""
        drawn = self.draw(image, points)
        with torch.no_grad():
            found = self.locate(drawn)
        return encoder.embed(drawn, found.to(drawn))


@dataclass(frozen=True)
class Blurred:
    """A Gaussian blur of the aligned face.

    Args:
        sigma: in pixels of a template of 112, greater than 0.
    """

    sigma: float = 1.0
    name: str = "blur"

    def see(self, encoder: Encoder, image: Tensor, points: Tensor) -> Tensor:
        """Embed the blurred faces."""
        template = encoder.spec.template
        embedding: Tensor = encoder(blurred(align(image, points, template), self.sigma * template.size / 112))
        return embedding


@dataclass(frozen=True)
class Compressed:
    """JPEG: the picture is saved and opened again.

    Args:
        quality: from 1 to 100.
    """

    quality: int = 50
    name: str = "JPEG"

    def see(self, encoder: Encoder, image: Tensor, points: Tensor) -> Tensor:
        """Embed the faces of the compressed pictures; the gradient is that of the pictures as they were."""
        return encoder.embed(image + (compressed(image, self.quality) - image).detach(), points)


def blurred(image: Tensor, sigma: float) -> Tensor:
    """Blur pictures (B, C, H, W) by a Gaussian of so many pixels, the edge being repeated.

    Raises:
        AttackError: sigma is not greater than 0.
    """
    if not sigma > 0:
        raise AttackError(f"a blur of {sigma:g} px is none: give more than 0")
    reach = max(1, round(3 * sigma))
    places = torch.arange(-reach, reach + 1, dtype=image.dtype, device=image.device)
    weights = (-0.5 * (places / sigma).square()).exp()
    weights = (weights / weights.sum()).expand(image.shape[1], 1, -1)
    padded = functional.pad(image, (reach,) * 4, mode="replicate")
    across = functional.conv2d(padded, weights[:, :, None], groups=image.shape[1])
    return functional.conv2d(across, weights[..., None], groups=image.shape[1])


@torch.no_grad()
def compressed(image: Tensor, quality: int) -> Tensor:
    """Pictures (B, 3, H, W) in [0, 1] as JPEG of a quality from 1 to 100 keeps them.

    Raises:
        AttackError: there is no such quality.
    """
    if not 1 <= quality <= 100:
        raise AttackError(f"JPEG has no quality {quality}: give one from 1 to 100")
    kept = []
    for one in (image * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy():
        _, encoded = cv2.imencode(".jpg", one[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        opened = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        assert opened is not None, "it was encoded a moment ago"
        kept.append(torch.from_numpy(np.ascontiguousarray(opened[..., ::-1])))
    return (torch.stack(kept).permute(0, 3, 1, 2).to(image) / 255).contiguous()
