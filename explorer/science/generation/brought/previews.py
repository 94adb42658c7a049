"""Cheap previews of a brought generator: how far what its first blocks draw is from the whole, and whether it serves.

A StyleGAN2 whose blocks each add colours has an image at every size on the way. It lacks what later blocks add: mostly
detail, but also contrast and tint, which are much the same for all faces. The latter are made good by one mixture of
colours, fitted on a few faces; how far the rest is off is measured on others. A size that is too far off is no preview:
it is then averaged from the native image, as every size of networks that have no image on the way (StyleGAN3, DCGAN,
StyleGAN2's other architectures).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.brought.generator import BroughtGenerator, mixed
from explorer.science.generation.brought.stylegan2 import Synthesis

SIDES = (128, 256)
"""Of the images by which searches begin and go on; what they end on is larger, and never a preview."""
LEAST_RATIO = 25.0
"""Peak signal to noise, in dB, from which on a preview serves: what the program's own head for 128 px has."""
_FITTED, _JUDGED, _SEED, _TRUNCATION = 8, 4, 6_000_000, 0.7


@dataclass(frozen=True, eq=False)
class Preview:
    """A preview of one size.

    mix: (C, C + 1), as of `BroughtGenerator`. ratio: its peak signal to noise on faces that it was not fitted on, dB.
    """

    mix: Tensor
    ratio: float

    @property
    def serves(self) -> bool:
        """Whether it is near enough to the native image's average."""
        return self.ratio >= LEAST_RATIO


@torch.no_grad()
def measured_previews(
    generator: BroughtGenerator, tell: Callable[[], None] = lambda: None, sides: tuple[int, ...] = SIDES
) -> Mapping[int, Preview]:
    """Fit and measure a preview of each size that the generator has an image of on the way to its own.

    Twelve faces are drawn at native size for it, of a seed of their own.

    Args:
        tell: called before each face; what it raises ends the measurement.
        sides: in pixels.

    Returns:
        By side in pixels; a side is missing where there is no such image, or it is not finite.
    """
    synthesis = cast(nn.Module, generator.synthesis)
    if not isinstance(synthesis, Synthesis):
        return {}
    sides = tuple(side for side in sides if side in synthesis.partial)
    if not sides:
        return {}
    w = generator.sample(_FITTED + _JUDGED, _SEED, _TRUNCATION)[1]
    drawn = []
    for styles in generator.styles(w, "W").split(1):
        tell()
        drawn.append(_drawn(synthesis, styles, sides))
    found = {}
    for side in sides:
        pairs = [one[side] for one in drawn]
        if not all(bool(image.isfinite().all()) for pair in pairs for image in pair):
            continue
        mix = fitted_mix(pairs[:_FITTED])
        errors = [_square_error(mixed(part, mix), whole) for part, whole in pairs[_FITTED:]]
        found[side] = Preview(mix, _ratio(sum(errors) / len(errors)))
    return found


def _drawn(synthesis: Synthesis, styles: Tensor, sides: Sequence[int]) -> dict[int, tuple[Tensor, Tensor]]:
    """By side: what the blocks up to it draw of one face, and the average of its native image."""
    native = synthesis(styles)
    return {
        side: (synthesis.without_later(styles, side), F.interpolate(native, size=(side, side), mode="area"))
        for side in sides
    }


def fitted_mix(pairs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """The mixture of colours of least squares.

    Args:
        pairs: images (1, C, R, R) and what each should be.

    Returns:
        (C, C + 1) float32: how the colours are mixed, and what is added to each.
    """
    given = torch.cat([part[0].flatten(1) for part, _ in pairs], 1).double()
    given = torch.cat((given, torch.ones_like(given[:1])))
    wanted = torch.cat([whole[0].flatten(1) for _, whole in pairs], 1).double()
    # A colour that is the same everywhere leaves the mixture open: the smallest is taken.
    mix: Tensor = wanted @ given.T @ torch.linalg.pinv(given @ given.T, hermitian=True)
    return mix.float()


def _square_error(image: Tensor, wanted: Tensor) -> float:
    """Mean square difference as they are shown: in [0, 1], clamped."""
    first, second = ((one * 0.5 + 0.5).clamp(0, 1).double() for one in (image, wanted))
    return float((first - second).square().mean())


def _ratio(error: float) -> float:
    return math.inf if error == 0 else -10 * math.log10(error)
