"""An inversion method of one's own: draw faces at random and keep the nearest. It shows what a method has to do.

It uses no gradient of the encoder, so it is a lower bound that any search must beat. To make it one of the program's,
list a `MethodSpec` of it in `explorer/science/inversion/methods.py`.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor

from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.inversion.invert import HeldOut, InversionOutcome, InversionRunning
from explorer.science.inversion.methods import MethodSpec
from explorer.science.inversion.objective import PointDetector, usual_points
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import in_space
from explorer.science.inversion.step import InversionStep
from explorer.science.recognition.base import Encoder


def draw_at_random(
    target: Tensor,
    settings: InversionSettings,
    *,
    generator: FaceGenerator,
    recogniser: Encoder,
    detector: PointDetector,
    held_out: HeldOut | None = None,
    **unused: Any,
) -> InversionRunning:
    """Draw `settings.steps` faces, a step each, by a seed for each; the outcome is the nearest.

    Args:
        target: (D,) on the device. unused: what other methods need.

    Returns:
        Yields a step for every face, and returns the outcome.
    """
    began, best, nearest = time.perf_counter(), 0, -1.0
    latent = torch.empty(0)
    for index in range(settings.steps):
        with torch.no_grad():
            z, w = generator.sample(1, settings.seed + index, settings.truncation)
            drawn = in_space(z if settings.space == "Z" else w, generator, settings.space)
            picture = generator.image(generator.styles(drawn, settings.space), settings.resolution)
            # Where no face is found, the points are where the generator usually puts them.
            points, found = detector.points_in_frame(picture)
            usual = usual_points(picture.shape[-1], generator.spec.points).to(points)
            points = torch.where(found[:, None, None], points, usual)
            embedding = recogniser.embed(picture, points)[0]
            scores = {recogniser.spec.id: float(recogniser.compare(embedding, target))}
            for name, (judge, sought) in (held_out or {}).items():
                scores[name] = float(judge.compare(judge.embed(picture, points)[0], sought))
            cosine = float(torch.cosine_similarity(embedding, target, dim=0))
        if cosine > nearest:
            best, nearest, latent = index, cosine, drawn[0].cpu()
        # Between two steps the engine lets other work go on, pauses or cancels.
        yield InversionStep(
            index=index,
            losses={"identity": 1 - cosine},
            weights={"identity": 1.0},
            total=1 - cosine,
            latent=drawn[0].cpu(),
            scores=scores,
            cosine=cosine,
            preview=picture[0],
            points=points[0].double().cpu().numpy(),
            seconds=time.perf_counter() - began,
            best=best == index,
        )
    return InversionOutcome(best, latent, "steps", (), 0.0, "random")


RANDOM = MethodSpec("random", "Random faces", "an example", draw_at_random)
