"""The decoder's picture as a way back of its own, and what it tells a search: which starts look like it.

A decoder draws by no latent. The picture stands for itself, at once; and of some random starts, and of what a regressor
proposes, those are proposed to a search whose faces come nearest to the picture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.decoding.losses import central_face, pixel_loss
from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.generation.spec import Space
from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.invert import HeldOut, InversionOutcome, InversionRunning, Weights
from explorer.science.inversion.objective import PointDetector, usual_points
from explorer.science.inversion.one_pass import OnePass
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache, WarmStart, in_space
from explorer.science.inversion.step import InversionStep
from explorer.science.leakage.landmark_cnn import LandmarkNetwork
from explorer.science.recognition.base import Encoder

# Random latents looked at, at least; drawn at once, and how far their seed lies from those of the starts themselves.
_LEAST, _CHUNK, _APART = 48, 8, 400_000_000
# Of so many candidates one at most is proposed.
_CHOICE = 4


def decode(
    target: Tensor,
    settings: InversionSettings,
    *,
    generator: FaceGenerator,
    recogniser: Encoder,
    detector: PointDetector,
    held_out: HeldOut | None = None,
    wanted: Guidance | None = None,
    landmarks: LandmarkNetwork | None = None,
    regressor: Proposer | None = None,
    beginning: WarmStart | None = None,
    memory: StartCache | None = None,
    weights: Weights | None = None,
    decoder: OnePass | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> InversionRunning:
    """Decode an embedding: one step, whose preview is the picture; its latent, and the outcome's, has no numbers.

    Args:
        target, recogniser, detector, held_out: as of `invert`. decoder: the encoder's.

    Raises:
        ValueError: there is no decoder.
    """
    if decoder is None:
        raise ValueError(f"nothing decodes the embeddings of {recogniser.spec.id}: train a decoder, or search")
    return decoding(target, recogniser, detector, held_out or {}, decoder)


def decoding(
    target: Tensor, recogniser: Encoder, detector: PointDetector, held_out: HeldOut, decoder: OnePass
) -> Generator[InversionStep, None, InversionOutcome]:
    """As `decode`, which asks for no generator."""
    began = time.perf_counter()
    with torch.no_grad():
        picture = decoder.picture(target).to(target)
        points, found = detector.points_in_frame(picture[None])
        usual = usual_points(picture.shape[-1]).to(points)
        points = torch.where(found[:, None, None], points, usual)
        embedding = recogniser.embed(picture[None], points)[0]
        scores = {recogniser.spec.id: float(recogniser.compare(embedding, target))}
        for name, (encoder, sought) in held_out.items():
            scores[name] = float(encoder.compare(encoder.embed(picture[None], points)[0], sought))
        cosine = float(torch.cosine_similarity(embedding, target, dim=0))
    nothing = torch.empty(0)
    yield InversionStep(
        index=0,
        losses={"identity": 1 - cosine},
        weights={"identity": 1.0},
        total=1 - cosine,
        latent=nothing,
        scores=scores,
        cosine=cosine,
        preview=picture,
        points=points[0].double().cpu().numpy(),
        seconds=time.perf_counter() - began,
        best=True,
    )
    return InversionOutcome(0, nothing, "steps", (), 0.0, "decoder")


@dataclass(frozen=True)
class DecodedProposer:
    """Proposes those latents to a search whose faces look most like the decoded picture.

    They are chosen by their central faces among random ones and, where there is a regressor, what it proposes.

    space: that is searched. resolution: at which candidates are drawn. truncation: of the random ones.
    """

    decoder: OnePass
    generator: FaceGenerator
    space: Space
    resolution: int
    truncation: float = 0.5
    regressor: Proposer | None = None

    @torch.no_grad()
    def propose(self, embedding: Tensor, count: int, seed: int) -> Tensor:
        """As `LatentRegressor.propose`: (count, K), or (count, L, K) in W+, the most alike first."""
        picture = self.decoder.picture(embedding)[None]
        candidates = self._candidates(embedding, count, seed)
        distances = torch.cat([self._distances(some, picture) for some in candidates.split(_CHUNK)])
        return candidates[distances.argsort(stable=True)[:count]]

    def _candidates(self, embedding: Tensor, count: int, seed: int) -> Tensor:
        z, w = self.generator.sample(max(_LEAST, _CHOICE * count), seed + _APART, self.truncation)
        random = in_space(z if self.space == "Z" else w, self.generator, self.space)
        if self.regressor is None:
            return random
        proposed = self.regressor.propose(embedding, count, seed).to(random)
        return torch.cat([in_space(proposed, self.generator, self.space), random])

    def _distances(self, latents: Tensor, picture: Tensor) -> Tensor:
        drawn = self.generator.image(self.generator.styles(latents, self.space), self.resolution)
        side = picture.shape[-1]
        if drawn.shape[-1] != side:
            drawn = F.interpolate(drawn, size=(side, side), mode="bilinear", align_corners=False, antialias=True)
        faces, wanted = central_face(drawn), central_face(picture).to(drawn)
        return torch.stack([pixel_loss(face[None], wanted) for face in faces])
