"""What a loss term is given, and what it must say of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from explorer.science.recognition.base import Measure


@dataclass(frozen=True, eq=False)
class Target:
    """What is known of the face that is sought: its embedding alone.

    embedding: (D,), as the attacked encoder gives it.
    """

    embedding: Tensor
    measure: Measure


@dataclass(frozen=True, eq=False)
class Candidate:
    """The generated faces of this step, with gradients back to the latent.

    image: (B, 3, R, R) RGB in [0, 1], in the common frame.
    points: (B, 5, 2) detected points in that image, pixels, without gradient.
    embedding: (B, D) of the attacked encoder.
    styles: (B, 23, 512), one w for each style layer.
    mean_w, spread_w: (512,) of the generator's W.
    """

    image: Tensor
    points: Tensor
    embedding: Tensor
    styles: Tensor
    mean_w: Tensor
    spread_w: Tensor


@dataclass(frozen=True)
class Term:
    """One loss term.

    value: maps target and candidates to (B,) losses, at least 0, unweighted.
    limit: the largest weight that a slider offers.
    source: the equation or section it implements.
    """

    name: str
    title: str
    explanation: str
    source: str
    default_weight: float
    limit: float
    value: Callable[[Target, Candidate], Tensor]
