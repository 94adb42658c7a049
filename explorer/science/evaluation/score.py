"""The verdict of one encoder on a reconstruction."""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Standing(NamedTuple):
    """What a score is worth among generated impostors; the fields are those of `EncoderScore`."""

    threshold: float
    passes: bool
    fmr: float
    fmr_resolution: float
    rank: int
    gallery: int


class EncoderScore(BaseModel):
    """One encoder's verdict on the saved native-resolution image, detected and aligned again.

    threshold: at FMR 1e-3 on generated impostors; own_threshold: the makers'.
    fmr: share of generated impostor pairs that this score would let pass; fmr_resolution: 1 / pairs, the smallest FMR
        that they can resolve.
    rank: place of the target when the reconstruction is searched in a gallery of generated faces and the target.

    The fields of `Standing` are None, all of them, where there are no impostor statistics for the encoder.

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
    threshold: float | None
    passes: bool | None
    own_threshold: float | None = None
    passes_own: bool | None = None
    fmr: float | None
    fmr_resolution: float | None
    rank: int | None
    gallery: int | None

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        given = [getattr(self, name) is not None for name in Standing._fields]
        if any(given) and not all(given):
            raise ValueError(f"the score under {self.encoder} knows some of what it is worth, and not all")
        return self

    @property
    def standing(self) -> Standing | None:
        """What the score is worth; None where there are no impostor statistics for the encoder."""
        return None if self.threshold is None else Standing(*(getattr(self, name) for name in Standing._fields))


AT_THRESHOLD = "threshold at FMR 1e-3 (generated impostors)"
"""What every verdict goes by: the score that one of a thousand pairs of generated strangers would reach, too."""


def verdict(measure: str, passes: bool, *, whole: bool = False) -> str:
    """What a score says at its encoder's threshold. It says no more: people are told apart by no threshold.

    Args:
        measure: of the encoder, "cosine" or "euclidean"; a distance lies within its threshold or beyond it.
        passes: whether the score is at least as near as the threshold.
        whole: with what the threshold is.

    Example:
        >>> from explorer.science.evaluation.score import verdict
        >>> verdict("cosine", True, whole=True)
        'above threshold at FMR 1e-3 (generated impostors)'
        >>> verdict("euclidean", False)
        'beyond threshold'
    """
    words = (("beyond", "within") if measure == "euclidean" else ("below", "above"))[passes]
    return f"{words} {AT_THRESHOLD if whole else 'threshold'}"


def without_statistics(encoder: str) -> str:
    """Why a score has no standing, in words."""
    return f"no impostor statistics for {encoder}"
