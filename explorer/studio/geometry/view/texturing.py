"""Completed textures as pixels, for every move of a scrub.

Nearly every texel is either seen or not: it is copied, from its own place or its partner's. The equation is asked where
what is seen ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.geometry.filling import BLOCK, enlarged, spread
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
    """A premultiplied texture (S, S) with what is not known filled in: opaque on the face, (S, S), and clear off it."""
    pixels = picture[..., None].view(np.uint8)
    unknown = np.flatnonzero(covered & (pixels[..., 3] < 255))
    if not len(unknown):
        return picture
    side = len(picture)
    blocks = pixels[: side - side % BLOCK, : side - side % BLOCK].reshape(side // BLOCK, BLOCK, -1, BLOCK, 4)
    means = torch.from_numpy(blocks.sum((1, 3), dtype=np.uint16)).permute(2, 0, 1).float() / (BLOCK**2 * 255)
    around = enlarged(spread(means), side, side).flatten(1)[:, torch.from_numpy(unknown)].mT.numpy()
    own = pixels.reshape(-1, 4)[unknown]
    mixed = np.full((len(unknown), 4), 255, np.uint8)
    mixed[:, :3] = np.clip(own[:, :3] + (255 - own[:, 3:]) * around, 0, 255).round()
    result = picture.copy()
    result.ravel()[unknown] = mixed.view(np.uint32)[:, 0]
    return result


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
    pixels = picture[..., None].view(np.uint8)
    return np.stack([pixels[..., channel] for channel in range(3)], -1)
