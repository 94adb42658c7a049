"""What a score is worth: impostor statistics and a gallery, from generated faces embedded by an encoder.

Beside every score stand the share of impostor pairs that would pass at it (FMR) and the rank of the target in a gallery
(DESIGN, "Words and frames"). The faces are generated, each of its own random latent, so all pairs are impostors.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from explorer.science.recognition.base import EncoderSpec, Metric, is_match
from explorer.science.recognition.impostors import ImpostorRates, sign_of

_THRESHOLD_FMR = 1e-3


class ScoreReference:
    """One encoder's impostor scores and gallery.

    Args:
        spec: the encoder.
        gallery: (N, D) embeddings of N generated faces of different latents.
        photographs: what was measured of strangers on photographs, by the population's name; verdicts do not go by it.

    Example:
        >>> import torch
        >>> from explorer.science.recognition import ScoreReference, encoder_spec
        >>> gallery = torch.randn(200, 128, generator=torch.Generator().manual_seed(0))
        >>> calibration = ScoreReference(encoder_spec("sface"), gallery)
        >>> calibration.pairs  # of 200 faces with each other
        19900
        >>> round(calibration.fmr(calibration.threshold), 4), calibration.fmr(-1.0)
        (0.001, 1.0)
        >>> calibration.rank(torch.ones(128), score=1.0)  # nobody in the gallery is as near
        1
    """

    def __init__(
        self, spec: EncoderSpec, gallery: Tensor, photographs: Mapping[str, ImpostorRates] = MappingProxyType({})
    ) -> None:
        self.measure: Metric = spec.measure
        self.gallery = gallery.float()
        self.photographs = photographs
        self._closeness = impostor_scores(self.gallery, self.measure).mul_(self._sign).sort().values
        self.threshold = self.score_at(_THRESHOLD_FMR)

    @property
    def _sign(self) -> float:
        """Turns a score into a closeness: larger is nearer."""
        return sign_of(self.measure)

    @property
    def pairs(self) -> int:
        """How many impostor pairs there are; no FMR below 1 / pairs can be told apart from 0."""
        return len(self._closeness)

    def fmr(self, score: float) -> float:
        """Share of impostor pairs that are at least as near as this score."""
        nearer = self.pairs - int(torch.searchsorted(self._closeness, torch.tensor(self._sign * score)))
        return nearer / self.pairs

    def score_at(self, fmr: float) -> float:
        """The score at which this share of impostor pairs would pass."""
        allowed = min(int(fmr * self.pairs), self.pairs - 1)
        return self._sign * float(self._closeness[self.pairs - 1 - allowed])

    def passes(self, score: float) -> bool:
        """Whether a score passes the threshold at FMR 1e-3."""
        return is_match(self.measure, score, self.threshold)

    def rank(self, probe: Tensor, score: float) -> int:
        """Place of the true target when a probe is searched in the gallery with the target added; 1 is first.

        Args:
            probe: (D,) embedding that is searched.
            score: its score against the true target.
        """
        others = score_matrix(probe[None].float().cpu(), self.gallery, self.measure)[0] * self._sign
        return 1 + int((others > self._sign * score).sum())


def impostor_scores(gallery: Tensor, measure: Metric) -> Tensor:
    """(N, D) embeddings to the N (N - 1) / 2 scores between different faces."""
    rows, columns = torch.triu_indices(len(gallery), len(gallery), 1)
    return score_matrix(gallery, gallery, measure)[rows, columns]


def score_matrix(one: Tensor, other: Tensor, measure: Metric) -> Tensor:
    """(N, D) and (M, D) to all (N, M) scores."""
    if measure == "cosine":
        return torch.nn.functional.normalize(one) @ torch.nn.functional.normalize(other).T
    return torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist")
