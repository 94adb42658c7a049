"""Completed textures as pixels, for every move of a scrub.

Nearly every texel is either seen or not: it is copied, from its own place or its partner's. The equation is asked where
what is seen ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.geometry.filling import BLOCK, spread
from explorer.science.geometry.uv import complete
from explorer.studio.geometry.fitting import as_pixels

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]
# Red, green, blue and opacity of a texel in one number.
Packed = NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Layer:
    """Colours laid flat, which stay while what is seen of them changes.

    colours: (3, S, S) in [0, 1], 0 off the face. own: (S, S), the same, opaque on the face and clear off it.
    mirrored: (S, S), what each texel's partner has.
    """

    colours: Tensor
    own: Packed
    mirrored: Packed

    @classmethod
    def of(cls, colours: Tensor, covered: Tensor) -> Layer:
        """Of colours (3, S, S) and which texels lie on the face, (S, S); S is even."""
        own = as_pixels(torch.cat([colours, covered[None].to(colours)])).view(np.uint32)[..., 0]
        return cls(colours, own, np.ascontiguousarray(own[:, ::-1]))

    def completed(self, visibility: Floats) -> Packed:
        """The texture that `science.geometry.uv.complete` makes, (S, S), premultiplied by how much of it is known.

        Args:
            visibility: (S, S) in [0, 1], 0 off the face.
        """
        seen = visibility == 1
        picture: Packed = self.own * seen | self.mirrored * (seen[:, ::-1] > seen)
        pairs = _pairs((visibility > 0) & ~seen)
        at = torch.from_numpy(pairs)
        filled = complete(self.colours.flatten(1)[:, at], torch.from_numpy(visibility.ravel())[at][None])
        picture.ravel()[pairs] = as_pixels(torch.cat(filled)).view(np.uint32)[..., 0]
        return picture


def filled(picture: Packed, covered: NDArray[np.bool_]) -> Packed:
    """A premultiplied texture (S, S) with what is not known filled in: opaque on the face, (S, S), and clear off it.

    As `science.geometry.filling.fill`, to a level of 255: a scrub waits for it.
    """
    pixels = picture[..., None].view(np.uint8)
    lacking = (255 - pixels[..., 3]) * covered
    if not lacking.any():
        return picture
    side = len(picture)
    whole = side - side % BLOCK
    blocks = cv2.resize(pixels[:whole, :whole].astype(np.float32), (whole // BLOCK,) * 2, interpolation=cv2.INTER_AREA)
    coarse = spread(torch.from_numpy(blocks).permute(2, 0, 1) / 255).permute(1, 2, 0).contiguous().numpy()
    around = cv2.convertScaleAbs(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR), alpha=255)
    opaque = cv2.merge([*cv2.split(around), np.full((side, side), 255, np.uint8)])
    mixed: Packed = cv2.add(pixels, cv2.multiply(opaque, cv2.merge([lacking] * 4), scale=1 / 255)).view(np.uint32)
    return mixed[..., 0]


def _pairs(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The texels (S, S) that are chosen or whose partners are, with their partners: (N, 2) places, row by row."""
    side = len(chosen)
    half = side // 2
    place = np.flatnonzero((chosen | chosen[:, ::-1])[:, :half])
    row = place // half
    one = place + row * half
    return np.stack([one, (2 * row + 1) * side - 1 - one], 1)


def colours_of(picture: Packed) -> Image:
    """(S, S) to (S, S, 3)."""
    return cv2.cvtColor(picture[..., None].view(np.uint8), cv2.COLOR_RGBA2RGB)  # type: ignore[return-value]
