"""What an inversion yields while it runs (DESIGN, decision 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Leader:
    """The start of the lowest total after a step of all that still compete: a face to look at meanwhile.

    latent: (K,), or (L, K) for W+ (`GeneratorSpec`); detached, on the CPU.
    preview: (3, R, R) float RGB in [0, 1], detached, on the device; `image()` converts it.
    cosine: between its embedding and the target, on the attacked encoder.
    competing: how many starts still do.
    seconds: since the run began, pauses excluded.
    """

    latent: Tensor
    preview: Tensor
    cosine: float
    competing: int
    seconds: float = 0.0

    def image(self) -> NDArray[np.uint8]:
        """What it shows, as (R, R, 3) uint8 RGB."""
        return to_uint8(self.preview)


@dataclass(frozen=True, eq=False)
class StartsProgress:
    """Some of the starts have been evaluated; no latent has been chosen yet.

    leader: the one that is ahead, where all that compete have just made a step.
    """

    done: int
    total: int
    best_cosine: float
    leader: Leader | None = None


@dataclass(frozen=True, eq=False)
class InversionStep:
    """The state before one optimiser step, and what was measured there.

    index: 0 for the chosen start, then one per optimiser step.
    losses: unweighted value of each term that acts; weights: the weight each had at this step.
    total: the weighted sum.
    latent: (K,) for Z and W, (L, K) for W+ (`GeneratorSpec`); detached, on the CPU.
    scores: the measure of each encoder at this step (cosine, or distance for a Euclidean encoder); the attacked one at
        every step, held-out ones every `score_every` steps and only where the target photograph is known.
    cosine: cosine between the attacked encoder's embedding of the current image and the target.
    preview: (3, R, R) float RGB in [0, 1], detached, on the device; `image()` converts it.
    points: (5, 2) of the face in that image, pixels.
    landmarks, histogram: the image's, (68, 2) pixels of the 224 px frame and (3, bins) shares, where some are sought.
    seconds: since the run began, pauses excluded.
    best: whether this is the lowest total under the current weights so far.

    Example:
        >>> import torch
        >>> from explorer.science.inversion import InversionStep
        >>> step = InversionStep(
        ...     index=0, losses={"identity": 0.8}, weights={"identity": 1.0}, total=0.8, scores={"sface": 0.2},
        ...     cosine=0.2, latent=torch.zeros(512), preview=torch.full((3, 8, 8), 0.5), points=None,
        ...     seconds=0.0, best=True,
        ... )
        >>> step.resolution, step.image().shape, step.image().dtype
        (8, (8, 8, 3), dtype('uint8'))
    """

    index: int
    losses: Mapping[str, float]
    weights: Mapping[str, float]
    total: float
    latent: Tensor
    scores: Mapping[str, float]
    cosine: float
    preview: Tensor
    points: NDArray[np.float64]
    seconds: float
    best: bool
    landmarks: NDArray[np.float32] | None = None
    histogram: NDArray[np.float32] | None = None

    @property
    def resolution(self) -> int:
        """R: the side in pixels of the image that was judged; the last steps of a run are drawn larger."""
        return int(self.preview.shape[-1])

    def image(self) -> NDArray[np.uint8]:
        """The current image as (R, R, 3) uint8 RGB."""
        return to_uint8(self.preview)


def to_uint8(image: Tensor) -> NDArray[np.uint8]:
    """(3, H, W) RGB in [0, 1] to (H, W, 3) uint8, rounded.

    Example:
        >>> import torch
        >>> from explorer.science.inversion import to_uint8
        >>> to_uint8(torch.tensor([0.0, 0.5, 2.0]).reshape(3, 1, 1)).tolist()
        [[[0, 128, 255]]]
    """
    pixels: NDArray[np.uint8] = (
        image.detach().clamp(0, 1).mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()
    )
    return pixels
