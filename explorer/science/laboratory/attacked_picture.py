"""An attack's result as a picture that can be saved: rounded to 8 bits within its budget, in its photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import as_image, face_region
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.attack_settings import AttackSettings

# What a perturbation is amplified to at most: it is shown about a middle grey.
_SHOWN = 127
_GREY = 128
# A face found again lies, in units of the distance between the eyes, no further than this from where it was.
_SAME_PLACE = 0.5


@dataclass(frozen=True, eq=False)
class AttackedRegion:
    """What of a photograph an encoder looks at, and where it lies: what an attack works on.

    image: (1, 3, h, w) float32 in [0, 1]. points: (1, 5, 2) of the face in it.
    left, top: in the photograph, pixels. factor: how many pixels of the photograph one of the region is wide; above 1
        for faces of more than about 4000 px.
    """

    image: Tensor
    points: Tensor
    left: int
    top: int
    factor: int


def attacked_region(photograph: Photograph, face: Face, device: torch.device | str = "cpu") -> AttackedRegion:
    """Cut out what encoders look at, as `face_image` does.

    Raises:
        FaceError: the face's points coincide.
    """
    pixels, points = face_region(photograph.pixels, face.points)
    factor = max(1, round(float(np.ptp(face.points, 0).max() / np.ptp(points, 0).max())))
    left, top = np.rint((face.points - points * factor)[0]).astype(int).tolist()
    image, inside = as_image(pixels, device), torch.from_numpy(points).float()[None].to(device)
    return AttackedRegion(image, inside, left, top, factor)


def rounded_change(before: Tensor, after: Tensor, settings: AttackSettings) -> NDArray[np.int16]:
    """By how much each value of a picture of 8 bits changes, within the attack's bound.

    Where rounding to the nearest would make a perturbation longer than its Euclidean bound, it is rounded towards
    nought. A perturbation of less than half of 1/255 everywhere is nought.

    Args:
        before, after: (3, h, w) in [0, 1]; before is a picture of 8 bits.

    Returns:
        (h, w, 3).
    """
    pixels = (before * 255).round()
    change = after.double() * 255 - pixels
    rounded = change.round()
    if settings.largest is not None:
        rounded = rounded.clamp(-settings.largest, settings.largest)
    elif settings.largest_l2 is not None and float((rounded / 255).norm()) > settings.largest_l2:
        rounded = change.trunc()
    rounded = (pixels + rounded).clamp(0, 255) - pixels
    whole: NDArray[np.int16] = rounded.permute(1, 2, 0).cpu().numpy().astype(np.int16)
    return whole


@dataclass(frozen=True, eq=False)
class Perturbation:
    """What an attack changed of a photograph.

    before, after: (H, W, 3) uint8, the photograph and the saved picture. change: (H, W, 3) int16, after - before.
    """

    before: NDArray[np.uint8]
    change: NDArray[np.int16]

    @property
    def after(self) -> NDArray[np.uint8]:
        """The picture as it is saved."""
        altered: NDArray[np.uint8] = (self.before.astype(np.int16) + self.change).astype(np.uint8)
        return altered

    @property
    def largest(self) -> int:
        """The largest change of a channel, of 255."""
        return int(np.abs(self.change).max())

    @property
    def length(self) -> float:
        """The Euclidean length of the change, of pictures in [0, 1]."""
        return float(np.sqrt(np.square(self.change / 255).sum()))

    @property
    def share(self) -> float:
        """The share of pixels that changed at all."""
        return float(self.change.any(-1).mean())

    @property
    def amplification(self) -> int:
        """The largest whole factor that the change can be shown by; 1 where nothing changed."""
        return max(1, _SHOWN // self.largest) if self.largest else 1

    def amplified(self) -> NDArray[np.uint8]:
        """The change times `amplification`, about a middle grey: (H, W, 3) uint8."""
        shown = _GREY + self.amplification * self.change.astype(np.int32)
        return shown.clip(0, 255).astype(np.uint8)


def perturbation(
    photograph: Photograph, region: AttackedRegion, after: Tensor, settings: AttackSettings
) -> Perturbation:
    """Put an attacked region back into its photograph.

    Args:
        after: (1, 3, h, w) in [0, 1], the region as an attack has it.
    """
    small = rounded_change(region.image[0], after[0], settings)
    large = small.repeat(region.factor, 0).repeat(region.factor, 1)
    height, width = large.shape[:2]
    change = np.zeros(photograph.pixels.shape, np.int16)
    change[region.top : region.top + height, region.left : region.left + width] = large
    kept = (photograph.pixels + change).clip(0, 255) - photograph.pixels
    return Perturbation(photograph.pixels, kept.astype(np.int16))


def found_again(detector: Detector, pixels: NDArray[np.uint8], face: Face) -> Face | None:
    """The attacked face in the saved picture, (H, W, 3) uint8, as a detector finds it anew; None where it does not."""
    eyes = float(np.linalg.norm(face.points[1] - face.points[0]))
    apart = [(float(np.abs(one.points - face.points).mean()), one) for one in detector.detect(pixels)]
    nearest = min(apart, key=lambda found: found[0], default=None)
    return None if nearest is None or nearest[0] > _SAME_PLACE * eyes else nearest[1]
