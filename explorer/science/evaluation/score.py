"""The verdict of one encoder on a reconstruction."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class EncoderScore(BaseModel):
    """One encoder's verdict on the saved native-resolution image, detected and aligned again.

    threshold: at FMR 1e-3 on generated impostors; own_threshold: the makers'.
    fmr: share of generated impostor pairs that this score would let pass; fmr_resolution: 1 / pairs, the smallest FMR
        that they can resolve.
    rank: place of the target when the reconstruction is searched in a gallery of generated faces and the target.

    Example:
        >>> from explorer.science.evaluation import EncoderScore
        >>> score = EncoderScore(
        ...     encoder="sface", measure="cosine", attacked=False, score=0.5, threshold=0.4, passes=True, fmr=1e-4,
        ...     fmr_resolution=1e-5, rank=1, gallery=500,
        ... )
        >>> EncoderScore.model_validate_json(score.model_dump_json()) == score
        True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    measure: Literal["cosine", "euclidean"]
    attacked: bool
    score: float
    threshold: float
    passes: bool
    own_threshold: float | None = None
    passes_own: bool | None = None
    fmr: float
    fmr_resolution: float
    rank: int
    gallery: int
