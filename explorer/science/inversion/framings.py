"""Other crops of a drawn face than the one that its points ask for, which an encoder sees in turn.

A search that sees one crop alone also finds what only that crop shows. Seen a little larger, smaller, turned or
mirrored at every other step, only that counts which all show: an expectation over transformations, of which each step
takes one (Athalye et al. 2018, eq. 4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.faces.alignment import FaceTemplate, invert, transform

# Which of the five points is which in a mirrored face.
_MIRRORED = (1, 0, 2, 4, 3)


@dataclass(frozen=True)
class Framing:
    """How a face is seen in a template, against how its points ask for it.

    scale: so many times as large about the template's centre. right, down: shifted by such parts of the side.
    turned: degrees, clockwise in the image. mirrored: the picture's left and right are exchanged before.
    """

    scale: float = 1.0
    right: float = 0.0
    down: float = 0.0
    turned: float = 0.0
    mirrored: bool = False

    def matrix(self, size: int) -> Tensor:
        """(2, 3) from pixels of a template of this size to those where they are seen."""
        angle, centre = math.radians(self.turned), torch.full((2,), size / 2)
        across, along = self.scale * math.cos(angle), self.scale * math.sin(angle)
        linear = torch.tensor([[across, -along], [along, across]])
        shift = centre + size * torch.tensor([self.right, self.down]) - linear @ centre
        return torch.cat([linear, shift[:, None]], -1)


FRAMINGS = (
    Framing(),
    Framing(scale=1.12, right=0.06, down=0.04, turned=6),
    Framing(scale=0.88, right=-0.06, down=0.05, turned=-6),
    Framing(mirrored=True),
    Framing(scale=0.92, mirrored=True),
)
"""In the order in which a search takes them; the first is the face as it is aligned."""


def framed(image: Tensor, points: Tensor, template: FaceTemplate, framing: Framing) -> tuple[Tensor, Tensor]:
    """An image and points of it by which a template shows the face in a framing.

    Args:
        image: (B, 3, H, W); gradients flow to it. points: (B, 5, 2) pixels of it, centres at +0.5.

    Returns:
        Both as they are for the first of `FRAMINGS`.

    Raises:
        FaceError: the points coincide.

    Example:
        >>> import torch
        >>> from explorer.science.faces.alignment import ARCFACE_112
        >>> from explorer.science.inversion.framings import Framing, framed
        >>> image, points = torch.rand(1, 3, 112, 112), torch.tensor(ARCFACE_112.points)[None]
        >>> _, moved = framed(image, points, ARCFACE_112, Framing(right=0.25))  # seen further right: cut from the left
        >>> (moved - points)[0, 0].round(decimals=3).tolist()
        [-28.0, 0.0]
    """
    if framing == FRAMINGS[0]:
        return image, points
    if framing.mirrored:
        width = image.shape[-1]
        image = image.flip(-1)
        points = torch.stack([width - points[..., 0], points[..., 1]], -1)[..., _MIRRORED, :]
    to_template = template.matrix(points)
    seen = invert(framing.matrix(template.size).to(points))
    moved = transform(invert(to_template), transform(seen, transform(to_template, points)))
    return image, moved
