"""What an inversion yields while it runs (DESIGN, decision 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    number: which of the starts it is, in the order of `draw_starts`.
    step: how many steps of the contest it has made; 0 as drawn.
    losses: unweighted value of each term that the contest goes by; total: their weighted sum.
    score: what the attacked encoder's own measure says, cosine or distance.
    """

    latent: Tensor
    preview: Tensor
    cosine: float
    competing: int
    seconds: float = 0.0
    number: int = 0
    step: int = 0
    score: float = 0.0
    losses: Mapping[str, float] = field(default_factory=dict)
    total: float = 0.0

    def image(self) -> NDArray[np.uint8]:
        """What it shows, as (R, R, 3) uint8 RGB."""
        return to_uint8(self.preview)


@dataclass(frozen=True, eq=False)
class SeenStart:
    """One start as it has just been drawn and judged.

    number: which of the starts it is, in the order of `draw_starts`.
    step: how many steps of the contest it has made; 0 as drawn.
    preview: (3, R, R) float RGB in [0, 1], detached, on the device.
    cosine: between its embedding and the target, on the attacked encoder.
    total: what the contest goes by; the lowest wins.
    """

    number: int
    step: int
    preview: Tensor
    cosine: float
    total: float


@dataclass(frozen=True, eq=False)
class StartsProgress:
    """Some of the starts have been evaluated; no latent has been chosen yet.

    done, total: evaluations of one start, made and in all.
    leader: the one that is ahead, where all that compete have just made a step.
    seen: those that have just been evaluated. fallen: numbers of those that went out since the last progress.
    starts: how many there are, of which the first `proposed` are the regressor's.
    steps: how many steps of the contest its winner makes.
    """

    done: int
    total: int
    best_cosine: float
    leader: Leader | None = None
    seen: tuple[SeenStart, ...] = ()
    fallen: tuple[int, ...] = ()
    starts: int = 0
    proposed: int = 0
    steps: int = 0

    def in_words(self) -> str:
        """Which images the starts compete by, and how far they are: for a bar's text."""
        size = f" at {self.seen[0].preview.shape[-1]} px" if self.seen else ""
        return f"letting starts compete{size}, best cosine {self.best_cosine:.2f}"


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
