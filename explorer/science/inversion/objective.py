"""Draw, align, embed and judge: from latents to the losses of an inversion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from explorer.science.faces.alignment import frame_matrix, warp
from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw, drawing
from explorer.science.inversion.framings import FRAMINGS, Framing, framed
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import TERMS, Candidate, LossTarget
from explorer.science.leakage.histogram import AS_PUBLISHED, colour_histogram
from explorer.science.leakage.labels import MEASURE_SIZE
from explorer.science.leakage.landmark_cnn import LandmarkNetwork
from explorer.science.recognition.base import Encoder


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
        # No gradient is sent through the networks of a term that does not count.
        acting = [weights[name] * loss for name, loss in self.losses.items() if weights[name] > 0]
        return torch.stack(acting or [0.0 * loss for loss in self.losses.values()]).sum(0)


class Objective:
    """Evaluates latents against a target.

    Args:
        landmarks: finds the landmarks of generated faces; only needed where the target has some.

    Attributes:
        terms: those that the target allows, by name.

    Raises:
        ValueError: the target has landmarks, and there is no network to find those of generated faces.
    """

    def __init__(
        self,
        target: LossTarget,
        settings: InversionSettings,
        generator: Generator,
        recogniser: Encoder,
        detector: PointDetector,
        landmarks: LandmarkNetwork | None = None,
    ) -> None:
        if target.landmarks is not None and landmarks is None:
            raise ValueError("a target with landmarks needs a landmark network")
        self.target, self.settings = target, settings
        self.terms = {name: term for name, term in TERMS.enabled().items() if term.applies(target)}
        self._generator, self._recogniser, self._detector = generator, recogniser, detector
        self._landmarks = landmarks

    @cached_property
    def _draw(self) -> Draw:
        return drawing(self._generator, mixed=self.settings.precision == "mixed")

    def evaluate(
        self,
        latent: Tensor,
        points: Tensor | None = None,
        resolution: int | None = None,
        framing: Framing = FRAMINGS[0],
    ) -> Evaluation:
        """Losses of latents, differentiable.

        Args:
            latent: (B, K) for Z and W, (B, L, K) for W+ (`GeneratorSpec`).
            points: (B, 5, 2) points of the faces where they are still good enough; detected anew where None.
            resolution: of the images; the settings' preview where None.
            framing: how the attacked encoder sees the faces.
        """
        styles = self._generator.styles(latent, self.settings.space)
        image = self._draw(styles, resolution or self.settings.resolution)
        if points is None:
            points = self.detect(image)
        candidate = Candidate(
            image=image,
            points=points,
            embedding=self._seen(image, points, framing),
            styles=styles,
            mean_w=self._generator.mean_w,
            spread_w=self._generator.spread_w,
            **self._seen_in_frame(image, points),
        )
        return Evaluation(candidate, {name: term.value(self.target, candidate) for name, term in self.terms.items()})

    def aligned(self, evaluation: Evaluation) -> Tensor:
        """(B, D): what the attacked encoder says of evaluated faces as they are aligned; no gradient."""
        with torch.no_grad():
            return self._seen(evaluation.candidate.image, evaluation.candidate.points, FRAMINGS[0])

    def _seen(self, image: Tensor, points: Tensor, framing: Framing) -> Tensor:
        if framing != FRAMINGS[0]:
            image, points = framed(image, points, self._recogniser.spec.template, framing)
        return self._recogniser.embed(image, points)

    def _seen_in_frame(self, image: Tensor, points: Tensor) -> dict[str, Tensor]:
        """The generated faces' landmarks and histogram, as far as the target has them."""
        found: dict[str, Tensor] = {}
        if self.target.landmarks is None and self.target.histogram is None:
            return found
        frame = common_frame(image, points)
        if self._landmarks is not None and self.target.landmarks is not None:
            found["landmarks"] = self._landmarks(frame)
        if self.target.histogram is not None:
            bins = self.target.histogram.shape[-1]
            if self.settings.histogram == "ours":
                found["histogram"] = colour_histogram(frame, bins)
            else:
                # The printed form counts pixels, its target is a softmax: both sides need one scale.
                found["histogram"] = colour_histogram(frame, bins, AS_PUBLISHED) / MEASURE_SIZE**2
        return found

    def unguided(self) -> Objective:
        """The same without landmarks, histogram and picture."""
        bare = replace(self.target, landmarks=None, histogram=None, picture=None)
        return Objective(bare, self.settings, self._generator, self._recogniser, self._detector)

    def score(self, embedding: Tensor) -> float:
        """How near an embedding (D,) is to the target, in the attacked encoder's own measure."""
        return float(self._recogniser.compare(embedding.detach(), self.target.embedding))

    def detect(self, image: Tensor) -> Tensor:
        """Points of generated faces, (B, 5, 2); the frame's usual ones where the detector finds no face."""
        points, found = self._detector.points_in_frame(image.detach())
        usual = usual_points(image.shape[-1], self._generator.spec.points).to(points)
        return torch.where(found[:, None, None], points, usual)


def common_frame(image: Tensor, points: Tensor) -> Tensor:
    """Bring faces into the 224 px frame of the measures, by the same rule as photographs (`crop_frame`).

    Args:
        image: (B, 3, R, R) RGB in [0, 1]; gradients flow to it.
        points: (B, 5, 2) pixels of it.

    Returns:
        (B, 3, 224, 224).
    """
    return warp(image, frame_matrix(points.to(image), MEASURE_SIZE), MEASURE_SIZE, fill="border")


# Mean points of 64 samples of the generator (seed 5,000,000, found at 256 px), in the 1024 px frame.
_USUAL_POINTS = ((384.1, 485.0), (638.6, 483.8), (510.8, 626.2), (402.7, 746.5), (623.7, 745.4))


def usual_points(resolution: int, own: Sequence[tuple[float, float]] | None = None) -> Tensor:
    """(5, 2): where the five points lie in a typical face of the common frame, in pixels.

    Args:
        own: in parts of the side, of a generator whose faces lie otherwise (`GeneratorSpec.points`).
    """
    return torch.tensor(_USUAL_POINTS) * (resolution / 1024) if own is None else torch.tensor(own) * resolution
