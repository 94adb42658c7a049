"""Everything that an embedding gives away, read at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.leakage.fitted import EmbeddingError, FittedProbe
from explorer.science.leakage.readout import Answer, Readout


class ProbeSet:
    """All probes of an encoder.

    Args:
        encoder: whose embeddings they read. dimension: how many numbers these have.
        probes: by name. sha256: of the file that they were read from; empty where they come from none.

    Example:
        >>> import torch
        >>> from explorer.science.leakage import ProbeSet
        >>> ProbeSet("sface", dimension=128, probes={}).read(torch.ones(512))
        Traceback (most recent call last):
        explorer.science.leakage.fitted.EmbeddingError: an embedding of sface has 128 numbers, not [512]: ...
    """

    def __init__(self, encoder: str, dimension: int, probes: Mapping[str, FittedProbe], sha256: str = "") -> None:
        self.encoder, self.dimension, self.probes, self.sha256 = encoder, dimension, dict(probes), sha256

    def read(self, embedding: Tensor) -> list[Readout]:
        """Read one embedding (D,) by every probe, in less than 5 ms on a CPU.

        Raises:
            EmbeddingError: it has another size, or numbers that are not finite.
        """
        if embedding.shape != (self.dimension,):
            raise EmbeddingError(
                f"an embedding of {self.encoder} has {self.dimension} numbers, not {list(embedding.shape)}: "
                "choose the encoder it was made by"
            )
        if not bool(embedding.isfinite().all()) or not bool(embedding.any()):
            raise EmbeddingError("the embedding is zero or holds numbers that are not finite: make it again")
        values = embedding.detach().float().cpu()[None]
        return [_readout(fitted, fitted.answers(values)[0]) for fitted in self.probes.values()]


def _readout(fitted: FittedProbe, answered: Tensor) -> Readout:
    spec, record = fitted.spec, fitted.record
    probabilities = _probabilities(fitted, answered)
    answer: Answer
    typical: float | NDArray[np.float32] | None = None
    text, answer, probability, usual = spec.title.lower(), answered.numpy(), None, None
    if probabilities:
        text = max(probabilities, key=lambda name: probabilities[name])
        answer, probability = text, probabilities[text]
        share = record.baseline[0]
        shares = record.baseline if spec.kind == "categorical" else (1 - share, share)
        usual = shares[spec.classes.index(text)]
    elif spec.kind == "regression":
        text, answer, typical = f"{float(answered):.0f} {spec.unit}", float(answered), record.baseline[0]
    else:
        typical = np.array(record.baseline, np.float32).reshape(spec.shape)
    return Readout(
        probe=spec.name,
        title=spec.title,
        text=text,
        value=answer,
        unit=spec.unit,
        probability=probability,
        usual=usual,
        probabilities=probabilities,
        margin=record.margin,
        test=record.test[0] if record.test else None,
        portraits=record.portraits[0] if record.portraits else None,
        labeller=spec.labeller,
        calibrated_on=record.calibrated_on,
        typical=typical,
        fitted_on=record.fitted_on,
        judged_on=record.judged_on,
    )


def _probabilities(fitted: FittedProbe, answered: Tensor) -> dict[str, float]:
    """Calibrated probabilities by class; empty where the answer is no class."""
    spec = fitted.spec
    if spec.kind == "binary":
        share = float(answered)
        return dict(zip(spec.classes, (1 - share, share), strict=True))
    return dict(zip(spec.classes, answered.tolist(), strict=True)) if spec.kind == "categorical" else {}
