"""Draw, align, embed and judge: from latents to the losses of an inversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import TERMS, Candidate, Target
from explorer.science.recognition.base import Recogniser


class PointDetector(Protocol):
    """Finds the five points of generated faces."""

    def points_in_frame(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, R, R) RGB in [0, 1] to points (B, 5, 2) in pixels and whether a face was found (B,); no gradient."""
        ...


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Candidates and their unweighted losses, (B,) by term."""

    candidate: Candidate
    losses: Mapping[str, Tensor]

    def total(self, weights: Mapping[str, float]) -> Tensor:
        """(B,) weighted sum of the losses."""
        return torch.stack([weights[name] * loss for name, loss in self.losses.items()]).sum(0)


class Objective:
    """Evaluates latents against a target embedding."""

    def __init__(
        self,
        target: Target,
        settings: InversionSettings,
        generator: Generator,
        recogniser: Recogniser,
        detector: PointDetector,
    ) -> None:
        self.target, self.settings = target, settings
        self._generator, self._recogniser, self._detector = generator, recogniser, detector

    def evaluate(self, latent: Tensor, points: Tensor | None = None, resolution: int | None = None) -> Evaluation:
        """Losses of latents, differentiable.

        Args:
            latent: (B, 512) for Z and W, (B, 23, 512) for W+.
            points: (B, 5, 2) points of the faces where they are still good enough; detected anew where None.
            resolution: of the images; the settings' preview where None.
        """
        styles = self._generator.styles(latent, self.settings.space)
        image = self._generator.image(styles, resolution or self.settings.resolution)
        if points is None:
            points = self.detect(image)
        candidate = Candidate(
            image=image,
            points=points,
            embedding=self._recogniser.embed(image, points),
            styles=styles,
            mean_w=self._generator.mean_w,
            spread_w=self._generator.spread_w,
        )
        return Evaluation(candidate, {name: term.value(self.target, candidate) for name, term in TERMS.items()})

    def detect(self, image: Tensor) -> Tensor:
        """Points of generated faces, (B, 5, 2); the frame's usual ones where the detector finds no face."""
        points, found = self._detector.points_in_frame(image.detach())
        return torch.where(found[:, None, None], points, usual_points(image.shape[-1]).to(points))


# Mean points of 64 samples of the generator (seed 5,000,000, found at 256 px), in the 1024 px frame.
_USUAL_POINTS = ((384.1, 485.0), (638.6, 483.8), (510.8, 626.2), (402.7, 746.5), (623.7, 745.4))


def usual_points(resolution: int) -> Tensor:
    """(5, 2): where the five points lie in a typical face of the common frame, in pixels."""
    return torch.tensor(_USUAL_POINTS) * (resolution / 1024)
