"""Edits along made-up directions, and networks that draw, find and check people in no time."""

from types import SimpleNamespace

import numpy as np
import torch

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.faces.face import Face
from explorer.science.training.photoreal_edits import Axis, PhotorealEdit
from explorer.science.training.photoreal_people import CHECKERS, PhotorealModels

_POINTS = np.array([[190, 240], [320, 240], [256, 310], [200, 370], [310, 370]], np.float64) / 512
_BANDS = {"yaw": (0, 7), "smile": (4, 10), "jaw": (0, 23)}
EDITS = tuple(
    PhotorealEdit(Axis(name, "degrees", 5.0), torch.eye(512)[at], 0.5, *band, 2.0, 2.5)
    for at, (name, band) in enumerate(_BANDS.items())
)


class CannedGenerator:
    """Its w follow from the seed; its pictures are of one colour, by the first three numbers of the first layer's w."""

    def sample(self, count, seed, truncation=1.0):
        z = torch.randn(count, 512, generator=torch.Generator().manual_seed(seed))
        return z, z * truncation

    def styles(self, latent, space):
        return latent[:, None].expand(-1, 23, -1)

    def image(self, styles, resolution):
        colour = 0.25 + 0.5 * styles[:, 0, :3].sigmoid()
        return colour[:, :, None, None].expand(-1, 3, resolution, resolution).clone()


class CannedDetector:
    """Finds the face where frames have it, but for the pictures of some numbers."""

    def __init__(self, blind=()):
        self._asked, self._blind = 0, set(blind)

    def detect_in_frames(self, pictures):
        found = []
        for pixels in pictures:
            found.append(None if self._asked in self._blind else Face(_POINTS * len(pixels), (0, 0, 1, 1), 1.0))
            self._asked += 1
        return found


class CannedChecker:
    """The mean colour."""

    device = torch.device("cpu")
    spec = SimpleNamespace(template=ARCFACE_112, dimension=3)

    def __call__(self, aligned):
        return aligned.mean((2, 3))


def canned_people(blind=(), checkers=CHECKERS):
    return PhotorealModels(CannedGenerator(), CannedDetector(blind), {name: CannedChecker() for name in checkers})
