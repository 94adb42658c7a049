"""The localiser: from a picture to pose and shape of the face in it (thesis, section 5.2.3).

Its numbers are R (9, made a rotation), t (2), log s (1) and alpha (D): 12 + D, where the thesis prints 9 + D.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.alignment.settings import STRIDE, LocaliserSettings
from explorer.science.geometry.projection import Pose
from explorer.science.geometry.rotation import nearest_rotation
from explorer.science.networks.residual import ResidualBlock, convolution, resnet18

POSE_NUMBERS = 12
# What a picture shows from top to bottom where log s is 0: the thesis's s = W / 276, here in millimetres.
MILLIMETRES = 276.0
_WIDTHS = (24, 48, 96, 192)


@dataclass(frozen=True, eq=False)
class Alignment:
    """Where faces are, independent of the pictures' size (thesis, eq. 5.3); all parts share their leading shape.

    rotation: (..., 3, 3), as of `Pose`. translation: (..., 2), in sides of the picture, x right, y down.
    scale: (...), sides of the picture for a millimetre. identity: (..., D), standard deviations.

    Example:
        >>> import torch
        >>> from explorer.science.alignment import Alignment
        >>> middle = Alignment(torch.eye(3), torch.tensor([0.5, 0.5]), torch.tensor(0.004), torch.zeros(10))
        >>> pose = middle.pose(200)
        >>> pose.translation.tolist(), round(pose.scale.item(), 3)
        ([100.0, 100.0], 0.8)
    """

    rotation: Tensor
    translation: Tensor
    scale: Tensor
    identity: Tensor

    def pose(self, side: float) -> Pose:
        """The pose in a picture of so many pixels a side."""
        return Pose(self.rotation, self.translation * side, self.scale * side)

    def to(self, *to: Any) -> Alignment:
        """The same on another device or in another precision."""
        return Alignment(*(part.to(*to) for part in (self.rotation, self.translation, self.scale, self.identity)))

    def __getitem__(self, index: Any) -> Alignment:
        """Some of the faces, by an index of the leading axis."""
        return Alignment(self.rotation[index], self.translation[index], self.scale[index], self.identity[index])


def alignment_of(numbers: Tensor) -> Alignment:
    """Pose and shape of a localiser's numbers, (..., 12 + D): R, t from the middle, log s, alpha.

    The rotation is the nearest to the nine numbers (eqs. 5.4 and 5.5), never a reflection, with finite gradients.
    """
    matrix = numbers[..., :9].unflatten(-1, (3, 3))
    scale = numbers[..., 11].exp() / MILLIMETRES
    return Alignment(nearest_rotation(matrix), numbers[..., 9:11] + 0.5, scale, numbers[..., POSE_NUMBERS:])


def numbers_of(alignment: Alignment) -> Tensor:
    """The numbers, (..., 12 + D), of which `alignment_of` makes an alignment again."""
    log_scale = (alignment.scale * MILLIMETRES).log()[..., None]
    parts = alignment.rotation.flatten(-2), alignment.translation - 0.5, log_scale, alignment.identity
    return torch.cat(parts, -1)


class Localiser(nn.Module):
    """A network from pictures to `Alignment`.

    Args:
        settings: `network`, `seen` and `components` count.

    Example:
        >>> import torch
        >>> from explorer.science.alignment import Localiser, LocaliserSettings
        >>> localiser = Localiser(LocaliserSettings(side=32, seen=32)).eval()
        >>> found = localiser(torch.rand(2, 3, 48, 48))
        >>> found.rotation.shape, found.identity.shape, bool((torch.linalg.det(found.rotation) > 0.99).all())
        (torch.Size([2, 3, 3]), torch.Size([2, 10]), True)
    """

    def __init__(self, settings: LocaliserSettings) -> None:
        super().__init__()
        self.settings = settings
        outputs = POSE_NUMBERS + settings.components
        self.layers = _small(settings.seen, outputs) if settings.network == "small" else resnet18(outputs)

    def forward(self, pictures: Tensor) -> Alignment:
        """Faces of pictures (B, 3, S, S) in [0, 1], of any side."""
        return alignment_of(self.numbers(pictures))

    def numbers(self, pictures: Tensor) -> Tensor:
        """What the last layer says, (B, 12 + D)."""
        side = self.settings.seen
        if pictures.shape[-1] != side:
            pictures = F.interpolate(pictures, (side, side), mode="bilinear", antialias=True)
        numbers: Tensor = self.layers(4 * pictures - 2)
        return numbers


def _small(side: int, outputs: int) -> nn.Sequential:
    """A block at each of three sizes; maps are read off place by place, for where a face is matters."""
    blocks = [ResidualBlock(before, after, 2) for before, after in pairwise(_WIDTHS)]
    places = (side // STRIDE) ** 2
    last = nn.Linear(_WIDTHS[-1] * places, outputs)
    return nn.Sequential(*convolution(3, _WIDTHS[0], 5, 2), nn.ReLU(inplace=True), *blocks, nn.Flatten(), last)
