"""Refine a fit by gradients: landmarks, the photograph's colours under spherical-harmonics light, and the priors.

Colours are compared at the vertices that the fit so far sees, in the manner of Blanz and Vetter (1999) with the light
of Ramamoorthi and Hanrahan (2001), found anew by least squares as the shape moves. The distance of colours is bounded,
so that hair, glasses and shadows, which no parameter explains, do not pull the shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from explorer.science.geometry.fitting import OUTER_EYE_CORNERS, FaceFit
from explorer.science.geometry.landmarks import JAW
from explorer.science.geometry.lighting import HARMONICS, estimate_light, shade
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.rotation import rotation_from_vector
from explorer.science.geometry.sampling import sample_bilinear
from explorer.science.geometry.visibility import vertex_visibility


@dataclass(frozen=True)
class RefinementSettings:
    """How a fit is refined.

    rate: of Adam, in units of the coefficients. pose_rate: in radians and shares of the face's size.
    noise, jaw_noise: standard deviation of a landmark, in shares of the outer eye corners' distance; as the fit from
        which it begins has them, for where landmarks counted less, the priors alone would take the shape back.
    colour_noise: of a colour in [0, 1]; differences beyond about twice it count less and less.
    photometric: weight of the colours, as the count of independent colours that the visible face is worth.
    expression_deviation: of a named unit, whose coefficient stays in [0, 1].
    look_again: steps between two looks at which vertices are seen and how the light falls.
    """

    steps: int = 60
    rate: float = 0.02
    pose_rate: float = 0.002
    noise: float = 0.0125
    jaw_noise: float = 0.032
    colour_noise: float = 0.06
    photometric: float = 60.0
    expression_deviation: float = 0.3
    look_again: int = 15


@dataclass(frozen=True, eq=False)
class Refinement:
    """One step's result.

    loss: landmarks, colours and priors as they were minimised. albedo: (A,) coefficients. light: (9, 3).
    """

    step: int
    loss: float
    fit: FaceFit
    albedo: Tensor
    light: Tensor


def refine(
    model: MorphableModel, image: Tensor, landmarks: Tensor, fit: FaceFit, settings: RefinementSettings | None = None
) -> Iterator[Refinement]:
    """Descend from a fit, yielding after every step; the last is the result.

    Args:
        model: with albedo where colours shall count; without, only landmarks and priors do.
        image: (3, H, W) RGB in [0, 1].
        landmarks: (68, 2) pixels of it, NaN where not known.
        fit: where to begin, from `fit_landmarks`.
    """
    settings = settings or RefinementSettings()
    descent = _Descent(model, image, landmarks, fit, settings)
    optimiser = torch.optim.Adam(descent.groups)
    for step in range(1, settings.steps + 1):
        if step % settings.look_again == 1:
            descent.look()
        loss = descent.loss()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        descent.keep_in_bounds()
        yield descent.result(step, loss.item())


class _Descent:
    """The parameters on their way, scaled so that one rate suits all."""

    def __init__(
        self, model: MorphableModel, image: Tensor, landmarks: Tensor, fit: FaceFit, settings: RefinementSettings
    ) -> None:
        self.model, self.image, self.fit, self.settings = model, image, fit, settings
        self.known = landmarks.isfinite().all(1)
        self.target = landmarks[self.known]
        corners = fit.projected[list(OUTER_EYE_CORNERS)]
        self.size = float((corners[0] - corners[1]).norm())
        self.turn, self.shift = torch.zeros(3), torch.zeros(2)
        self.log_scale = torch.zeros(())
        self.identity, self.expression = fit.identity.clone(), fit.expression.clone()
        self.albedo = torch.zeros(0 if model.albedo is None else len(model.albedo))
        self.light = torch.zeros(HARMONICS, 3)
        placed, coefficients = [self.turn, self.shift, self.log_scale], [self.identity, self.expression, self.albedo]
        for parameter in (*placed, *coefficients):
            parameter.requires_grad_()
        self.groups = [
            {"params": placed, "lr": settings.pose_rate},
            {"params": coefficients, "lr": settings.rate},
        ]
        self.seen = torch.zeros(0, dtype=torch.int64)

    def pose(self) -> Pose:
        """Pose now."""
        start = self.fit.pose
        return Pose(
            rotation_from_vector(self.turn) @ start.rotation,
            start.translation + self.size * self.shift,
            start.scale * self.log_scale.exp(),
        )

    def shape(self) -> Tensor:
        """(V, 3) now."""
        return self.model.shape(self.identity, self.expression)

    @torch.no_grad()
    def look(self) -> None:
        """Find which vertices are seen and how the light falls on them."""
        if self.model.albedo is None:
            return
        pose, shape = self.pose(), self.shape()
        seen = vertex_visibility(shape, self.model.triangles, pose.rotation)
        places = project(shape, pose)
        height, width = self.image.shape[1:]
        seen &= (places >= 0.5).all(1) & (places[:, 0] <= width - 0.5) & (places[:, 1] <= height - 0.5)
        # The face in front of the ears: hair covers most of what lies behind.
        seen &= self.model.mean[:, 2] > self._ears()
        self.seen = seen.nonzero().flatten()
        normals = vertex_normals(shape, self.model.triangles) @ pose.rotation.mT
        colours = sample_bilinear(self.image[None], places[None])[0].mT
        albedo = self.model.colours(self.albedo)
        weights = torch.zeros(len(shape))
        weights[self.seen] = 1.0
        for _ in range(2):  # the second time without what the first cannot explain
            self.light = estimate_light(colours, albedo, normals, weights)
            error = (shade(albedo, normals, self.light) - colours).abs().amax(1)
            weights = torch.where(error < 3 * self.settings.colour_noise, weights, weights * 0.05)

    def _ears(self) -> float:
        landmarks = self.model.landmarks
        return 0.0 if landmarks is None else float(self.model.mean[landmarks[[1, 15]], 2].mean())

    def loss(self) -> Tensor:
        """Negative log probability of what is given, up to a constant."""
        settings, pose, shape = self.settings, self.pose(), self.shape()
        noise = torch.full((len(self.known),), settings.noise * self.size)
        noise[:JAW] = settings.jaw_noise * self.size
        places = project(shape[self.fit.landmarks[self.known]], pose)
        loss = ((places - self.target) / noise[self.known, None]).square().sum() / 2
        deviation = settings.expression_deviation if self.model.named_units else 1.0
        loss = loss + (self.identity.square().sum() + (self.expression / deviation).square().sum()) / 2
        if len(self.seen):
            difference = self._difference(shape, pose) / settings.colour_noise
            bounded = (1 + difference.square() / 4).log().mean() * 2
            loss = loss + settings.photometric * bounded + self.albedo.square().sum() / 2
        return loss

    def _difference(self, shape: Tensor, pose: Pose) -> Tensor:
        """Between the photograph and the model, at the vertices seen, (S, 3)."""
        normals = vertex_normals(shape, self.model.triangles)[self.seen] @ pose.rotation.mT
        colours = sample_bilinear(self.image[None], project(shape[self.seen], pose)[None])[0].mT
        return shade(self.model.colours(self.albedo)[self.seen], normals, self.light) - colours

    @torch.no_grad()
    def keep_in_bounds(self) -> None:
        """Named units run from 0 to 1."""
        if self.model.named_units:
            self.expression.clamp_(0, 1)

    @torch.no_grad()
    def result(self, step: int, loss: float) -> Refinement:
        """What the parameters stand for now."""
        pose = self.pose()
        places = project(self.shape()[self.fit.landmarks], pose)
        error = float(np.linalg.norm((places[self.known] - self.target).numpy(), axis=1).mean())
        fit = replace(
            self.fit,
            pose=pose,
            identity=self.identity.detach().clone(),
            expression=self.expression.detach().clone(),
            projected=places,
            error=error,
        )
        return Refinement(step, loss, fit, self.albedo.detach().clone(), self.light.clone())
