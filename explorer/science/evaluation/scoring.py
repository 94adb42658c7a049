"""Judge a reconstruction: the saved native image, detected and aligned again, under every encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.score import EncoderScore, PhotographRates, Standing
from explorer.science.faces.alignment import face_image
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, Photograph
from explorer.science.recognition.base import Encoder, EncoderSpec, is_match, similarity_or_distance
from explorer.science.recognition.score_reference import ScoreReference


def embed_face(recogniser: Encoder, photograph: Photograph, face: Face) -> Tensor:
    """The (D,) embedding of a face of a photograph, on the CPU; the one way that photographs are embedded.

    Example:
        >>> from explorer.science.evaluation import embed_face
        >>> from explorer.science.faces import read_file
        >>> photograph = read_file(samples / "astronaut.png")
        >>> (face,) = networks.detector().detect(photograph.pixels)
        >>> embed_face(networks.recogniser("sface"), photograph, face).shape
        torch.Size([128])
    """
    image, points = face_image(photograph, face, recogniser.device)
    with torch.no_grad():
        return recogniser.embed(image, points)[0].cpu()


def score_image(
    pixels: NDArray[np.uint8],
    targets: Mapping[str, Tensor],
    attacked: str,
    *,
    detector: Detector,
    recognisers: Mapping[str, Encoder],
    calibrations: Mapping[str, ScoreReference | None],
) -> list[EncoderScore]:
    """Score a result under every encoder whose target embedding is known.

    Args:
        pixels: (1024, 1024, 3) uint8 RGB, as it is saved.
        targets: (D,) target embeddings by encoder.
        attacked: the encoder that was inverted.
        calibrations: by encoder; None where there are no impostor statistics.

    Returns:
        The attacked encoder's score first; empty where no face is found in the image.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation import score_image
        >>> grey = np.full((128, 128, 3), 128, np.uint8)
        >>> score_image(grey, {}, "sface", detector=networks.detector(), recognisers={}, calibrations={})  # no face
        []
    """
    faces = detector.detect(pixels)
    if not faces:
        return []
    photograph = Photograph(pixels, "result", "")
    order = sorted(targets, key=lambda encoder: encoder != attacked)
    return [
        judge(
            recognisers[encoder].spec,
            calibrations[encoder],
            embed_face(recognisers[encoder], photograph, faces[0]),
            targets[encoder],
            attacked=encoder == attacked,
        )
        for encoder in order
    ]


def judge(
    spec: EncoderSpec, calibration: ScoreReference | None, embedding: Tensor, target: Tensor, *, attacked: bool
) -> EncoderScore:
    """Compare an embedding of an encoder with its target, both (D,), and say what the score is worth.

    Args:
        calibration: the encoder's impostor statistics; without them the score stands alone.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation import judge
        >>> from explorer.science.recognition import ScoreReference, encoder_spec
        >>> spec = encoder_spec("sface")
        >>> gallery = torch.randn(50, 128, generator=torch.Generator().manual_seed(0))
        >>> score = judge(spec, ScoreReference(spec, gallery), gallery[0], gallery[0], attacked=True)
        >>> score.passes, score.fmr, score.gallery
        (True, 0.0, 50)
    """
    score = float(similarity_or_distance(embedding.cpu(), target.cpu(), spec.measure))
    own = spec.own_threshold
    return EncoderScore(
        encoder=spec.id,
        measure=spec.measure,
        attacked=attacked,
        score=score,
        own_threshold=own,
        passes_own=None if own is None else is_match(spec.measure, score, own),
        photographs=() if calibration is None else photograph_rates(calibration, score),
        **(dict.fromkeys(Standing._fields) if calibration is None else _standing(calibration, embedding, score)),
    )


def photograph_rates(calibration: ScoreReference, score: float) -> tuple[PhotographRates, ...]:
    """What strangers of each population of photographs do at the encoder's threshold, and at a score."""
    found = []
    for population, rates in calibration.photographs.items():
        passing, nearer = rates.at(calibration.threshold), rates.at(score)
        found.append(
            PhotographRates(
                population=population,
                people=rates.people,
                pairs=rates.pairs,
                passing=passing.passing,
                low=passing.low,
                high=passing.high,
                nearer=nearer.passing,
            )
        )
    return tuple(found)


def _standing(calibration: ScoreReference, embedding: Tensor, score: float) -> dict[str, Any]:
    return Standing(
        threshold=calibration.threshold,
        passes=calibration.passes(score),
        fmr=calibration.fmr(score),
        fmr_resolution=1 / calibration.pairs,
        rank=calibration.rank(embedding, score),
        gallery=len(calibration.gallery),
    )._asdict()
